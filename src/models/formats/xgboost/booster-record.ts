import { AppError } from '../../../common/errors';
import { PyDict, PyGlobal, PyObject } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';
import { readXgboostModel } from './read-model';
import type { XgboostModel } from './read-model';

/** Parsed once, though the width of a row, the names of its columns and the translation each ask for it. */
const MODELS = new WeakMap<PyObject, XgboostModel>();

/** A native file as the Booster that Python would pickle of it, so that both take one way. */
export function xgboostRecord(bytes: Uint8Array): PyObject {
  const state = new PyDict();
  state.set('handle', bytes);
  const booster = new PyObject(new PyGlobal('xgboost.core', 'Booster'), []);
  booster.state = state;
  return booster;
}

/**
 * The model of a Booster, or of a wrapper that holds one in `_Booster`.
 * @throws AppError model_unsupported when it was never fitted, else as {@link readXgboostModel}
 */
export function xgboostModel(estimator: Estimator): XgboostModel {
  const booster = estimator.name === 'Booster' ? estimator : null;
  if (!booster && !estimator.has('_Booster')) {
    throw new AppError(
      'model_unsupported',
      `expected a fitted ${estimator.name}, found one without trees: call fit before saving it`,
    );
  }
  const holder = booster ?? estimator.child('_Booster');
  let model = MODELS.get(holder.object);
  if (!model) {
    const handle = holder.require('handle');
    if (!(handle instanceof Uint8Array)) return holder.wrong('handle', 'bytes', handle);
    MODELS.set(holder.object, (model = readXgboostModel(handle)));
  }
  return model;
}
