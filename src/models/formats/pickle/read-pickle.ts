import { AppError } from '../../../common/errors';
import { sniffFormat } from '../sniff';
import { ByteReader } from './byte-reader';
import { type Compression, decompress, detectCompression } from './compression';
import { unsafeReference } from './dangerous';
import { INSTRUCTIONS } from './instructions';
import { Budget, maxInflatedBytes, overLimit, type PickleLimits, scaledLimits } from './limits';
import { Machine, PickleContext } from './machine';
import type { PyValue } from './records';

/** Zeros and white space, as some transfers append. */
const PADDING = [0, 9, 10, 13, 32];

/** A pickle as data. */
export interface PickleFile {
  root: PyValue;
  /** The highest protocol the file announces; 0 and 1 announce none and are both 0 here. */
  protocol: number;
  /** `joblib` when joblib wrote arrays into the stream or packed the file. */
  format: 'pickle' | 'joblib';
  compression: Compression;
  /** The names the file asked Python to import, by dotted path, and how often. */
  globals: Map<string, number>;
}

/**
 * Reads a pickle or joblib file, packed or not, into inert records. Nothing in the file is looked up, imported or called.
 *
 * @param limits budgets; what is not given follows from the size of the file.
 * @throws AppError `model_corrupt` (broken or cut off), `model_unsafe` (Python would have run something no model needs),
 * `model_unsupported` (a form that is known and not read), `format_unknown` (what is packed is no pickle), `import_limit`
 * (over a budget).
 */
export function readPickle(bytes: Uint8Array, limits: Partial<PickleLimits> = {}): PickleFile {
  const compression = detectCompression(bytes);
  const content = decompress(bytes, compression, maxInflatedBytes(bytes.length, limits));
  const scaled = scaledLimits(content.length, limits);
  if (compression !== 'none') requirePickle(content);
  if (content.length > scaled.maxBytes) throw overLimit('bytes', scaled.maxBytes, scaled.maxBytes);
  const context = new PickleContext(new Budget(scaled));
  const root = runMachine(content, context);
  const joblib = context.inlineArrays > 0 || compression === 'zlib' || compression === 'zfile';
  return {
    root,
    protocol: context.protocol,
    format: joblib ? 'joblib' : 'pickle',
    compression,
    globals: context.globals,
  };
}

/** What is packed may be any format: say what it is rather than that it is a broken pickle. */
function requirePickle(content: Uint8Array): void {
  const format = sniffFormat(content);
  if (format === 'pickle') return;
  throw new AppError(
    'format_unknown',
    `The compressed file holds ${format} data, a pickle was expected; unpack it first.`,
  );
}

/** A file that names something dangerous is refused for that, whatever else is wrong with it. */
function runMachine(content: Uint8Array, context: PickleContext): PyValue {
  try {
    const reader = new ByteReader(content);
    const root = new Machine(reader, context, true, INSTRUCTIONS).run();
    refuseDangerousNames(context);
    refuseMore(content.subarray(reader.position));
    return root;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'model_unsafe') refuseDangerousNames(context);
    throw error;
  }
}

function refuseDangerousNames(context: PickleContext): void {
  for (const [global, offset] of context.dangerous) throw unsafeReference(global, offset);
}

/** What stands behind the end of a pickle is not read by Python either; scanners and people may take it for the model. */
function refuseMore(rest: Uint8Array): void {
  if (rest.every((byte) => PADDING.includes(byte))) return;
  throw new AppError(
    'model_unsupported',
    `The file goes on for ${rest.length} bytes behind the end of its pickle, as when several objects are dumped into one file; save the model alone, joblib.dump(model, path).`,
  );
}
