import { sizeOf } from '../pickle/numpy';
import { isNdArray, PyDict, PyObject } from '../pickle/records';
import { fieldNumbers } from './arrays';
import type { Estimator } from './estimator';
import { pairwiseSum } from './pairwise-sum';
import type { TranslationContext } from './translation';

const MAX_DEPTH = 4;

/** A tree's decrease of impurity by each column, or null for a tree that is one leaf. */
type TreeImportances = Float64Array | null;

/**
 * `feature_importances_`, which scikit-learn computes anew from the trees of a fitted model; undefined where the model
 * has none. The order of additions is its own, since a threshold may stand at the very mean.
 */
export function treeImportances(
  model: Estimator,
  width: number,
  context: TranslationContext,
  depth = 0,
): Float64Array | undefined {
  const members = (): Estimator[] => model.children('estimators_');
  const tree = (member: Estimator, normalize: boolean): TreeImportances => ofTree(member, width, normalize, context);
  if (/^(DecisionTree|ExtraTree)(Classifier|Regressor)$/.test(model.name))
    return tree(model, true) ?? new Float64Array(width);
  if (/^(?:Balanced)?(RandomForest|ExtraTrees)(Classifier|Regressor)$/.test(model.name)) {
    return shares(
      meanOf(
        members().map((member) => tree(member, true)),
        width,
      ),
    );
  }
  if (/^GradientBoosting(Classifier|Regressor)$/.test(model.name)) {
    return shares(
      meanOf(
        members().map((member) => tree(member, false)),
        width,
      ),
    );
  }
  if (/^AdaBoost(Classifier|Regressor)$/.test(model.name) && depth < MAX_DEPTH) {
    return ofBoosting(model, width, context, depth + 1);
  }
  return undefined;
}

/** `Tree.compute_feature_importances` (sklearn/tree/_tree.pyx). */
function ofTree(owner: Estimator, width: number, normalize: boolean, context: TranslationContext): TreeImportances {
  const object = owner.require('tree_');
  const nodes = object instanceof PyObject && object.state instanceof PyDict ? object.state.get('nodes') : undefined;
  if (!isNdArray(nodes)) return owner.wrong('tree_', 'a tree with nodes', object);
  const count = sizeOf(nodes);
  context.spend(count);
  if (count <= 1) return null;
  const [left, right, feature, impurity, weight] = [
    ...['left_child', 'right_child', 'feature', 'impurity', 'weighted_n_node_samples'],
  ].map((name) => fieldNumbers(nodes, name)) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const total = new Float64Array(width);
  const share = (node: number): number => weight[node]! * impurity[node]!;
  for (let node = 0; node < count; node++) {
    if (left[node] === -1) continue;
    const [down, other, column] = [left[node]!, right[node]!, feature[node]!];
    if (!(down < count && other < count && down > 0 && other > 0 && column >= 0 && column < width)) {
      return owner.wrong('tree_', `a tree of ${width} columns`, object);
    }
    total[column]! += share(node) - share(down) - share(other);
  }
  const root = weight[0]!;
  total.forEach((value, column) => (total[column] = value / root));
  if (!normalize) return total;
  const sum = pairwiseSum(total);
  return sum > 0 ? total.map((value) => value / sum) : total;
}

/** The mean over the trees that split at all, added tree by tree. */
function meanOf(trees: TreeImportances[], width: number): Float64Array {
  const split = trees.filter((tree) => tree !== null);
  const total = new Float64Array(width);
  for (const tree of split) tree.forEach((value, column) => (total[column]! += value));
  return split.length === 0 ? total : total.map((value) => value / split.length);
}

function shares(mean: Float64Array): Float64Array {
  const sum = pairwiseSum(mean);
  return sum === 0 ? mean : mean.map((value) => value / sum);
}

/** Weighted mean of what the members have (sklearn/ensemble/_weight_boosting.py). */
function ofBoosting(
  model: Estimator,
  width: number,
  context: TranslationContext,
  depth: number,
): Float64Array | undefined {
  const members = model.children('estimators_').map((member) => treeImportances(member, width, context, depth));
  const weights = model.numbers('estimator_weights_').data;
  if (members.some((member) => member === undefined)) return undefined;
  const norm = pairwiseSum(weights);
  const total = new Float64Array(width);
  members.forEach((member, i) => member!.forEach((value, column) => (total[column]! += weights[i]! * value)));
  return total.map((value) => value / norm);
}
