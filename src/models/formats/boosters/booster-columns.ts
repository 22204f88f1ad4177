import { lightgbmModel } from '../lightgbm/booster-record';
import type { Estimator } from '../sklearn/estimator';
import { xgboostModel } from '../xgboost/booster-record';

/**
 * Width of a row and names of its columns as a booster's own model has them; null for other estimators, and for a wrapper
 * that was never fitted, such as the template that a search keeps.
 */
export function boosterColumns(estimator: Estimator): { width: number; names: string[] | null } | null {
  const { path } = estimator.object;
  if (estimator.name !== 'Booster' && !estimator.has('_Booster')) return null;
  if (path.startsWith('xgboost.')) {
    const { features, names } = xgboostModel(estimator);
    return { width: features, names };
  }
  if (!path.startsWith('lightgbm.')) return null;
  const { features, names } = lightgbmModel(estimator).model;
  return { width: features, names };
}
