import type { Estimator } from '../sklearn/estimator';
import { lightgbmImportances } from '../lightgbm/lightgbm-importances';
import { xgboostImportances } from '../xgboost/xgboost-importances';

/** `feature_importances_` of a fitted model, and whether Python computes with them in single precision. */
export interface BoosterImportances {
  values: Float64Array;
  single: boolean;
}

/**
 * What the wrappers of XGBoost and LightGBM compute from their trees when they are asked for `feature_importances_`;
 * undefined for any other estimator.
 * @throws AppError model_unsupported for boosters and kinds of importance that are not computed here
 */
export function boosterImportances(estimator: Estimator): BoosterImportances | undefined {
  const { path } = estimator.object;
  if (!/^(?:XGB|LGBM)/.test(estimator.name)) return undefined;
  if (path.startsWith('xgboost.')) return { values: xgboostImportances(estimator), single: true };
  if (path.startsWith('lightgbm.')) return { values: lightgbmImportances(estimator), single: false };
  return undefined;
}
