import { AppError } from '../../../common/errors';
import type { Forest } from '../../../common/trees/tree-ensemble';
import { emptyForest } from '../../graph/forest';

/**
 * A tree as a boosting library stores it, nodes in any order, the root first. A leaf has `left` -1. `split` is what
 * `SplitColumns` answered for the column that a node looks at; `values` are those of the leaves, by node.
 */
export interface BoosterTree {
  left: Int32Array;
  right: Int32Array;
  /** Column of the row, as the model counts them. */
  feature: Int32Array;
  split: Int32Array;
  threshold: Float64Array;
  missingLeft: Uint8Array;
  values: Float64Array;
}

/** A tree of `count` nodes, all of them leaves so far. */
export function emptyTree(count: number): BoosterTree {
  return {
    left: new Int32Array(count).fill(-1),
    right: new Int32Array(count).fill(-1),
    feature: new Int32Array(count),
    split: new Int32Array(count),
    threshold: new Float64Array(count),
    missingLeft: new Uint8Array(count),
    values: new Float64Array(count),
  };
}

/**
 * Lays trees out one after another, each from its root downward, so that children come after their parents. Nodes that
 * no root reaches (pruned ones, which XGBoost keeps) are left out.
 *
 * @param target output column of each tree
 * @param columnOf column of the matrix that the graph splits on, by `split`
 * @throws AppError model_corrupt for a node that is reached twice or does not exist, or a leaf that is not a number
 */
export function buildBoosterForest(
  trees: readonly BoosterTree[],
  target: readonly number[],
  columnOf: (split: number) => number,
): Forest {
  const orders = trees.map(topDown);
  const count = orders.reduce((sum, order) => sum + order.length, 0);
  const leaves = orders.reduce((sum, order, t) => sum + order.filter((node) => trees[t]!.left[node] === -1).length, 0);
  const forest = emptyForest(target, count, leaves);
  const next = { node: 0, leaf: 0 };
  trees.forEach((tree, index) => {
    forest.roots[index] = next.node;
    putTree(forest, tree, orders[index]!, next, columnOf);
  });
  return forest;
}

function putTree(
  forest: Forest,
  tree: BoosterTree,
  order: Int32Array,
  next: { node: number; leaf: number },
  columnOf: (split: number) => number,
): void {
  const place = new Int32Array(tree.left.length);
  order.forEach((node, position) => (place[node] = next.node + position));
  for (const node of order) {
    const at = next.node++;
    if (tree.left[node] === -1) {
      forest.left[at] = -1;
      forest.right[at] = next.leaf;
      forest.leafValues[next.leaf++] = finite(tree.values[node]!);
      continue;
    }
    forest.left[at] = place[tree.left[node]!]!;
    forest.right[at] = place[tree.right[node]!]!;
    forest.feature[at] = columnOf(tree.split[node]!);
    forest.threshold[at] = tree.threshold[node]!;
    forest.missingLeft[at] = tree.missingLeft[node]!;
  }
}

/** The nodes that the root leads to, parents before children. */
function topDown({ left, right }: BoosterTree): Int32Array {
  const count = left.length;
  const seen = new Uint8Array(count);
  const order = new Int32Array(count);
  const pending = [0];
  let length = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (!(node >= 0 && node < count)) {
      throw new AppError('model_corrupt', `expected a tree node below ${count}, found ${node}`);
    }
    if (seen[node])
      throw new AppError('model_corrupt', `expected one way to each tree node, found two to node ${node}`);
    seen[node] = 1;
    order[length++] = node;
    if (left[node] !== -1) pending.push(right[node]!, left[node]!);
  }
  return order.subarray(0, length);
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new AppError('model_corrupt', `expected finite numbers in the leaves, found ${value}`);
}
