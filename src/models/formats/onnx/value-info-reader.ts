import type { Axis, TypeProto, ValueInfoProto } from './model-proto';
import { ProtoReader, type Span } from './proto-reader';
import { READER_LIMITS } from './reader-limits';

/** Fields of TypeProto. */
const TYPE_KINDS: Record<number, TypeProto['kind']> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  7: 'opaque',
  8: 'sparse tensor',
  9: 'optional',
};

/** Reads a ValueInfoProto: name and type of an input, an output or a value. @throws AppError model_corrupt */
export function readValueInfo(bytes: Buffer, span: Span): ValueInfoProto {
  const reader = new ProtoReader(bytes, span);
  const value: ValueInfoProto = { span, name: '', type: null };
  while (reader.next()) {
    if (reader.field === 1) value.name = reader.once().text(READER_LIMITS.nameBytes);
    else if (reader.field === 2) value.type = readType(bytes, reader.once().bytes());
  }
  return value;
}

/** From a ValueInfoProto: type, sequence_type, elem_type, map_type, value_type, tensor_type. */
const MAP_VALUES = [2, 4, 1, 5, 2, 1];

/** The element type of the values of an output declared as a list of dicts; 0 of any other. @throws AppError model_corrupt */
export function readMapValueType(bytes: Uint8Array, { span }: ValueInfoProto): number {
  let at: Span | null = span;
  for (const field of MAP_VALUES) at &&= messageIn(bytes, at, field);
  const reader = at && new ProtoReader(bytes, at);
  while (reader?.next()) if (reader.field === 1) return reader.int32();
  return 0;
}

function messageIn(bytes: Uint8Array, span: Span, field: number): Span | null {
  const reader = new ProtoReader(bytes, span);
  while (reader.next()) if (reader.field === field) return reader.bytes();
  return null;
}

function readType(bytes: Buffer, span: Span): TypeProto | null {
  const reader = new ProtoReader(bytes, span);
  let type: TypeProto | null = null;
  while (reader.next()) {
    const kind = TYPE_KINDS[reader.field];
    if (!kind) continue;
    if (type) reader.fail('expected one type, found two');
    type = kind === 'tensor' ? readTensorType(bytes, reader.bytes()) : { kind };
  }
  return type;
}

function readTensorType(bytes: Buffer, span: Span): TypeProto {
  const reader = new ProtoReader(bytes, span);
  let elementType = 0;
  let shape: Axis[] | null = null;
  while (reader.next()) {
    if (reader.field === 1) elementType = reader.once().int32();
    else if (reader.field === 2) shape = readShape(bytes, reader.once().bytes());
  }
  return { kind: 'tensor', elementType, shape };
}

function readShape(bytes: Buffer, span: Span): Axis[] {
  const reader = new ProtoReader(bytes, span);
  const shape: Axis[] = [];
  while (reader.next()) {
    if (reader.field !== 1) continue;
    if (shape.length === READER_LIMITS.rank) reader.fail(`expected at most ${READER_LIMITS.rank} axes`);
    shape.push(readAxis(bytes, reader.bytes()));
  }
  return shape;
}

function readAxis(bytes: Buffer, span: Span): Axis {
  const reader = new ProtoReader(bytes, span);
  let axis: Axis = null;
  while (reader.next()) {
    if (reader.field !== 1 && reader.field !== 2) continue;
    if (axis !== null) reader.fail('expected one size of an axis, found two');
    axis = reader.field === 1 ? reader.int64() : reader.text(READER_LIMITS.nameBytes);
  }
  return axis;
}
