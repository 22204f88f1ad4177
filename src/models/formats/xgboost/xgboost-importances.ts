import { AppError } from '../../../common/errors';
import type { Estimator } from '../sklearn/estimator';
import { pairwiseSum } from '../sklearn/pairwise-sum';
import { xgboostModel } from './booster-record';
import { member, numbersAt } from './json-members';
import type { JsonObject } from './json-members';
import { isBefore } from './read-xgboost-model';

/** What each kind of importance adds of a split, and whether it is a mean over the splits of a column. */
const KINDS: ReadonlyMap<string, { statistic: 'loss_changes' | 'sum_hessian' | null; mean: boolean }> = new Map([
  ['weight', { statistic: null, mean: false }],
  ['gain', { statistic: 'loss_changes', mean: true }],
  ['total_gain', { statistic: 'loss_changes', mean: false }],
  ['cover', { statistic: 'sum_hessian', mean: true }],
  ['total_cover', { statistic: 'sum_hessian', mean: false }],
]);

/**
 * `XGBModel.feature_importances_` (python-package/xgboost/sklearn.py): the shares of all columns in what
 * `GBTree::FeatureScore` (src/gbm/gbtree.h) adds up, in float32 and in the order in which it walks the trees.
 * @throws AppError model_unsupported for gblinear, trees with a vector in each leaf, and what XGBoost before 1.3 wrote
 */
export function xgboostImportances(estimator: Estimator): Float64Array {
  const model = xgboostModel(estimator);
  const type = estimator.text('importance_type') ?? 'gain';
  const kind = KINDS.get(type) ?? estimator.wrong('importance_type', [...KINDS.keys()].join(', '), type);
  if (model.booster === 'gblinear' || isBefore(model, 1, 3)) {
    estimator.unsupported(
      model.booster === 'gblinear' ? 'with booster=gblinear inside a selector' : 'of XGBoost before 1.3 in a selector',
      'fit a ColumnTransformer with the columns that get_support(indices=True) lists',
    );
  }
  const totals = new Float32Array(model.features);
  const counts = new Float64Array(model.features);
  for (const tree of model.trees) addTree(estimator, tree, kind.statistic, totals, counts);
  if (kind.mean) totals.forEach((total, column) => (totals[column] = total / Math.max(1, counts[column]!)));
  const sum = pairwiseSum(totals, 0, totals.length, Math.fround);
  return Float64Array.from(totals, (total) => (sum === 0 ? total : Math.fround(total / sum)));
}

/** Root first, then the right child and all below it, then the left (include/xgboost/tree_model.h `WalkTree`). */
function addTree(
  estimator: Estimator,
  tree: JsonObject,
  statistic: 'loss_changes' | 'sum_hessian' | null,
  totals: Float32Array,
  counts: Float64Array,
): void {
  if (member(tree, 'leaf_weights') !== undefined && numbersAt(tree, 'leaf_weights').length > 0) {
    estimator.unsupported('with multi_output_tree inside a selector', 'use one output a tree');
  }
  const left = numbersAt(tree, 'left_children');
  const right = numbersAt(tree, 'right_children', left.length);
  const columns = numbersAt(tree, 'split_indices', left.length);
  const amounts = statistic === null ? null : numbersAt(tree, statistic, left.length);
  const open = [0];
  for (let seen = 0; open.length > 0; seen++) {
    const node = open.pop()!;
    if (seen > left.length || !(node >= 0 && node < left.length)) throw broken(left.length);
    if (left[node] === -1) continue;
    const column = columns[node]!;
    if (!(column >= 0 && column < totals.length)) throw broken(left.length);
    counts[column]! += 1;
    totals[column] = amounts ? totals[column]! + amounts[node]! : counts[column]!;
    open.push(left[node]!, right[node]!);
  }
}

function broken(nodes: number): AppError {
  return new AppError('model_corrupt', `expected an XGBoost tree of ${nodes} nodes, each once, found other children`);
}
