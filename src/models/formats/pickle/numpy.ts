import { AppError } from '../../../common/errors';
import { corruptArray, countElements, describeDType } from './dtype';
import { isNdArray, type NdArray, NumpyScalar, type PyValue } from './records';

/**
 * Readers of numpy arrays: typed arrays in C order, whatever the byte order, size and storage order of the file. Numbers
 * are copied in bulk and converted by the engine, never one object an element. The machine is little-endian, as every
 * platform that Node.js 24 is built for but s390x and AIX.
 */

type Numbers =
  Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** As doubles 800 MB, which one call makes, so that nothing ends it before; models may have as many in all. */
const MAX_ELEMENTS = 100_000_000;

/** Elements of the array. @throws AppError `model_corrupt` when the shape is none. */
export function sizeOf(array: NdArray): number {
  return countElements(array.shape);
}

/**
 * Numbers and booleans as doubles, in C order. 64-bit integers beyond 2^53 are rounded, as numpy's `astype(float)` does.
 * @throws AppError `model_corrupt` when the elements are no numbers.
 */
export function toFloat64Array(array: NdArray): Float64Array {
  const { data } = array;
  if (Array.isArray(data)) return Float64Array.from(inCOrder(array, data), (value) => numberOf(value, array));
  const raw = nativeNumbers(array);
  return inCOrder(array, raw instanceof Float64Array ? raw : new Float64Array(raw));
}

/** The elements of any array as values, in C order: for categories and labels, which may be of mixed kinds. */
export function toValues(array: NdArray): PyValue[] {
  return inCOrder(array, elementsOf(array));
}

/**
 * A field of a structured array as an array of its own, in C order; inner arrays add their axes.
 * @throws AppError `model_corrupt` when there is no such field.
 */
export function field(array: NdArray, name: string): NdArray {
  const found = array.dtype.fields?.get(name);
  if (!found || Array.isArray(array.data)) {
    throw corruptArray(`a field ${name} was expected and its elements are ${describeDType(array.dtype)}`);
  }
  const count = checkedCount(array);
  const { dtype, offset } = found;
  const size = dtype.itemSize;
  const packed = gather(array.data, array.dtype.itemSize, offset, size, count);
  const data = array.fortran && array.shape.length > 1 ? reorderBytes(packed, size, array.shape) : packed;
  const inner = dtype.subarray;
  return {
    type: 'ndarray',
    dtype: inner ? inner.dtype : dtype,
    shape: inner ? [...array.shape, ...inner.shape] : array.shape,
    fortran: false,
    data,
  };
}

/** The value itself for numpy scalars and arrays without axes, which Python code takes for numbers; others as they are. */
export function unwrapScalar(value: PyValue): PyValue {
  let inner = value;
  // Scalars of dtype object may hold scalars; a chain of them ends, as each was made before what holds it.
  while (inner instanceof NumpyScalar) inner = inner.value;
  if (isNdArray(inner) && inner.shape.length === 0) return elementsOf(inner)[0] ?? null;
  return inner;
}

/** The elements as values, in the order of storage. */
export function elementsOf(array: NdArray): PyValue[] {
  const { data, dtype } = array;
  const count = checkedCount(array);
  if (Array.isArray(data)) return data;
  const size = dtype.itemSize;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const little = dtype.littleEndian;
  const each = <T extends PyValue>(read: (at: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => read(i * size));
  if (dtype.fields || dtype.subarray) return each((at) => data.subarray(at, at + size));
  switch (dtype.kind) {
    case 'b':
      return each((at) => data[at] !== 0);
    case 'i':
      return size < 8 ? Array.from(nativeNumbers(array)) : each((at) => integerOf(view.getBigInt64(at, little)));
    case 'u':
      return size < 8 ? Array.from(nativeNumbers(array)) : each((at) => integerOf(view.getBigUint64(at, little)));
    case 'f':
      return Array.from(nativeNumbers(array));
    case 'm':
    case 'M':
      return each((at) => view.getBigInt64(at, little));
    case 'U':
      return each((at) => ucs4At(view, at, size, little));
    case 'S':
      return each((at) => trimmed(data.subarray(at, at + size)));
    default:
      return each((at) => data.subarray(at, at + size));
  }
}

/** Raw numbers as the typed array of their kind, in the order of storage, in memory of their own. */
function nativeNumbers(array: NdArray): Numbers {
  const { dtype, data } = array;
  const count = checkedCount(array);
  if (Array.isArray(data) || dtype.fields || dtype.subarray) throw notNumbers(array);
  const { buffer } = new Uint8Array(data);
  if (!dtype.littleEndian) swapBytes(Buffer.from(buffer), dtype.itemSize);
  switch (`${dtype.kind}${dtype.itemSize}`) {
    case 'f8':
      return new Float64Array(buffer);
    case 'f4':
      return new Float32Array(buffer);
    case 'f2':
      return Float64Array.from(new Uint16Array(buffer), halfToNumber);
    case 'i8':
    case 'u8':
      return wideIntegers(new Uint32Array(buffer), count, dtype.kind === 'i');
    case 'i4':
      return new Int32Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'i1':
      return new Int8Array(buffer);
    case 'u1':
    case 'b1':
      return new Uint8Array(buffer);
    default:
      throw notNumbers(array);
  }
}

function notNumbers(array: NdArray): AppError {
  const { kind } = array.dtype;
  if (kind === 'f' || kind === 'c') {
    const found = kind === 'c' ? 'complex numbers' : 'extended-precision numbers (longdouble)';
    return new AppError('model_unsupported', `The model holds ${found}; fit it on numbers of dtype float64.`);
  }
  return corruptArray(`numbers were expected and its elements are of type ${describeDType(array.dtype)}`);
}

/** Elements, with the data held against them again: lists of a pickle can grow after the array was made. */
function checkedCount(array: NdArray): number {
  const count = countElements(array.shape);
  if (count > MAX_ELEMENTS) {
    throw new AppError('import_limit', `expected at most ${MAX_ELEMENTS} elements in an array, found ${count}`);
  }
  const expected = Array.isArray(array.data) ? count : count * array.dtype.itemSize;
  if (array.data.length !== expected) throw corruptArray(`it has ${array.data.length} of ${expected} data`);
  return count;
}

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}

