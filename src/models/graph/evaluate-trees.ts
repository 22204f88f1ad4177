import type { Forest, TreesNode } from './ir';

/** Evaluates an ensemble for `rows` rows of `x` [rows, features] into `out` [rows, width]. */
export type TreesKernel = (x: Float64Array, out: Float64Array, rows: number) => void;

/** Leaf node that a row arrives at; `at` is where the row begins in `x`. */
type Walk = (forest: Forest, x: Float64Array, at: number, root: number) => number;

/** Rows that a batch walks through one tree before the next, so that the tree stays in the cache. */
const ROWS_PER_TREE = 64;

/**
 * Prepares a tree ensemble for evaluation in the source's own order: for each row the trees are added one after the
 * other, in float32 where the source does so (scikit-learn: sklearn/ensemble/_forest.py and _gradient_boosting.pyx;
 * XGBoost: src/predictor/cpu_predictor.cc). Nothing is allocated for each call but one block of rounded rows at first.
 */
export function compileTrees(node: TreesNode, features: number): TreesKernel {
  const walk = chooseWalk(node);
  const add = node.accumulate === 'f32' ? addFloat : addDouble;
  const single = node.accumulate === 'f64' && node.forest.stride === 1 && node.scale === 1;
  const round = node.round32 ? rounder(features) : null;
  return (x, out, rows) => {
    for (let from = 0; from < rows; from += ROWS_PER_TREE) {
      const to = Math.min(from + ROWS_PER_TREE, rows);
      start(node, out, from, to);
      const seen = round === null ? x : round(x, from, to);
      const shift = round === null ? 0 : from;
      if (single) addSingle(node.forest, walk, seen, shift, out, node.base.length, features, from, to);
      else addPayloads(node, walk, add, seen, shift, out, features, from, to);
      finish(node, out, from, to);
    }
  };
}

function start(node: TreesNode, out: Float64Array, from: number, to: number): void {
  const { base, accumulate } = node;
  for (let row = from; row < to; row++) {
    const at = row * base.length;
    for (let j = 0; j < base.length; j++) out[at + j] = accumulate === 'f32' ? Math.fround(base[j]!) : base[j]!;
  }
}

function finish({ base, divisor, accumulate }: TreesNode, out: Float64Array, from: number, to: number): void {
  if (divisor === 1) return;
  for (let i = from * base.length; i < to * base.length; i++) {
    out[i] = accumulate === 'f32' ? Math.fround(out[i]! / Math.fround(divisor)) : out[i]! / divisor;
  }
}

/** The common case, one number a leaf added as it is. */
function addSingle(
  forest: Forest,
  walk: Walk,
  x: Float64Array,
  shift: number,
  out: Float64Array,
  width: number,
  features: number,
  from: number,
  to: number,
): void {
  const { roots, right, leafValues, target } = forest;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!;
    const column = target[tree]!;
    for (let row = from; row < to; row++) {
      const leaf = walk(forest, x, (row - shift) * features, root);
      out[row * width + column]! += leafValues[right[leaf]!]!;
    }
  }
}

type Add = (sum: number, scale: number, payload: number) => number;

const addDouble: Add = (sum, scale, payload) => sum + scale * payload;
const addFloat: Add = (sum, scale, payload) => Math.fround(sum + Math.fround(scale * payload));

function addPayloads(
  { forest, base, scale }: TreesNode,
  walk: Walk,
  add: Add,
  x: Float64Array,
  shift: number,
  out: Float64Array,
  features: number,
  from: number,
  to: number,
): void {
  const { roots, right, leafValues, stride, target } = forest;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!;
    for (let row = from; row < to; row++) {
      const payload = right[walk(forest, x, (row - shift) * features, root)]! * stride;
      const at = row * base.length + target[tree]!;
      for (let j = 0; j < stride; j++) out[at + j] = add(out[at + j]!, scale, leafValues[payload + j]!);
    }
  }
}

/** Rounds rows to float32 once, rather than a column each time that a split looks at it. */
function rounder(features: number): (x: Float64Array, from: number, to: number) => Float64Array {
  let block = new Float64Array(features);
  return (x, from, to) => {
    const length = (to - from) * features;
    if (block.length < length) block = new Float64Array(ROWS_PER_TREE * features);
    const start = from * features;
    for (let i = 0; i < length; i++) block[i] = Math.fround(x[start + i]!);
    return block;
  };
}

/** A comparison with NaN is false, so that NaN goes right unless a split says otherwise. */
function chooseWalk({ forest, compare }: TreesNode): Walk {
  const missing = forest.missingLeft.includes(1);
  if (compare === 'le') return missing ? walkLeMissing : walkLe;
  return missing ? walkLtMissing : walkLt;
}

function walkLe({ left, right, feature, threshold }: Forest, x: Float64Array, at: number, root: number): number {
  let node = root;
  for (let next = left[node]!; next !== -1; next = left[node]!) {
    node = x[at + feature[node]!]! <= threshold[node]! ? next : right[node]!;
  }
  return node;
}

function walkLt({ left, right, feature, threshold }: Forest, x: Float64Array, at: number, root: number): number {
  let node = root;
  for (let next = left[node]!; next !== -1; next = left[node]!) {
    node = x[at + feature[node]!]! < threshold[node]! ? next : right[node]!;
  }
  return node;
}

function walkLeMissing(forest: Forest, x: Float64Array, at: number, root: number): number {
  const { left, right, feature, threshold, missingLeft } = forest;
  let node = root;
  for (let next = left[node]!; next !== -1; next = left[node]!) {
    const value = x[at + feature[node]!]!;
    const goesLeft = value <= threshold[node]! || (value !== value && missingLeft[node] === 1);
    node = goesLeft ? next : right[node]!;
  }
  return node;
}

function walkLtMissing(forest: Forest, x: Float64Array, at: number, root: number): number {
  const { left, right, feature, threshold, missingLeft } = forest;
  let node = root;
  for (let next = left[node]!; next !== -1; next = left[node]!) {
    const value = x[at + feature[node]!]!;
    const goesLeft = value < threshold[node]! || (value !== value && missingLeft[node] === 1);
    node = goesLeft ? next : right[node]!;
  }
  return node;
}
