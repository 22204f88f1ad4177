import { AppError } from '../../../common/errors';
import { emptyTree } from '../boosters/booster-tree';
import type { BoosterTree } from '../boosters/booster-tree';
import type { SplitColumns } from '../boosters/split-columns';
import { member, numberAt, numbersAt, objectAt } from './json-members';
import type { JsonObject } from './json-members';

const CATEGORICAL = 1;

/** A category within the set of a split is seen as 1 and goes right, one outside as 0. */
export const MEMBER_THRESHOLD = 0.5;

/**
 * Reads one tree (src/tree/tree_model.cc `RegTree::LoadModel`): thresholds and leaves are float32, `x < condition` goes
 * left, a category within the set of a split goes right. A tree with a vector in each leaf (`multi_output_tree`) becomes
 * one tree for each of the `groups` scores, alike but for the leaves.
 * @param spend counts nodes against the budget of the file
 * @throws AppError model_corrupt
 */
export function readXgboostTree(
  tree: JsonObject,
  groups: number,
  splits: SplitColumns,
  spend: (nodes: number) => void,
): BoosterTree[] {
  const vector = numberAt(objectAt(tree, 'tree_param'), 'size_leaf_vector', 1);
  const left = numbersAt(tree, 'left_children');
  if (left.length === 0) throw new AppError('model_corrupt', 'expected nodes in each XGBoost tree, found none');
  if (vector <= 1) {
    spend(left.length);
    const scalar = readSplits(tree, left, splits);
    const values = numbersAt(tree, 'split_conditions', left.length);
    scalar.left.forEach((child, node) => (scalar.values[node] = child === -1 ? Math.fround(values[node]!) : 0));
    return [scalar];
  }
  if (vector !== groups) {
    throw new AppError('model_corrupt', `expected ${groups} numbers in the leaves of an XGBoost tree, found ${vector}`);
  }
  spend(left.length * groups);
  const shared = readSplits(tree, left, splits);
  const vectors = leafVectors(tree, left, groups);
  return Array.from({ length: groups }, (_, group) => ({
    ...shared,
    values: Float64Array.from(shared.left, (child, node) =>
      child === -1 ? Math.fround(vectors.values[vectors.rowOf(node) * groups + group] ?? NaN) : 0,
    ),
  }));
}

/**
 * Where the vectors of the leaves stand (src/tree/io_utils.h, multi_target_tree_model.cc): a row a leaf since 3.2, whose
 * number takes the place of the leaf's right child; before, a row a node in `base_weights`.
 */
function leafVectors(
  tree: JsonObject,
  left: ArrayLike<number>,
  groups: number,
): { values: ArrayLike<number>; rowOf: (node: number) => number } {
  const weights = member(tree, 'leaf_weights') === undefined ? [] : numbersAt(tree, 'leaf_weights');
  if (weights.length === 0) {
    return { values: numbersAt(tree, 'base_weights', left.length * groups), rowOf: (node) => node };
  }
  const rows = numbersAt(tree, 'right_children', left.length);
  return { values: weights, rowOf: (node) => rows[node]! };
}

/** The splits of a tree; its leaves are left to be filled. */
function readSplits(tree: JsonObject, left: ArrayLike<number>, splits: SplitColumns): BoosterTree {
  const nodes = left.length;
  const result = emptyTree(nodes);
  const right = numbersAt(tree, 'right_children', nodes);
  const feature = numbersAt(tree, 'split_indices', nodes);
  const condition = numbersAt(tree, 'split_conditions', nodes);
  const missingLeft = numbersAt(tree, 'default_left', nodes);
  const kind = member(tree, 'split_type') === undefined ? null : numbersAt(tree, 'split_type', nodes);
  const sets = kind ? readSets(tree, nodes) : null;
  for (let node = 0; node < nodes; node++) {
    if (left[node] === -1) continue;
    result.left[node] = child(left[node]!);
    result.right[node] = child(right[node]!);
    result.feature[node] = feature[node]!;
    result.missingLeft[node] = missingLeft[node] ? 1 : 0;
    if (kind?.[node] === CATEGORICAL) {
      result.split[node] = splits.members(feature[node]!, sets?.get(node) ?? []);
      result.threshold[node] = MEMBER_THRESHOLD;
    } else {
      result.split[node] = splits.threshold(feature[node]!);
      result.threshold[node] = Math.fround(condition[node]!);
    }
  }
  return result;
}

/** The next child would be -1, which stands for a leaf. */
function child(node: number): number {
  if (Number.isInteger(node) && node > 0) return node;
  throw new AppError('model_corrupt', `expected children of a split of an XGBoost tree above 0, found ${node}`);
}

/** The categories of each split by a set. */
function readSets(tree: JsonObject, nodes: number): Map<number, number[]> | null {
  if (member(tree, 'categories_nodes') === undefined) return null;
  const owners = numbersAt(tree, 'categories_nodes');
  const starts = numbersAt(tree, 'categories_segments', owners.length);
  const sizes = numbersAt(tree, 'categories_sizes', owners.length);
  const all = numbersAt(tree, 'categories');
  const sets = new Map<number, number[]>();
  for (let i = 0; i < owners.length; i++) {
    const [owner, start, size] = [owners[i]!, starts[i]!, sizes[i]!];
    if (!(owner >= 0 && owner < nodes && start >= 0 && size >= 0 && start + size <= all.length)) {
      throw new AppError(
        'model_corrupt',
        `expected categories of the tree within ${all.length}, found ${size} from ${start}`,
      );
    }
    sets.set(owner, Array.prototype.slice.call(all, start, start + size) as number[]);
  }
  return sets;
}