function wideIntegers(words: Uint32Array, count: number, signed: boolean): Float64Array {
  const result = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const high = words[2 * at + 1] as number;
    result[at] = (signed ? high | 0 : high) * 2 ** 32 + (words[2 * at] as number);
  }
  return result;
}

/** IEEE 754 half precision. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function numberOf(value: PyValue, array: NdArray): number {
  const inner = unwrapScalar(value);
  if (typeof inner === 'number' || typeof inner === 'bigint' || typeof inner === 'boolean') return Number(inner);
  throw notNumbers(array);
}

function integerOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** UCS-4 text, without the NULs that fill it up. */
function ucs4At(view: DataView, start: number, size: number, little: boolean): string {
  let end = start + size;
  while (end > start && view.getUint32(end - 4, little) === 0) end -= 4;
  let text = '';
  for (let at = start; at < end; at += 4) {
    const code = view.getUint32(at, little);
    if (code > 0x10ffff) throw corruptArray('a text has a character beyond Unicode');
    text += String.fromCodePoint(code);
  }
  return text;
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

/** Puts what was stored column-major into C order; already there, it is returned as it is. */
function inCOrder<T extends Numbers | PyValue[]>(array: NdArray, stored: T): T {
  if (!array.fortran || array.shape.length < 2) return stored;
  const result = stored.slice() as T;
  forEachInCOrder(array.shape, (to, from) => {
    result[to] = stored[from] as never;
  });
  return result;
}

function reorderBytes(bytes: Uint8Array, size: number, shape: readonly number[]): Uint8Array {
  const result = new Uint8Array(bytes.length);
  forEachInCOrder(shape, (to, from) => result.set(bytes.subarray(from * size, (from + 1) * size), to * size));
  return result;
}

/** Calls `move(to, from)` with the C-order and the column-major place of every element. */
function forEachInCOrder(shape: readonly number[], move: (to: number, from: number) => void): void {
  const count = countElements(shape);
  const steps: number[] = [];
  for (let axis = 0, step = 1; axis < shape.length; step *= shape[axis++] as number) steps.push(step);
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0, from = 0; to < count; to++) {
    move(to, from);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      const step = steps[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        from += step;
        break;
      }
      from -= step * (next - 1);
      index[axis] = 0;
    }
  }
}

/** Bytes `offset` to `offset + size` of every item of `stride` bytes, packed. */
function gather(bytes: Uint8Array, stride: number, offset: number, size: number, count: number): Uint8Array {
  const result = new Uint8Array(count * size);
  if (size === 8) {
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const to = new Float64Array(result.buffer);
    const words = new Uint32Array(to.buffer);
    for (let item = 0, at = offset; item < count; item++, at += stride) {
      words[2 * item] = from.getUint32(at, true);
      words[2 * item + 1] = from.getUint32(at + 4, true);
    }
    return result;
  }
  for (let item = 0, at = offset; item < count; item++, at += stride) {
    for (let byte = 0; byte < size; byte++) result[item * size + byte] = bytes[at + byte] as number;
  }
  return result;
}
