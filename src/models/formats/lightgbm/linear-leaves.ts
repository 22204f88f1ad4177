import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { TreesNode, ValueId } from '../../graph/ir';
import { buildBoosterForest, emptyTree } from '../boosters/booster-tree';
import type { BoosterTree } from '../boosters/booster-tree';
import { numbers } from './read-lightgbm-tree';
import type { LightgbmTreeText } from './read-lightgbm-model';

/** What the leaves of a tree of `linear_tree=True` add to their constants: coefficients by column, by node of the tree. */
export interface LinearLeaves {
  constants: Float64Array;
  coefficients: Map<number, Float64Array>;
}

/**
 * The linear models in the leaves of a tree (src/io/tree.cpp, `leaf_const`, `num_features`, `leaf_features` and
 * `leaf_coeff`); null for a tree of plain leaves.
 * @param spend counts a node for each coefficient against the budget of the file
 * @throws AppError model_corrupt
 */
export function readLinearLeaves(
  text: LightgbmTreeText,
  tree: BoosterTree,
  width: number,
  spend: (nodes: number) => void,
): LinearLeaves | null {
  if (text.get('is_linear') !== '1') return null;
  const nodes = tree.left.length;
  const leaves = (nodes + 1) / 2;
  const first = leaves - 1;
  const constants = new Float64Array(nodes);
  constants.set(numbers(text, 'leaf_const', leaves), first);
  const counts = numbers(text, 'num_features', leaves);
  if (counts.some((count) => !(Number.isInteger(count) && count >= 0))) {
    throw new AppError(
      'model_corrupt',
      `expected counts of columns in num_features, found ${counts.join(' ').slice(0, 80)}`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const columns = numbers(text, 'leaf_features', total);
  const values = numbers(text, 'leaf_coeff', total);
  const coefficients = new Map<number, Float64Array>();
  for (let leaf = 0, at = 0; leaf < leaves; leaf++) {
    for (const end = at + counts[leaf]!; at < end; at++) {
      const column = columns[at]!;
      if (!(Number.isInteger(column) && column >= 0 && column < width)) {
        throw new AppError('model_corrupt', `expected a column below ${width} in the leaves, found ${column}`);
      }
      let list = coefficients.get(column);
      if (!list) {
        spend(nodes);
        coefficients.set(column, (list = new Float64Array(nodes)));
      }
      list[first + leaf] = values[at]!;
    }
  }
  return { constants, coefficients };
}

/**
 * What each tree answers, [N, trees], as include/LightGBM/tree.h `Tree::Predict` has it: constant, then coefficient times
 * value in the order of the columns, which is that of `leaf_features`; the plain value of the leaf where one of its columns
 * is missing.
 * @param split the matrix that the splits look at
 * @param x the columns themselves
 */
export function linearOutputs(
  graph: GraphBuilder,
  trees: readonly BoosterTree[],
  leaves: readonly (LinearLeaves | null)[],
  split: { x: ValueId; columnOf: (split: number) => number },
  x: ValueId,
): ValueId {
  const answers = (values: (tree: number) => Float64Array | undefined): ValueId =>
    graph.trees(forestOf(trees, values, split));
  const columns = [...new Set(leaves.flatMap((linear) => [...(linear?.coefficients.keys() ?? [])]))];
  let sum = answers((tree) => leaves[tree]?.constants ?? trees[tree]!.values);
  let missing: ValueId | null = null;
  for (const column of columns.sort((a, b) => a - b)) {
    const coefficients = answers((tree) => leaves[tree]?.coefficients.get(column));
    const value = graph.select(x, [column]);
    const unused = graph.compare('eq', coefficients, graph.scalar(0));
    const product = graph.binary('mul', coefficients, value);
    sum = graph.binary('add', sum, graph.where(unused, graph.scalar(0), product));
    const lacks = graph.logic('and', graph.logic('not', unused), graph.isnan(value));
    missing = missing === null ? lacks : graph.logic('or', missing, lacks);
  }
  return missing === null
    ? sum
    : graph.where(
        missing,
        answers((tree) => trees[tree]!.values),
        sum,
      );
}

/** One output column a tree; a tree without values of this kind answers 0 at once. */
function forestOf(
  trees: readonly BoosterTree[],
  values: (tree: number) => Float64Array | undefined,
  split: { x: ValueId; columnOf: (split: number) => number },
): Omit<TreesNode, 'op'> {
  const alike = trees.map((tree, index) => {
    const own = values(index);
    return own ? { ...tree, values: own } : emptyTree(1);
  });
  const target = trees.map((_, index) => index);
  return {
    x: split.x,
    forest: buildBoosterForest(alike, target, split.columnOf),
    compare: 'le',
    round32: false,
    accumulate: 'f64',
    base: new Float64Array(trees.length),
    scale: 1,
    divisor: 1,
  };
}
