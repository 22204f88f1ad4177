import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import { DTypeRecord, NumpyScalar, PyDict, PyGlobal, PyObject, PySet, PyTuple } from '../pickle/records';
import type { DType, NdArray, PyValue } from '../pickle/records';

/** A dense array of doubles in row-major order. */
export interface Numbers {
  data: Float64Array;
  shape: number[];
}

export function isArray(value: PyValue | undefined): value is NdArray {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'ndarray';
}

/** How many elements an array holds. */
export function arraySize(array: NdArray): number {
  return array.shape.reduce((product, axis) => product * axis, 1);
}

/**
 * Python's scalars as a number: int, float, bool, numpy scalars and arrays of one element.
 * Undefined when the value is none of these, or an int that a double cannot hold.
 */
export function asNumber(value: PyValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (value instanceof NumpyScalar) return asNumber(value.value);
  if (isArray(value) && arraySize(value) === 1) return asNumber(arrayValues(value)[0]);
  return undefined;
}

/** Text of a str or numpy.str_; undefined for anything else. */
export function asText(value: PyValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof NumpyScalar && typeof value.value === 'string') return value.value;
  return undefined;
}

/** The items of a list, tuple, set, UserList or array (along its first axis, which must be its only one). */
export function asList(value: PyValue | undefined): PyValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple || value instanceof PySet) return value.items;
  if (isArray(value) && value.shape.length === 1) return arrayValues(value);
  if (value instanceof PyObject) {
    const data = value.state instanceof PyDict ? value.state.get('data') : undefined; // collections.UserList
    return Array.isArray(data) ? data : value.items.length > 0 ? value.items : undefined;
  }
  return undefined;
}

/** Numbers of an array of any numeric dtype, or of (nested) lists of numbers, in row-major order. */
export function asNumbers(value: PyValue | undefined): Numbers | undefined {
  if (isArray(value)) {
    if (!'fiubO'.includes(value.dtype.kind) || value.dtype.fields) return undefined;
    const data = readNumbers(value);
    return data && { data, shape: value.shape };
  }
  const scalar = asNumber(value);
  if (scalar !== undefined) return { data: Float64Array.of(scalar), shape: [] };
  const rows = asList(value)?.map(asNumbers);
  if (!rows || rows.some((row) => !row)) return undefined;
  const shape = rows[0]?.shape ?? [];
  const data = rows.flatMap((row) => [...row!.data]);
  const size = shape.reduce((product, axis) => product * axis, rows.length);
  return data.length === size ? { data: Float64Array.from(data), shape: [rows.length, ...shape] } : undefined;
}

/** The elements of an array as Python values (numbers, booleans, text, or the objects of an object array). */
export function arrayValues(array: NdArray): PyValue[] {
  if (Array.isArray(array.data)) return rowMajor(array, array.data);
  if (array.dtype.kind === 'U') return rowMajor(array, readText(array, array.data));
  if (array.dtype.kind === 'b') return Array.from(readNumbers(array) ?? [], (value) => value !== 0);
  if ('iu'.includes(array.dtype.kind) && array.dtype.itemSize === 8)
    return rowMajor(array, readLongs(array, array.data));
  return Array.from(readNumbers(array) ?? []);
}

/** One field of a structured array, as numbers, in storage order. */
export function fieldNumbers(array: NdArray, name: string): Float64Array | undefined {
  const field = array.dtype.fields?.get(name);
  if (!field || Array.isArray(array.data)) return undefined;
  return readStrided(array.data, field.dtype, field.offset, array.dtype.itemSize, arraySize(array));
}

/**
 * Class labels as scikit-learn's `classes_` has them.
 * @throws AppError model_unsupported for labels that JSON cannot carry
 */
export function classLabels(value: PyValue | undefined, owner: string): ClassLabel[] {
  const items = isArray(value) ? arrayValues(value) : asList(value);
  if (!items || items.length === 0) throw new AppError('model_corrupt', `${owner} has no classes`);
  const labels = items.map((item): ClassLabel => {
    const plain = item instanceof NumpyScalar ? item.value : item;
    if (typeof plain === 'string' || typeof plain === 'boolean') return plain;
    const number = asNumber(plain);
    if (number === undefined || !Number.isFinite(number)) {
      throw new AppError(
        'model_unsupported',
        `${owner}: class labels must be text, numbers or booleans, found ${describe(plain)}`,
      );
    }
    return number;
  });
  if (new Set(labels.map((label) => typeof label)).size > 1) {
    throw new AppError('model_unsupported', `${owner}: class labels must be of one type, found text and numbers mixed`);
  }
  return labels;
}

