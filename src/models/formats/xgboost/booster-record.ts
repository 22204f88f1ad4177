import { boosterOf, boosterRecord } from '../boosters/booster-holder';
import type { PyObject } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';
import { readXgboostModel } from './read-model';
import type { XgboostModel } from './read-model';

/** Parsed once, though the width of a row, the names of its columns and the translation each ask for it. */
const MODELS = new WeakMap<PyObject, XgboostModel>();

/** A native file as the Booster that Python would pickle of it, so that both take one way. */
export function xgboostRecord(bytes: Uint8Array): PyObject {
  return boosterRecord('xgboost.core', 'handle', bytes);
}

/**
 * The model of a Booster, or of a wrapper that holds one in `_Booster`.
 * @throws AppError model_unsupported when it was never fitted, else as {@link readXgboostModel}
 */
export function xgboostModel(estimator: Estimator): XgboostModel {
  const booster = boosterOf(estimator);
  let model = MODELS.get(booster.object);
  if (!model) {
    const handle = booster.require('handle');
    if (!(handle instanceof Uint8Array)) return booster.wrong('handle', 'bytes', handle);
    MODELS.set(booster.object, (model = readXgboostModel(handle)));
  }
  return model;
}
