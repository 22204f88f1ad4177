import { PyObject, PyTuple } from './records';
import type { PyValue } from './records';

/** Bytes of an offset of each of Arrow's types of text. */
const OFFSET_BYTES: ReadonlyMap<string, 4 | 8> = new Map([
  ['string', 4],
  ['large_string', 8],
]);

/**
 * The texts of a pyarrow Array or ChunkedArray, which is what pandas 3 keeps text in where pyarrow is installed; null for
 * a missing one. Layout: a bit a text that says whether it is there, the offsets, the bytes (Arrow columnar format 1.5,
 * "Variable-size Binary Layout"), as pyarrow's `_restore_array` is given them.
 * @returns undefined for anything else, and for offsets that lie outside
 */
export function arrowTexts(value: PyValue | undefined): (string | null)[] | undefined {
  if (!(value instanceof PyObject)) return undefined;
  if (value.path === 'pyarrow.lib._restore_array') return textsOf(value);
  if (value.path !== 'pyarrow.lib.chunked_array') return undefined;
  const chunks = Array.isArray(value.args[0]) ? value.args[0].map(arrowTexts) : [undefined];
  return chunks.every((chunk) => chunk !== undefined) ? chunks.flat() : undefined;
}

function textsOf(array: PyObject): (string | null)[] | undefined {
  const given = array.args[0];
  const [type, length, , offset, buffers] = given instanceof PyTuple ? given.items : [];
  const alias = type instanceof PyObject ? type.args[0] : undefined;
  const size = typeof alias === 'string' ? OFFSET_BYTES.get(alias) : undefined;
  if (size === undefined || typeof length !== 'number' || typeof offset !== 'number') return undefined;
  if (length === 0) return [];
  const [present, offsets, bytes] = (Array.isArray(buffers) ? buffers : []).map(bytesOf);
  const end = offset + length;
  const isWhole = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length > 0;
  if (!isWhole || !offsets || (end + 1) * size > offsets.length || (present && end > present.length * 8)) {
    return undefined;
  }
  return textsBetween(offset, end, present, offsetReader(offsets, size), bytes ?? new Uint8Array());
}

function textsBetween(
  from: number,
  end: number,
  present: Uint8Array | undefined,
  offsetOf: (index: number) => number,
  bytes: Uint8Array,
): (string | null)[] | undefined {
  const texts: (string | null)[] = [];
  for (let i = from; i < end; i++) {
    const [start, stop] = [offsetOf(i), offsetOf(i + 1)];
    if (!(start >= 0 && start <= stop && stop <= bytes.length)) return undefined;
    const isThere = !present || ((present[i >> 3]! >> (i & 7)) & 1) === 1;
    texts.push(isThere ? Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('utf8') : null);
  }
  return texts;
}

function offsetReader(offsets: Uint8Array, size: 4 | 8): (index: number) => number {
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
  return (index) => (size === 4 ? view.getInt32(index * 4, true) : Number(view.getBigInt64(index * 8, true)));
}

/** `py_buffer(bytes)`; undefined for None, which stands for no buffer. */
function bytesOf(buffer: PyValue | undefined): Uint8Array | undefined {
  const bytes = buffer instanceof PyObject ? buffer.args[0] : undefined;
  return bytes instanceof Uint8Array ? bytes : undefined;
}
