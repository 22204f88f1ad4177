import { boosterOf, boosterRecord } from '../boosters/booster-holder';
import type { PyObject } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';
import { readXgboostModel } from './read-xgboost-model';
import type { XgboostModel } from './read-xgboost-model';

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
    model = readXgboostModel(handle);
    if (model.names === null) model.names = namesOf(booster, model.features);
    MODELS.set(booster.object, model);
  }
  return model;
}

/** Up to 1.3 the names of the columns are Python's; `f0`, `f1` are what it calls those that have none. */
function namesOf(booster: Estimator, features: number): string[] | null {
  const names = booster.has('feature_names') ? booster.list('feature_names') : [];
  const texts = names.filter((name) => typeof name === 'string');
  if (texts.length !== features || texts.length !== names.length) return null;
  return texts.every((name, index) => name === `f${index}`) ? null : texts;
}
