import { AppError } from '../../../../common/errors';

const MIN_CAPACITY_BYTES = 64 * 1024;

/**
 * The bytes a decoder has written so far, which are its dictionary too: what a header says of sizes reserves nothing.
 * Grows by doubling up to a bound, so a lying or hostile file costs at most about three times what it really holds.
 */
export class PackedOutput {
  bytes: Uint8Array;
  length = 0;

  /** @param packedBytes the size of the file, for the message and the first guess. */
  constructor(
    private readonly maxBytes: number,
    private readonly packedBytes: number,
  ) {
    this.bytes = new Uint8Array(Math.min(maxBytes, Math.max(MIN_CAPACITY_BYTES, packedBytes * 2)));
  }

  /**
   * Makes room for `count` more bytes; `bytes` may be another array afterwards.
   * @throws AppError `import_limit` when they go over the bound
   */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.maxBytes) throw inflatesTooFar(this.packedBytes, this.maxBytes);
    const grown = new Uint8Array(Math.min(this.maxBytes, Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /**
   * Writes the bytes of `source` from `start` up to `end`.
   * @throws AppError `import_limit` when they go over the bound
   */
  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes, length } = this;
    if (end - start > 64) bytes.set(source.subarray(start, end), length);
    else for (let from = start, to = length; from < end; from++, to++) bytes[to] = source[from] as number;
    this.length = length + end - start;
  }

  /**
   * Repeats `count` bytes from `distance` bytes back, which may overlap what is written. The caller has checked that
   * `distance` is at least 1 and within what is written.
   * @throws AppError `import_limit` when they go over the bound
   */
  repeat(distance: number, count: number): void {
    this.reserve(count);
    const { bytes, length } = this;
    const from = length - distance;
    if (distance >= count && count > 32) bytes.copyWithin(length, from, from + count);
    else for (let at = 0; at < count; at++) bytes[length + at] = bytes[from + at] as number;
    this.length = length + count;
  }

  /** What is written from `start` on, without a copy. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.length);
  }
}

/** The refusal of a file that holds more than a model of its size has. */
export function inflatesTooFar(packedBytes: number, maxBytes: number): AppError {
  return new AppError(
    'import_limit',
    `The ${packedBytes} bytes of the file inflate to more than ${maxBytes}, more than a model of its size has.`,
  );
}

/** The refusal of packed data that break the rules of their format. `reason` says what was expected and what was found. */
export function corruptPacking(reason: string): AppError {
  return new AppError('model_corrupt', `The compressed data of the file are broken: ${reason}.`, { reason });
}

/**
 * Compares a checksum of 32 bits.
 * @throws AppError `model_corrupt` with both when they differ
 */
export function requireChecksum(what: string, expected: number, found: number): void {
  if (expected >>> 0 === found >>> 0) return;
  throw wrongChecksum(what, hex32(expected), hex32(found));
}

/** The refusal of data whose checksum is another than the file says. */
export function wrongChecksum(what: string, expected: string, found: string): AppError {
  return corruptPacking(`the checksum of ${what} should be ${expected} and is ${found}`);
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
