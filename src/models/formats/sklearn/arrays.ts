import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import { field, sizeOf, toFloat64Array, toValues } from '../pickle/numpy';
import { DTypeRecord, isNdArray, NumpyScalar, PyDict, PyGlobal, PyObject, PySet, PyTuple } from '../pickle/records';
import type { NdArray, PyValue } from '../pickle/records';

/** A dense array of doubles in row-major order. */
export interface Numbers {
  data: Float64Array;
  shape: number[];
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
  if (isNdArray(value) && sizeOf(value) === 1) return asNumber(toValues(value)[0]);
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
  if (isNdArray(value) && value.shape.length === 1) return toValues(value);
  if (value instanceof PyObject) {
    const data = value.state instanceof PyDict ? value.state.get('data') : undefined; // collections.UserList
    return Array.isArray(data) ? data : value.items.length > 0 ? value.items : undefined;
  }
  return undefined;
}

/** Numbers of an array of any numeric dtype, or of (nested) lists of numbers, in row-major order. */
export function asNumbers(value: PyValue | undefined): Numbers | undefined {
  if (isNdArray(value)) {
    if (!'fiubO'.includes(value.dtype.kind) || value.dtype.fields) return undefined;
    if (value.dtype.kind === 'O' && toValues(value).some((item) => asNumber(item) === undefined)) return undefined;
    return { data: toFloat64Array(value), shape: value.shape };
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

/** One field of a structured array, as numbers in row-major order. @throws AppError model_corrupt when it has none */
export function fieldNumbers(array: NdArray, name: string): Float64Array {
  return toFloat64Array(field(array, name));
}

/**
 * Class labels as scikit-learn's `classes_` has them.
 * @throws AppError model_unsupported for labels that JSON cannot carry
 */
export function classLabels(value: PyValue | undefined, owner: string): ClassLabel[] {
  const items = isNdArray(value) ? toValues(value) : asList(value);
  if (!items || items.length === 0) throw new AppError('model_corrupt', `${owner} has no classes`);
  const labels = items.map((item): ClassLabel => {
    const plain = item instanceof NumpyScalar ? item.value : item;
    if (typeof plain === 'string' || typeof plain === 'boolean') return plain;
    const number = asNumber(plain);
    if (number === undefined || !Number.isFinite(number)) {
      throw new AppError(
        'model_unsupported',
        typeof plain === 'bigint'
          ? `${owner}: class labels that are whole numbers must be within 2^53, found ${plain}; fit with labels that are text`
          : `${owner}: class labels must be text, numbers or booleans, found ${describe(plain)}`,
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
  if (isNdArray(value)) return `an array of shape (${value.shape.join(', ')})`;
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
