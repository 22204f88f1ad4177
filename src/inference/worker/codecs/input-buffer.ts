import type { Datatype, TensorSpec } from '../../../common/signature';
import type { NumericArray } from '../../../common/tensor';

/** The data of one input tensor while rows are written into it. */
export interface InputBuffer {
  spec: TensorSpec;
  /** Elements of one row. */
  stride: number;
  data: NumericArray | string[];
}

const ARRAYS: Record<Exclude<Datatype, 'BYTES'>, new (length: number) => NumericArray> = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** Room for `length` elements of a datatype; BYTES are strings. */
export function allocate(datatype: Datatype, length: number): NumericArray | string[] {
  return datatype === 'BYTES' ? new Array<string>(length).fill('') : new ARRAYS[datatype](length);
}

/** Inclusive range of what a datatype holds; integers beyond 2^53 cannot be told apart in JSON numbers here. */
export const RANGES: Record<Exclude<Datatype, 'BYTES' | 'BOOL'>, { min: number; max: number; integer: boolean }> = {
  UINT8: { min: 0, max: 255, integer: true },
  UINT16: { min: 0, max: 65_535, integer: true },
  UINT32: { min: 0, max: 4_294_967_295, integer: true },
  UINT64: { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
  INT8: { min: -128, max: 127, integer: true },
  INT16: { min: -32_768, max: 32_767, integer: true },
  INT32: { min: -2_147_483_648, max: 2_147_483_647, integer: true },
  INT64: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true },
  FP16: { min: -65_504, max: 65_504, integer: false },
  FP32: { min: -3.4028234663852886e38, max: 3.4028234663852886e38, integer: false },
  FP64: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, integer: false },
};

/** What a client must send for a datatype, in words, when it sent something else. */
export function wordsFor(datatype: Datatype, found: unknown): string {
  if (datatype === 'BYTES') return typeof found === 'string' ? 'text without NUL characters' : 'text';
  if (datatype === 'BOOL') return 'true or false';
  const { min, max, integer } = RANGES[datatype];
  if (!integer) return datatype === 'FP64' ? 'a finite number' : `a finite number within ${datatype}`;
  return `a whole number from ${min} to ${max}`;
}

/**
 * Writes one JSON value as an element; false when the datatype cannot hold it. Text with a NUL character cannot be
 * given to the runtime: onnxruntime-node 1.27 hands text over as C strings, which end there, and the model would be
 * asked about another text.
 */
export function writeElement(data: NumericArray | string[], at: number, datatype: Datatype, value: unknown): boolean {
  if (datatype === 'BYTES') {
    if (typeof value !== 'string' || value.includes('\0')) return false;
    (data as string[])[at] = value;
    return true;
  }
  if (datatype === 'BOOL') {
    if (typeof value !== 'boolean' && value !== 0 && value !== 1) return false;
    (data as Uint8Array)[at] = Number(value);
    return true;
  }
  const { min, max, integer } = RANGES[datatype];
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
  if (integer && !Number.isInteger(value)) return false;
  if (datatype === 'INT64' || datatype === 'UINT64') (data as BigInt64Array)[at] = BigInt(value);
  else (data as Float64Array)[at] = value;
  return true;
}
