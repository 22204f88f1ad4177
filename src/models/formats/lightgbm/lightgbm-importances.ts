import { AppError } from '../../../common/errors';
import type { Estimator } from '../sklearn/estimator';
import { lightgbmModel } from './booster-record';
import { numbers } from './read-lightgbm-tree';

/**
 * `LGBMModel.feature_importances_`: how often a column is split, or the gains of its splits, over the rounds up to the
 * best one (src/boosting/gbdt_model_text.cpp `GBDT::FeatureImportance`).
 * @throws AppError model_corrupt for splits of other columns
 */
export function lightgbmImportances(estimator: Estimator): Float64Array {
  const { model, rounds } = lightgbmModel(estimator);
  const type = estimator.text('importance_type') ?? 'split';
  if (type !== 'split' && type !== 'gain') return estimator.wrong('importance_type', "'split' or 'gain'", type);
  const totals = new Float64Array(model.features);
  for (const tree of rounds === null ? model.trees : model.trees.slice(0, rounds * model.groups)) {
    const splits = Number(tree.get('num_leaves') ?? 1) - 1;
    if (!(splits > 0)) continue;
    const columns = numbers(tree, 'split_feature', splits);
    const gains = numbers(tree, 'split_gain', splits, true).map(Math.fround);
    columns.forEach((column, split) => {
      if (!(column >= 0 && column < totals.length)) {
        throw new AppError('model_corrupt', `expected a column below ${totals.length} in a split, found ${column}`);
      }
      if (gains[split]! > 0) totals[column]! += type === 'split' ? 1 : gains[split]!;
    });
  }
  return totals;
}
