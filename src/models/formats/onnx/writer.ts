import { ProtoWriter } from './proto-writer';

/** Element types of `TensorProto.DataType` that compiled models use. */
export const ELEMENT = { float: 1, uint8: 2, int64: 7, string: 8, bool: 9, double: 11 } as const;
export type ElementType = (typeof ELEMENT)[keyof typeof ELEMENT];

/** Domain of the classical operators; the default domain is the empty string. */
export const ML_DOMAIN = 'ai.onnx.ml';

const IR_VERSION = 10;
const OPSET = 21;
const ML_OPSET = 5;
const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, ints: 7 } as const;

/** A tensor constant. `data` is stored little-endian as it lies in memory; `dims` may hold 0. */
export interface TensorLiteral {
  type: ElementType;
  dims: readonly number[];
  data: Float64Array | Float32Array | BigInt64Array | Uint8Array | readonly string[];
}

export type Attribute =
  { int: number } | { float: number } | { string: string } | { ints: ArrayLike<number> } | { tensor: TensorLiteral };

export interface OnnxNode {
  op: string;
  domain?: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * Writes an ONNX ModelProto (onnx/onnx: onnx/onnx.proto, IR version 10; operator sets 21 and ai.onnx.ml 5) without a
 * protobuf library. Nodes must come in topological order; names are the caller's care.
 */
export class OnnxWriter {
  private readonly graph = new ProtoWriter();

  node(node: OnnxNode): void {
    const message = new ProtoWriter();
    for (const name of node.inputs) message.string(1, name);
    for (const name of node.outputs) message.string(2, name);
    message.string(4, node.op);
    for (const [name, value] of Object.entries(node.attributes ?? {})) message.message(5, attribute(name, value));
    if (node.domain) message.string(7, node.domain);
    this.graph.message(1, message);
  }

  initializer(name: string, literal: TensorLiteral): void {
    this.graph.message(5, tensor(literal).string(8, name));
  }

  /** `shape`: a number is a fixed axis, a string names a symbolic one. */
  input(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.graph.message(11, valueInfo(name, type, shape));
  }

  output(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.graph.message(12, valueInfo(name, type, shape));
  }

  /** The finished model; `metadata` becomes `metadata_props`. Throws `import_limit` above 2 GiB. */
  finish(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    this.graph.string(2, 'model');
    const model = new ProtoWriter().int(1, IR_VERSION).string(2, 'modelport').message(7, this.graph);
    model.message(8, new ProtoWriter().string(1, '').int(2, OPSET));
    model.message(8, new ProtoWriter().string(1, ML_DOMAIN).int(2, ML_OPSET));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new ProtoWriter().string(1, key).string(2, value));
    }
    return model.finish();
  }
}

/** An AttributeProto. */
export function attribute(name: string, value: Attribute): ProtoWriter {
  const message = new ProtoWriter().string(1, name);
  if ('int' in value) return message.int(3, value.int).int(20, ATTRIBUTE.int);
  if ('float' in value) return message.float32(2, value.float).int(20, ATTRIBUTE.float);
  if ('string' in value) return message.string(4, value.string).int(20, ATTRIBUTE.string);
  if ('ints' in value) return message.packedInts(8, value.ints).int(20, ATTRIBUTE.ints);
  return message.message(5, tensor(value.tensor)).int(20, ATTRIBUTE.tensor);
}

function tensor({ type, dims, data }: TensorLiteral): ProtoWriter {
  const message = new ProtoWriter().packedInts(1, dims).int(2, type);
  if (ArrayBuffer.isView(data)) return message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const text of data) message.string(6, text);
  return message;
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): ProtoWriter {
  const dims = new ProtoWriter();
  for (const axis of shape) {
    dims.message(1, typeof axis === 'number' ? new ProtoWriter().int(1, axis) : new ProtoWriter().string(2, axis));
  }
  const tensorType = new ProtoWriter().int(1, type).message(2, dims);
  return new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(1, tensorType));
}
