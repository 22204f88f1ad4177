import { corruptArray, countElements, readShape } from './dtype';
import type { Machine } from './machine';
import { elementsOf } from './numpy';
import { type DType, DTypeRecord, type NdArray, NumpyScalar, PyTuple, type PyValue } from './records';

/** What `numpy._core.multiarray._reconstruct` makes: BUILD fills it in. */
export function emptyArray(): NdArray {
  const dtype: DType = { kind: 'b', itemSize: 1, littleEndian: true, fields: null };
  return { type: 'ndarray', dtype, shape: [0], fortran: false, data: new Uint8Array(0) };
}

/**
 * An array over given data, with its size checked against shape and type.
 * @throws AppError `model_corrupt` when the data have another length than the shape asks for.
 */
export function makeArray(dtype: DType, shape: number[], fortran: boolean, data: Uint8Array | PyValue[]): NdArray {
  const count = countElements(shape);
  const expected = Array.isArray(data) ? count : count * dtype.itemSize;
  if (data.length !== expected || (dtype.itemSize === 0 && count > 0)) {
    throw corruptArray(
      `its shape (${shape.slice(0, 8).join(', ')}) needs ${expected} bytes and ${data.length} are there`,
    );
  }
  if (Array.isArray(data) !== Boolean(dtype.hasObject)) throw corruptArray('its data are not of the type it names');
  // numpy lists objects in C order whatever the storage order was (`_getlist_pkl`).
  return { type: 'ndarray', dtype, shape, fortran: fortran && !Array.isArray(data), data };
}

/** `ndarray.__setstate__((version, shape, dtype, is_fortran, data))`; the version is missing in the oldest files. */
export function completeArray(target: NdArray, state: PyValue, machine: Machine): void {
  const items = state instanceof PyTuple ? state.items : [];
  const [shape, dtype, fortran, data] = items.length === 5 ? items.slice(1) : items;
  if (items.length < 4 || !(dtype instanceof DTypeRecord)) throw corruptArray('its state is not one that numpy writes');
  const content = Array.isArray(data) ? data : bytesOf(data, machine);
  Object.assign(target, makeArray(dtype.dtype, readShape(shape), fortran === true || fortran === 1, content));
}

/** `_frombuffer(buffer, dtype, shape, order[, axis_order])`: how protocol 5 writes arrays. */
export function arrayFromBuffer(args: readonly PyValue[], machine: Machine): NdArray {
  const [buffer, dtype, shape, order, axes = null] = args;
  if (!(dtype instanceof DTypeRecord)) throw corruptArray('the type of its elements is missing');
  const array = makeArray(dtype.dtype, readShape(shape), order === 'F', bytesOf(buffer, machine));
  return order === 'K' && axes !== null ? transposed(array, readShape(axes), machine) : array;
}

/** `numpy.core.multiarray.scalar(dtype, bytes)`; of dtype object the value itself. */
export function scalarFromBytes(args: readonly PyValue[], machine: Machine): NumpyScalar {
  const [record, data = null] = args;
  if (!(record instanceof DTypeRecord)) throw corruptArray('the type of a numpy scalar is missing');
  const { dtype } = record;
  if (dtype.hasObject) return new NumpyScalar(dtype, data);
  const [value = null] = elementsOf(makeArray(dtype, [], false, bytesOf(data, machine)));
  return new NumpyScalar(dtype, value);
}

/** Raw data: bytes, or the text that Python 2 had for them. */
function bytesOf(data: PyValue | undefined, machine: Machine): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data !== 'string') throw corruptArray('it has no data');
  machine.context.budget.spendDerivedBytes(data.length, machine.offset);
  return new Uint8Array(Buffer.from(data, 'latin1'));
}

/** The array with its axes in the given order, in C order. */
function transposed(array: NdArray, axes: readonly number[], machine: Machine): NdArray {
  const { shape, data, dtype } = array;
  const sorted = [...axes].sort((a, b) => a - b);
  if (axes.length !== shape.length || sorted.some((axis, at) => axis !== at) || Array.isArray(data)) {
    throw corruptArray('the order of its axes is no permutation');
  }
  machine.context.budget.spendDerivedBytes(data.length, machine.offset);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, dtype.itemSize));
  const result = axes.map((axis) => shape[axis] ?? 0);
  const steps = axes.map((axis) => strides[axis] ?? 0);
  const out = new Uint8Array(data.length);
  const index = new Array<number>(result.length).fill(0);
  for (let to = 0, from = 0; to < out.length; to += dtype.itemSize) {
    for (let byte = 0; byte < dtype.itemSize; byte++) out[to + byte] = data[from + byte] as number;
    for (let axis = result.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if ((index[axis] ?? 0) < (result[axis] ?? 0)) break;
      from -= (steps[axis] ?? 0) * (result[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return { ...array, shape: result, fortran: false, data: out };
}
