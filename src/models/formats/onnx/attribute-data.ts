import { AppError } from '../../../common/errors';
import { ATTRIBUTE_TYPE, type AttributeProto, type ModelProto, type NodeProto, type TensorProto } from './model-proto';
import { ProtoReader, type Span } from './proto-reader';
import { ELEMENT_TYPES } from './element-types';

type Bytes = Pick<ModelProto, 'bytes'>;

/** Values of an `ints` attribute, empty when it is absent; exact up to 2^53. Throws model_corrupt on another type. */
export function intsOf(file: Bytes, node: NodeProto, name: string): Float64Array {
  const attribute = typed(node, name, ATTRIBUTE_TYPE.ints);
  if (!attribute) return new Float64Array(0);
  return decode(file, attribute.span, 8, attribute.intCount, (reader, target, i) => reader.readInts(target, i));
}

/** Values of a `floats` attribute, empty when it is absent. Throws model_corrupt on another type. */
export function floatsOf(file: Bytes, node: NodeProto, name: string): Float64Array {
  const attribute = typed(node, name, ATTRIBUTE_TYPE.floats);
  if (!attribute) return new Float64Array(0);
  return decode(file, attribute.span, 7, attribute.floatCount, (reader, target, i) => reader.readFixed(4, target, i));
}

/** Values of a `strings` attribute, empty when it is absent; invalid UTF-8 becomes U+FFFD. */
export function stringsOf(file: Bytes, node: NodeProto, name: string): string[] {
  const attribute = typed(node, name, ATTRIBUTE_TYPE.strings);
  return attribute ? texts(file, attribute.span, 9) : [];
}

/** An `int` attribute, or undefined when it is absent. */
export function intOf(node: NodeProto, name: string): number | undefined {
  return typed(node, name, ATTRIBUTE_TYPE.int)?.int;
}

/** A `tensor` attribute, or undefined when it is absent. */
export function tensorOf(node: NodeProto, name: string): TensorProto | undefined {
  return typed(node, name, ATTRIBUTE_TYPE.tensor)?.tensors[0];
}

/**
 * Numbers of a dense tensor of the usual types (float, double, all integers, bool), or null for any other type.
 * The tensor must have passed the guard: its length is that of its dims.
 */
export function numbersOf(file: Bytes, tensor: TensorProto): Float64Array | null {
  const info = ELEMENT_TYPES.get(tensor.dataType);
  if (!info?.datatype || info.field === 'string') return null;
  if (tensor.raw) return rawNumbers(file, tensor.raw, info.name);
  const fields = { float: 4, int32: 5, int64: 7, double: 10, uint64: 11 } as const;
  const field = fields[info.field];
  const size = info.field === 'float' ? 4 : info.field === 'double' ? 8 : 0;
  return decode(file, tensor.span, field, tensor.counts[info.field], (reader, target, i) =>
    size ? reader.readFixed(size, target, i) : reader.readInts(target, i),
  );
}

/** Values of a string tensor. */
export function textsOf(file: Bytes, tensor: TensorProto): string[] {
  return texts(file, tensor.span, 6);
}

function typed(node: NodeProto, name: string, type: number): AttributeProto | undefined {
  const attribute = node.attributes.get(name);
  if (attribute && attribute.type !== type) {
    throw new AppError(
      'model_corrupt',
      `expected attribute ${name} of ${node.opType} with type ${type}, found ${attribute.type}`,
    );
  }
  return attribute;
}

function decode(
  file: Bytes,
  span: Span,
  field: number,
  count: number,
  read: (reader: ProtoReader, target: Float64Array, index: number) => number,
): Float64Array {
  const values = new Float64Array(count);
  const reader = new ProtoReader(file.bytes, span);
  let index = 0;
  while (reader.next()) if (reader.field === field) index = read(reader, values, index);
  return values;
}

function texts(file: Bytes, span: Span, field: number): string[] {
  const reader = new ProtoReader(file.bytes, span);
  const buffer = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  const values: string[] = [];
  while (reader.next()) if (reader.field === field) values.push(buffer.toString('utf8', reader.start, reader.end));
  return values;
}

function rawNumbers(file: Bytes, raw: Span, type: string): Float64Array {
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset + raw.start, raw.end - raw.start);
  const read = RAW_READERS[type]!;
  const values = new Float64Array(view.byteLength / read.size);
  for (let i = 0; i < values.length; i++) values[i] = read.get(view, i * read.size);
  return values;
}

const RAW_READERS: Record<string, { size: number; get: (view: DataView, at: number) => number }> = {
  float: { size: 4, get: (view, at) => view.getFloat32(at, true) },
  double: { size: 8, get: (view, at) => view.getFloat64(at, true) },
  int8: { size: 1, get: (view, at) => view.getInt8(at) },
  uint8: { size: 1, get: (view, at) => view.getUint8(at) },
  bool: { size: 1, get: (view, at) => view.getUint8(at) },
  int16: { size: 2, get: (view, at) => view.getInt16(at, true) },
  uint16: { size: 2, get: (view, at) => view.getUint16(at, true) },
  int32: { size: 4, get: (view, at) => view.getInt32(at, true) },
  uint32: { size: 4, get: (view, at) => view.getUint32(at, true) },
  int64: { size: 8, get: (view, at) => Number(view.getBigInt64(at, true)) },
  uint64: { size: 8, get: (view, at) => Number(view.getBigUint64(at, true)) },
};
