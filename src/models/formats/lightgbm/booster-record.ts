import { boosterOf, boosterRecord } from '../boosters/booster-holder';
import type { PyObject } from '../pickle/records';
import type { Estimator } from '../sklearn/estimator';
import { asText } from '../sklearn/arrays';
import { checkLength, readLightgbmModel } from './read-lightgbm-model';
import type { LightgbmModel } from './read-lightgbm-model';

/** A model, and how many rounds Python uses of it; null for all. */
export interface FittedLightgbm {
  model: LightgbmModel;
  rounds: number | null;
}

/** Parsed once, though the width of a row, the names of its columns and the translation each ask for it. */
const MODELS = new WeakMap<PyObject, LightgbmModel>();

/**
 * A native file as the Booster that Python would pickle of it, so that both take one way.
 * @throws AppError import_limit
 */
export function lightgbmRecord(bytes: Uint8Array): PyObject {
  checkLength(bytes.length);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return boosterRecord('lightgbm.basic', '_handle', text);
}

/**
 * The model of a Booster, or of a wrapper that holds one in `_Booster`.
 * @throws AppError model_unsupported when it was never fitted, else as {@link readLightgbmModel}
 */
export function lightgbmModel(estimator: Estimator): FittedLightgbm {
  const booster = boosterOf(estimator);
  let model = MODELS.get(booster.object);
  if (!model) {
    // `handle` before 4.0.
    const text = asText(booster.get('_handle')) ?? asText(booster.require('handle'));
    if (text === undefined) return booster.wrong('handle', 'text', booster.get('handle'));
    MODELS.set(booster.object, (model = readLightgbmModel(text)));
  }
  const best = booster.number('best_iteration', 0);
  return { model, rounds: best > 0 ? best : null };
}
