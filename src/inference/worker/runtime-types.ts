import { Tensor } from 'onnxruntime-node';
import type { Datatype } from '../../common/signature';
import type { NumericArray } from '../../common/tensor';

/** What onnxruntime calls each datatype. */
export const RUNTIME_TYPES: Record<Datatype, Tensor.Type> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
};

/** A tensor for the runtime. */
export function runtimeTensor(datatype: Datatype, data: NumericArray | string[], dims: readonly number[]): Tensor {
  if (!(data instanceof Float16Array)) return new Tensor(RUNTIME_TYPES[datatype], data, dims);
  // onnxruntime-node 1.27 makes a Float16Array of what it is given and then finds no bytes in it; the bits go through.
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
  return Object.assign(new Tensor('uint16', bits, dims), { type: 'float16' as const });
}
