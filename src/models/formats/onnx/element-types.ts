import type { Datatype } from '../../../common/signature';

interface ElementInfo {
  name: string;
  bits: number;
  /** Field of TensorProto that holds the values when `raw_data` does not. */
  field: 'float' | 'int32' | 'string' | 'int64' | 'double' | 'uint64';
  /** Entries of that field for one value: two for complex numbers, a part for those of less than a byte. */
  entries: number;
  /** As an input or output of a model; absent where clients cannot send or read it. */
  datatype?: Datatype;
}

/** TensorProto.DataType (onnx/onnx: onnx/onnx-ml.proto, IR version 13), by its number. */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementInfo> = new Map<number, ElementInfo>([
  [1, { name: 'float', bits: 32, field: 'float', entries: 1, datatype: 'FP32' }],
  [2, { name: 'uint8', bits: 8, field: 'int32', entries: 1, datatype: 'UINT8' }],
  [3, { name: 'int8', bits: 8, field: 'int32', entries: 1, datatype: 'INT8' }],
  [4, { name: 'uint16', bits: 16, field: 'int32', entries: 1, datatype: 'UINT16' }],
  [5, { name: 'int16', bits: 16, field: 'int32', entries: 1, datatype: 'INT16' }],
  [6, { name: 'int32', bits: 32, field: 'int32', entries: 1, datatype: 'INT32' }],
  [7, { name: 'int64', bits: 64, field: 'int64', entries: 1, datatype: 'INT64' }],
  [8, { name: 'string', bits: 0, field: 'string', entries: 1, datatype: 'BYTES' }],
  [9, { name: 'bool', bits: 8, field: 'int32', entries: 1, datatype: 'BOOL' }],
  [10, { name: 'float16', bits: 16, field: 'int32', entries: 1, datatype: 'FP16' }],
  [11, { name: 'double', bits: 64, field: 'double', entries: 1, datatype: 'FP64' }],
  [12, { name: 'uint32', bits: 32, field: 'uint64', entries: 1, datatype: 'UINT32' }],
  [13, { name: 'uint64', bits: 64, field: 'uint64', entries: 1, datatype: 'UINT64' }],
  [14, { name: 'complex64', bits: 64, field: 'float', entries: 2 }],
  [15, { name: 'complex128', bits: 128, field: 'double', entries: 2 }],
  [16, { name: 'bfloat16', bits: 16, field: 'int32', entries: 1 }],
  [17, { name: 'float8e4m3fn', bits: 8, field: 'int32', entries: 1 }],
  [18, { name: 'float8e4m3fnuz', bits: 8, field: 'int32', entries: 1 }],
  [19, { name: 'float8e5m2', bits: 8, field: 'int32', entries: 1 }],
  [20, { name: 'float8e5m2fnuz', bits: 8, field: 'int32', entries: 1 }],
  [21, { name: 'uint4', bits: 4, field: 'int32', entries: 1 / 2 }],
  [22, { name: 'int4', bits: 4, field: 'int32', entries: 1 / 2 }],
  [23, { name: 'float4e2m1', bits: 4, field: 'int32', entries: 1 / 2 }],
  [24, { name: 'float8e8m0', bits: 8, field: 'int32', entries: 1 }],
  [25, { name: 'uint2', bits: 2, field: 'int32', entries: 1 / 4 }],
  [26, { name: 'int2', bits: 2, field: 'int32', entries: 1 / 4 }],
]);

/** Name of an element type for messages. */
export function elementName(type: number): string {
  return ELEMENT_TYPES.get(type)?.name ?? `type ${type}`;
}
