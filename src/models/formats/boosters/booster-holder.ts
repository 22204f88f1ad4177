import { AppError } from '../../../common/errors';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';

/** A native file as the Booster that Python would pickle of it, with the one attribute that holds its model. */
export function boosterRecord(module: string, attribute: string, model: PyValue): PyObject {
  const booster = new PyObject(new PyGlobal(module, 'Booster'), []);
  booster.state = new PyDict();
  booster.state.set(attribute, model);
  return booster;
}

/**
 * The Booster of a wrapper of scikit-learn's kind, or what is one itself.
 * @throws AppError model_unsupported when the wrapper was never fitted
 */
export function boosterOf(estimator: Estimator): Estimator {
  if (estimator.name === 'Booster') return estimator;
  if (estimator.has('_Booster')) return estimator.child('_Booster');
  throw new AppError(
    'model_unsupported',
    `expected a fitted ${estimator.name}, found one without trees: call fit before saving it`,
  );
}
