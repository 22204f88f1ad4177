import type { Forest } from '../../../common/trees/tree-ensemble';
import { emptyForest } from '../../graph/forest';
import type { FittedTree } from './tree-reader';

/** How the payload of a leaf is made from the values of its node, in place. */
export type LeafTransform = (values: Float64Array, tree: number) => void;

/**
 * Lays fitted trees out one after another as the graph's struct of arrays; leaf payloads are the nodes' values after
 * `leaf`, `target` the output column of each tree.
 */
export function buildForest(trees: FittedTree[], target: ArrayLike<number>, leaf?: LeafTransform): Forest {
  const stride = trees[0]!.stride;
  const nodeCount = trees.reduce((sum, tree) => sum + tree.nodeCount, 0);
  const leafCount = trees.reduce(
    (sum, tree) => sum + tree.left.reduce((leaves, child) => leaves + Number(child === -1), 0),
    0,
  );
  const forest = emptyForest(target, nodeCount, leafCount, stride);
  let node = 0;
  let row = 0;
  trees.forEach((tree, index) => {
    forest.roots[index] = node;
    const first = node;
    for (let i = 0; i < tree.nodeCount; i++, node++) {
      if (tree.left[i] === -1) {
        forest.left[node] = -1;
        forest.right[node] = row;
        const payload = forest.leafValues.subarray(row * stride, (row + 1) * stride);
        payload.set(tree.values.subarray(i * stride, (i + 1) * stride));
        leaf?.(payload, index);
        row++;
        continue;
      }
      forest.left[node] = first + tree.left[i]!;
      forest.right[node] = first + tree.right[i]!;
      forest.feature[node] = tree.feature[i]!;
      forest.threshold[node] = tree.threshold[i]!;
      forest.missingLeft[node] = tree.missingLeft[i] === 0 ? 0 : 1;
    }
  });
  return forest;
}

/**
 * A tree that answers one number for every row. The number that a sum starts from goes first in the forest in this form:
 * in the compiled graph a base would be added last, and the last digit of the sum, which decides between equal scores,
 * would be another one.
 */
export function constantTree(value: number): FittedTree {
  return {
    nodeCount: 1,
    left: Float64Array.of(-1),
    right: Float64Array.of(-1),
    feature: Float64Array.of(-2),
    threshold: Float64Array.of(-2),
    missingLeft: Float64Array.of(0),
    samples: Float64Array.of(0),
    values: Float64Array.of(value),
    stride: 1,
    sawMissing: false,
  };
}

/** Thresholds kept of each feature. */
const MAX_SAMPLED = 24;

/** Some thresholds of each feature, spread over the forest, for probe hints. */
export function sampleThresholds(trees: FittedTree[], featureCount: number): number[][] {
  const samples: number[][] = Array.from({ length: featureCount }, () => []);
  const total = trees.reduce((sum, tree) => sum + tree.nodeCount, 0);
  const step = Math.max(1, Math.floor(total / (featureCount * MAX_SAMPLED * 4)));
  let at = 0;
  for (const tree of trees) {
    for (; at < tree.nodeCount; at += step) {
      const of = tree.left[at] === -1 ? undefined : samples[tree.feature[at]!];
      if (of && of.length < MAX_SAMPLED && Number.isFinite(tree.threshold[at])) of.push(tree.threshold[at]!);
    }
    at -= tree.nodeCount;
  }
  return samples;
}
