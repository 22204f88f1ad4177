import {
  DTypeRecord,
  isNdArray,
  NumpyScalar,
  PyDict,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from './records';

const MAX_ITEMS = 4;
const MAX_DEPTH = 2;
const MAX_TEXT = 80;

/** Text of a file made fit for a message: control and invisible characters escaped, cut to `maxChars`. */
export function cleanText(text: string, maxChars: number): string {
  const cut = text.length > maxChars ? `${text.slice(0, maxChars)}...` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** A value of a pickle as Python would show it, cut short: for messages, safe on cycles, depth and shared references. */
export function describeValue(value: PyValue, depth = 0): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return cleanText(`0x${value.toString(16)}`, MAX_TEXT);
  if (typeof value === 'string') return `'${cleanText(value, MAX_TEXT)}'`;
  if (value instanceof Uint8Array) {
    return `b'${cleanText(Buffer.from(value.subarray(0, MAX_TEXT + 1)).toString('latin1'), MAX_TEXT)}'`;
  }
  if (value instanceof PyGlobal) return cleanText(value.path, MAX_TEXT);
  if (value instanceof DTypeRecord) return `dtype(${value.dtype.kind}${value.dtype.itemSize})`;
  if (isNdArray(value)) return `array of shape (${value.shape.slice(0, 8).join(', ')})`;
  if (depth >= MAX_DEPTH) return '...';
  return describeContainer(value, depth + 1);
}

function describeContainer(
  value: PyValue[] | PyTuple | PySet | PyDict | PyObject | NumpyScalar,
  depth: number,
): string {
  if (value instanceof NumpyScalar) return describeValue(value.value, depth);
  if (Array.isArray(value)) return `[${describeItems(value, depth)}]`;
  if (value instanceof PyTuple) return `(${describeItems(value.items, depth)}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof PySet) return `{${describeItems(value.items, depth)}}`;
  if (value instanceof PyObject) return `${cleanText(value.path, MAX_TEXT)}(${describeItems(value.args, depth)})`;
  const shown: string[] = [];
  for (const [key, item] of value.entries()) {
    if (shown.length === MAX_ITEMS) {
      shown.push('...');
      break;
    }
    shown.push(`${describeValue(key, depth)}: ${describeValue(item, depth)}`);
  }
  return `{${shown.join(', ')}}`;
}

function describeItems(items: readonly PyValue[], depth: number): string {
  const shown = items.slice(0, MAX_ITEMS).map((item) => describeValue(item, depth));
  if (items.length > MAX_ITEMS) shown.push('...');
  return shown.join(', ');
}
