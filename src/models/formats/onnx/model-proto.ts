import type { Span } from './proto-reader';

/**
 * An ONNX file as read: the messages of onnx/onnx: onnx/onnx-ml.proto (IR version 13) under their own names, without
 * the parts that say nothing about safety or meaning. Large data stay in the file and are known by their spans.
 */
export interface ModelProto {
  bytes: Uint8Array;
  irVersion: number;
  /** Version of each operator set by domain. */
  opsets: Map<string, number>;
  producerName: string;
  producerVersion: string;
  metadata: Map<string, string>;
  graph: GraphProto;
  functions: FunctionProto[];
  hasTraining: boolean;
}

export interface GraphProto {
  span: Span;
  nodes: NodeProto[];
  initializers: TensorProto[];
  sparseInitializers: SparseTensorProto[];
  inputs: ValueInfoProto[];
  outputs: ValueInfoProto[];
}

export interface FunctionProto {
  name: string;
  domain: string;
  overload: string;
  inputs: string[];
  outputs: string[];
  nodes: NodeProto[];
  /** Attributes with a default value. */
  attributes: AttributeProto[];
}

export interface NodeProto {
  /** Offset of the tag in the file; where messages point to. */
  offset: number;
  opType: string;
  domain: string;
  overload: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, AttributeProto>;
}

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

export interface AttributeProto {
  span: Span;
  name: string;
  type: number;
  /** Name of the function's attribute that it stands for. */
  reference: string;
  float: number;
  int: number;
  string: Span | null;
  /** Lengths of `floats`, `ints` and `strings`; attribute-data.ts decodes them. */
  floatCount: number;
  intCount: number;
  stringCount: number;
  /** `t` and `tensors`, `g` and `graphs`, `sparse_tensor` and `sparse_tensors`. */
  tensors: TensorProto[];
  graphs: GraphProto[];
  sparseTensors: SparseTensorProto[];
}

export interface TensorProto {
  span: Span;
  name: string;
  dims: number[];
  dataType: number;
  raw: Span | null;
  /** Entries of the typed fields. */
  counts: Record<TypedField, number>;
  isExternal: boolean;
  isSegment: boolean;
}

export type TypedField = 'float' | 'int32' | 'string' | 'int64' | 'double' | 'uint64';

export interface SparseTensorProto {
  offset: number;
  dims: number[];
  values: TensorProto | null;
  indices: TensorProto | null;
}

export interface ValueInfoProto {
  span: Span;
  name: string;
  type: TypeProto | null;
}

/** Only dense tensors can be inputs and outputs here; of other types the kind is enough. */
export type TypeProto =
  | { kind: 'tensor'; elementType: number; shape: Axis[] | null }
  | { kind: 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'opaque' };

/** A fixed size, the name of a symbolic one, or null where nothing is said. */
export type Axis = number | string | null;
