import type { Datatype } from './signature';

export type NumericArray =
  | Float64Array
  | Float32Array
  | Float16Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A dense tensor in row-major order. BYTES data are strings; BOOL data are 0 and 1 in a Uint8Array. */
export interface Tensor {
  datatype: Datatype;
  shape: number[];
  data: NumericArray | string[];
}

/** How many elements a shape holds; an axis of size 0 makes it 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}
