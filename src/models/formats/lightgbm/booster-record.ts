import { AppError } from '../../../common/errors';
import { PyDict, PyGlobal, PyObject } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';
import { asText } from '../sklearn/arrays';
import { readLightgbmModel } from './read-model';
import type { LightgbmModel } from './read-model';

/** A model, and how many rounds Python uses of it; null for all. */
export interface FittedLightgbm {
  model: LightgbmModel;
  rounds: number | null;
}

/** Parsed once, though the width of a row, the names of its columns and the translation each ask for it. */
const MODELS = new WeakMap<PyObject, LightgbmModel>();

/** A native file as the Booster that Python would pickle of it, so that both take one way. */
export function lightgbmRecord(bytes: Uint8Array): PyObject {
  const state = new PyDict();
  state.set('_handle', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  const booster = new PyObject(new PyGlobal('lightgbm.basic', 'Booster'), []);
  booster.state = state;
  return booster;
}

/**
 * The model of a Booster, or of a wrapper that holds one in `_Booster`.
 * @throws AppError model_unsupported when it was never fitted, else as {@link readLightgbmModel}
 */
export function lightgbmModel(estimator: Estimator): FittedLightgbm {
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
    // `handle` before 4.0.
    const text = asText(holder.get('_handle')) ?? asText(holder.require('handle'));
    if (text === undefined) return holder.wrong('handle', 'text', holder.get('handle'));
    MODELS.set(holder.object, (model = readLightgbmModel(text)));
  }
  const best = holder.number('best_iteration', 0);
  return { model, rounds: best > 0 ? best : null };
}
