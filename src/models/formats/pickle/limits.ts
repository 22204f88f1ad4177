import { AppError } from '../../../common/errors';

/** What reading one pickle may cost. Whatever is not given follows from the size of the file. */
export interface PickleLimits {
  /** Bytes after decompression. */
  maxBytes: number;
  /** Values that live on the heap: lists, dicts, tuples, objects, strings, bytes, big integers, arrays. */
  maxObjects: number;
  /** Instructions, plus work that grows with the data behind one instruction, such as comparing a long dict key. */
  maxOperations: number;
  /** Entries of the memo. */
  maxMemo: number;
  /** Values waiting on the stack: the width of the widest tuple or set, and the depth of what is open. */
  maxStack: number;
  /** Bytes made from others rather than read, such as `_codecs.encode` of a string that is used again. */
  maxDerivedBytes: number;
}

const MIB = 1024 * 1024;
const MAX_BYTES = 1024 * MIB;
const MAX_RATIO = 100;
const RATIO_FLOOR_BYTES = 64 * MIB;

/**
 * Budgets for a file of `size` bytes. scikit-learn writes more than eight bytes an object, so a quarter of the bytes is
 * ample for an honest file, and the floor is what a small one may hold; the ceilings bound the heap.
 */
export function scaledLimits(size: number, given: Partial<PickleLimits> = {}): PickleLimits {
  const objects = clamp(size / 4, 500_000, 10_000_000);
  return {
    maxBytes: MAX_BYTES,
    maxObjects: objects,
    maxOperations: Math.max(4_000_000, size * 4),
    maxMemo: objects,
    maxStack: clamp(size / 2, 250_000, 4_000_000),
    maxDerivedBytes: Math.max(16 * MIB, size * 4),
    ...given,
  };
}

/** How far `size` compressed bytes may inflate: the bound of the limits, and of a plausible ratio. */
export function maxInflatedBytes(size: number, given: Partial<PickleLimits> = {}): number {
  return Math.min(given.maxBytes ?? MAX_BYTES, Math.max(RATIO_FLOOR_BYTES, size * MAX_RATIO));
}

/** Counts what reading a pickle has cost; shared with the pickles nested in it. */
export class Budget {
  private objects = 0;
  private operations = 0;
  private derivedBytes = 0;

  constructor(readonly limits: PickleLimits) {}

  /** @throws AppError `import_limit` when `count` more heap values are over the budget. */
  spendObjects(count: number, offset: number): void {
    this.objects += count;
    if (this.objects > this.limits.maxObjects) throw overLimit('objects', this.limits.maxObjects, offset);
  }

  /** @throws AppError `import_limit` when `count` more steps are over the budget. */
  spendOperations(count: number, offset: number): void {
    this.operations += count;
    if (this.operations > this.limits.maxOperations) throw overLimit('operations', this.limits.maxOperations, offset);
  }

  /** @throws AppError `import_limit` when copying `count` more bytes is over the budget. */
  spendDerivedBytes(count: number, offset: number): void {
    this.derivedBytes += count;
    if (this.derivedBytes > this.limits.maxDerivedBytes) {
      throw overLimit('copied bytes', this.limits.maxDerivedBytes, offset);
    }
  }
}

/** The refusal of a pickle that goes over a budget, saying which and where. */
export function overLimit(what: string, limit: number, offset: number): AppError {
  return new AppError(
    'import_limit',
    `Reading the pickle would take more than ${limit} ${what}, more than a model of its size needs (at byte ${offset}).`,
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.floor(Math.min(high, Math.max(low, value)));
}
