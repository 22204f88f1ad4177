import { AppError } from '../../common/errors';
import type { Forest } from '../../common/trees/tree-ensemble';

/**
 * A forest to be filled, a root and a target for each tree, with room for so many nodes and leaf rows.
 * @param target output column of each tree
 */
export function emptyForest(target: ArrayLike<number>, nodes: number, leaves: number, stride = 1): Forest {
  return {
    roots: new Int32Array(target.length),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
    leafValues: new Float64Array(leaves * stride),
    stride,
    target: Int32Array.from(target),
  };
}

/** How many leaf rows a forest has. */
export function leafCount(forest: Forest): number {
  return forest.leafValues.length / forest.stride;
}

/**
 * Refuses a forest that either back end could loop in or read beyond. A child's id is larger than its parent's (no
 * cycle) and has one parent only (no sharing, which onnxruntime refuses); ids, features, leaf rows and output columns
 * are in range; thresholds are numbers, infinities included. Linear in the nodes.
 *
 * @param features columns of the matrix that the forest reads
 * @param width output columns
 * @throws AppError `model_corrupt` that names what was expected and found
 */
export function checkForest(forest: Forest, features: number, width: number): void {
  const { roots, left, right, feature, threshold, missingLeft, leafValues, stride, target } = forest;
  const count = left.length;
  for (const [name, array] of Object.entries({ right, feature, threshold, missingLeft })) {
    expect(array.length === count, `${count} entries in ${name}`, array.length);
  }
  expect(Number.isInteger(stride) && stride > 0, 'a positive leaf stride', stride);
  expect(leafValues.length % stride === 0, `leaf values in rows of ${stride}`, leafValues.length);
  expect(roots.length > 0, 'at least one tree', roots.length);
  expect(target.length === roots.length, `one output column for each of ${roots.length} trees`, target.length);
  const parents = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    if (left[i] === -1) expectBelow(right[i]!, leafCount(forest), 'leaf row');
    else checkSplit(forest, i, features, parents);
  }
  for (let t = 0; t < roots.length; t++) {
    expectBelow(roots[t]!, count, 'root');
    expect(parents[roots[t]!] === 0, 'a root that is not the child of another node', roots[t]!);
    parents[roots[t]!] = 1;
    expectBelow(target[t]! + stride - 1, width, 'output column');
    expectBelow(target[t]!, width, 'output column');
  }
}

function checkSplit(forest: Forest, node: number, features: number, parents: Uint8Array): void {
  const count = forest.left.length;
  for (const child of [forest.left[node]!, forest.right[node]!]) {
    if (!(child > node && child < count)) {
      throw new AppError(
        'model_corrupt',
        `expected a child of tree node ${node} between it and ${count}, found ${child}`,
      );
    }
    expect(parents[child] === 0, 'one parent for each tree node', `two for node ${child}`);
    parents[child] = 1;
  }
  expectBelow(forest.feature[node]!, features, 'feature');
  expect(!Number.isNaN(forest.threshold[node]), 'a number as threshold', 'NaN');
}

function expectBelow(found: number, bound: number, what: string): void {
  if (!(found >= 0 && found < bound)) {
    throw new AppError('model_corrupt', `expected a ${what} of the trees below ${bound}, found ${found}`);
  }
}

function expect(holds: boolean, expected: string, found: number | string): void {
  if (!holds) throw new AppError('model_corrupt', `expected ${expected}, found ${found}`);
}
