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
 * left, a category within the set of a split goes right.
 * @param spend counts nodes against the budget of the file
 * @throws AppError model_corrupt, model_unsupported for trees with vectors in their leaves
 */
export function readXgboostTree(tree: JsonObject, splits: SplitColumns, spend: (nodes: number) => void): BoosterTree {
  const param = objectAt(tree, 'tree_param');
  if (numberAt(param, 'size_leaf_vector', 1) > 1) {
    throw new AppError(
      'model_unsupported',
      "XGBoost with multi_strategy='multi_output_tree' cannot be served; train with multi_strategy='one_output_per_tree'",
    );
  }
  const left = numbersAt(tree, 'left_children');
  const nodes = left.length;
  spend(nodes);
  if (nodes === 0) throw new AppError('model_corrupt', 'expected nodes in each XGBoost tree, found none');
  const result = emptyTree(nodes);
  const right = numbersAt(tree, 'right_children', nodes);
  const feature = numbersAt(tree, 'split_indices', nodes);
  const condition = numbersAt(tree, 'split_conditions', nodes);
  const missingLeft = numbersAt(tree, 'default_left', nodes);
  const kind = member(tree, 'split_type') === undefined ? null : numbersAt(tree, 'split_type', nodes);
  const sets = kind ? readSets(tree, nodes) : null;
  for (let node = 0; node < nodes; node++) {
    if (left[node] === -1) {
      result.values[node] = Math.fround(condition[node]!);
      continue;
    }
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
