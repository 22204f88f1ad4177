// Mutations of a protobuf message as a tree: a field within is changed and the lengths around it follow, so that the
// change is found by what reads the field and not by what reads the length.
import { mutateBytes, mutateElements } from './mutate-bytes.mjs';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_DEPTH = 12;

/** Fields of a message, `children` where the payload is a message itself; null when it is none. */
export function parseMessage(bytes, depth = 0) {
  const fields = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === null || tag.value < 8 || tag.value / 8 > 1000) return null;
    const field = { number: Math.floor(tag.value / 8), wire: tag.value % 8, payload: null, children: null };
    const end = endOf(bytes, tag.next, field.wire);
    if (end === null || end.end > bytes.length) return null;
    field.payload = bytes.subarray(end.start, end.end);
    if (field.wire === BYTES && depth < MAX_DEPTH && field.payload.length > 1)
      field.children = parseMessage(field.payload, depth + 1);
    fields.push(field);
    at = end.end;
  }
  return fields;
}

function endOf(bytes, at, wire) {
  if (wire === FIXED64) return { start: at, end: at + 8 };
  if (wire === FIXED32) return { start: at, end: at + 4 };
  const varint = readVarint(bytes, at);
  if (varint === null) return null;
  if (wire === VARINT) return { start: at, end: varint.next };
  return wire === BYTES ? { start: varint.next, end: varint.next + varint.value } : null;
}

function readVarint(bytes, start) {
  let value = 0;
  for (let at = start, scale = 1; at < start + 10 && at < bytes.length; at++, scale *= 128) {
    value += (bytes[at] & 0x7f) * scale;
    if (bytes[at] < 0x80) return { value, next: at + 1 };
  }
  return null;
}

function varint(value) {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 128n) return Buffer.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
}

export function writeMessage(fields) {
  return Buffer.concat(
    fields.flatMap(({ number, wire, payload, children }) => {
      const content = children ? writeMessage(children) : payload;
      const tag = varint(number * 8 + wire);
      return wire === BYTES ? [tag, varint(content.length), content] : [tag, content];
    }),
  );
}

/** One change of one field anywhere in the tree. The message is copied on the way to it only. */
export function mutateMessage(fields, random, depth = 0) {
  const copy = [...fields];
  const at = random.below(copy.length);
  const field = copy[at];
  if (field?.children?.length && random.chance(depth === 0 ? 0.95 : 0.75)) {
    copy[at] = { ...field, children: mutateMessage(field.children, random, depth + 1) };
    return copy;
  }
  if (!field) return copy;
  const kind = random.below(6);
  if (kind === 0) copy.splice(at, 1);
  else if (kind === 1) copy.splice(random.below(copy.length), 0, field);
  else if (kind === 2) {
    const to = random.below(copy.length);
    [copy[at], copy[to]] = [copy[to], copy[at]];
  } else if (kind === 3) copy[at] = { ...field, number: 1 + random.below(26) };
  else copy[at] = { ...field, children: null, payload: changed(field, random) };
  return copy;
}

function changed({ wire, payload }, random) {
  if (wire === VARINT) return varint(random.integer());
  if (wire === BYTES) return random.chance(0.5) ? mutateElements(payload, random) : mutateBytes(payload, random);
  return mutateElements(payload, random);
}
