import { AppError } from '../../../common/errors';
import { corruptArray, countElements, readShape } from './dtype';
import type { Machine } from './machine';
import { makeArray } from './numpy-records';
import { DTypeRecord, PyDict, type PyObject, type PyValue } from './records';

/**
 * Arrays within the pickle stream, as joblib writes them. Source: joblib `joblib/numpy_pickle.py` (`NumpyArrayWrapper`),
 * versions 0.10 to 1.6. scikit-learn before 0.23 carried a copy of joblib.
 */
const WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/;
const OLD_WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle(?:_compat)?\.Z?NDArrayWrapper$/;

/** Whether the raw array follows the BUILD of this object. */
export function isArrayWrapper(object: PyObject): boolean {
  return WRAPPER.test(object.path);
}

/** @throws AppError `model_unsupported` for the form of joblib before 0.10, whose arrays are in files beside it. */
export function refuseOldWrapper(object: PyObject): void {
  if (OLD_WRAPPER.test(object.path)) {
    throw new AppError(
      'model_unsupported',
      'The file was written by joblib before 0.10, which keeps arrays in files beside it; load it with the Python that wrote it and save it again with a current joblib.',
    );
  }
}

/**
 * The array that follows a wrapper in the stream: padding (since joblib 1.2), then raw items; of objects, a pickle of
 * its own.
 * @throws AppError `model_corrupt` when the wrapper announces more bytes than are left.
 */
export function readWrappedArray(machine: Machine, state: PyValue): PyValue {
  machine.context.inlineArrays += 1;
  if (!(state instanceof PyDict)) throw corruptArray('the state of its joblib wrapper is no dict');
  const record = state.get('dtype');
  if (!(record instanceof DTypeRecord)) throw corruptArray('its joblib wrapper names no type');
  const { dtype } = record;
  if (dtype.hasObject) return machine.runNested();
  const shape = readShape(state.get('shape'));
  const size = countElements(shape) * dtype.itemSize;
  // Absent up to joblib 1.1; None where the writer could not tell its position.
  if ((state.get('numpy_array_alignment_bytes') ?? null) !== null) machine.source.skip(machine.source.uint8());
  machine.context.budget.spendObjects(1, machine.offset);
  return makeArray(dtype, shape, state.get('order') === 'F', machine.source.take(size));
}