/** What a value is, in words for an error message. */
export function describe(value: PyValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (isArray(value)) return `an array of shape (${value.shape.join(', ')})`;
  if (value instanceof PyObject || value instanceof PyGlobal) return value.path;
  if (value instanceof PyDict) return 'a dict';
  if (value instanceof PyTuple) return 'a tuple';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof PySet) return 'a set';
  if (value instanceof NumpyScalar) return describe(value.value);
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof DTypeRecord) return 'a dtype';
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value);
}

function readNumbers(array: NdArray): Float64Array | undefined {
  const { data, dtype } = array;
  if (Array.isArray(data)) {
    const numbers = rowMajor(array, data).map(asNumber);
    return numbers.includes(undefined) ? undefined : Float64Array.from(numbers as number[]);
  }
  const stored = readStrided(data, dtype, 0, dtype.itemSize, arraySize(array));
  return stored && (isColumnMajor(array) ? Float64Array.from(rowMajor(array, stored)) : stored);
}

function readStrided(
  bytes: Uint8Array,
  dtype: DType,
  offset: number,
  stride: number,
  count: number,
): Float64Array | undefined {
  if (offset < 0 || offset + dtype.itemSize > stride || count * stride > bytes.byteLength) return undefined;
  const read = scalarReader(dtype, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (!read) return undefined;
  const out = new Float64Array(count);
  for (let i = 0, at = offset; i < count; i++, at += stride) out[i] = read(at);
  return out;
}

function scalarReader({ kind, itemSize, littleEndian }: DType, view: DataView): ((at: number) => number) | undefined {
  switch (`${kind}${itemSize}`) {
    case 'f8':
      return (at) => view.getFloat64(at, littleEndian);
    case 'f4':
      return (at) => view.getFloat32(at, littleEndian);
    case 'f2':
      return (at) => view.getFloat16(at, littleEndian);
    case 'i8':
      return (at) => Number(view.getBigInt64(at, littleEndian));
    case 'i4':
      return (at) => view.getInt32(at, littleEndian);
    case 'i2':
      return (at) => view.getInt16(at, littleEndian);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'u8':
      return (at) => Number(view.getBigUint64(at, littleEndian));
    case 'u4':
      return (at) => view.getUint32(at, littleEndian);
    case 'u2':
      return (at) => view.getUint16(at, littleEndian);
    case 'u1':
    case 'b1':
      return (at) => view.getUint8(at);
    default:
      return undefined;
  }
}

function readLongs({ dtype, shape }: NdArray, bytes: Uint8Array): PyValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = shape.reduce((product, axis) => product * axis, 1);
  return Array.from({ length: count }, (_, i) => {
    const long =
      dtype.kind === 'i' ? view.getBigInt64(i * 8, dtype.littleEndian) : view.getBigUint64(i * 8, dtype.littleEndian);
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  });
}

/** numpy's U: UTF-32, padded with zeros. */
function readText({ dtype, shape }: NdArray, bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = shape.reduce((product, axis) => product * axis, 1);
  const length = dtype.itemSize / 4;
  return Array.from({ length: count }, (_, i) => {
    const points: number[] = [];
    for (let j = 0; j < length; j++) points.push(view.getUint32((i * length + j) * 4, dtype.littleEndian));
    while (points.at(-1) === 0) points.pop();
    if (points.some((point) => point > 0x10ffff)) throw new AppError('model_corrupt', 'text in the file is not UTF-32');
    return String.fromCodePoint(...points);
  });
}

function isColumnMajor(array: NdArray): boolean {
  return array.fortran && array.shape.filter((axis) => axis > 1).length > 1;
}

function rowMajor<T>(array: NdArray, stored: ArrayLike<T>): T[] {
  const out = Array.from(stored);
  if (!isColumnMajor(array)) return out;
  const { shape } = array;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    out[i] = stored[at]!;
  }
  return out;
}
