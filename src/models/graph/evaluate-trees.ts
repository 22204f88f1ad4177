import type { Forest } from '../../common/trees/tree-ensemble';
import type { TreesNode } from './ir';

/** Evaluates an ensemble for `rows` rows of `x` [rows, features] into `out` [rows, width]. */
export type TreesKernel = (x: Float64Array, out: Float64Array, rows: number) => void;

/** Leaf node that a row arrives at; `at` is where the row begins in `x`. */
type Walk = (forest: Forest, x: Float64Array, at: number, root: number) => number;

/** A run of rows: row i of it begins at `x[i * features]` and answers into `out` from `first + i` on. */
interface Block {
  x: Float64Array;
  rows: number;
  out: Float64Array;
  first: number;
}

/** Rows that a batch walks through one tree before the next, so that the tree stays in the cache. */
const ROWS_PER_TREE = 64;

/**
 * Prepares a tree ensemble for evaluation in the source's own order: for each row the trees are added one after the
 * other, in float32 where the source does so (scikit-learn: sklearn/ensemble/_forest.py and _gradient_boosting.pyx;
 * XGBoost: src/predictor/cpu_predictor.cc). A call allocates nothing but, the first times, its blocks of rows.
 */
export function compileTrees(node: TreesNode, features: number): TreesKernel {
  const width = node.base.length;
  const add = chooseAdd(node, features);
  const block: Block = { x: new Float64Array(features), rows: 0, out: new Float64Array(0), first: 0 };
  return (x, out, rows) => {
    block.out = out;
    for (block.first = 0; block.first < rows; block.first += block.rows) {
      block.rows = Math.min(ROWS_PER_TREE, rows - block.first);
      readRows(block, x, features, node.round32);
      start(node, out, block.first * width, block.rows);
      add(block);
      if (node.divisor !== 1) divide(node, out, block.first * width, block.rows * width);
    }
  };
}

/** Copies the rows into the block, to float32 once rather than a column each time that a split looks at it. */
function readRows(block: Block, x: Float64Array, features: number, round32: boolean): void {
  const length = block.rows * features;
  const from = block.first * features;
  if (block.x.length < length) block.x = new Float64Array(ROWS_PER_TREE * features);
  const to = block.x;
  if (round32) for (let i = 0; i < length; i++) to[i] = Math.fround(x[from + i]!);
  else for (let i = 0; i < length; i++) to[i] = x[from + i]!;
}

function start({ base, accumulate }: TreesNode, out: Float64Array, from: number, rows: number): void {
  const width = base.length;
  for (let j = 0; j < width; j++) {
    const value = accumulate === 'f32' ? Math.fround(base[j]!) : base[j]!;
    for (let row = 0; row < rows; row++) out[from + row * width + j] = value;
  }
}

function divide({ divisor, accumulate }: TreesNode, out: Float64Array, from: number, length: number): void {
  for (let i = from; i < from + length; i++) {
    out[i] = accumulate === 'f32' ? Math.fround(out[i]! / Math.fround(divisor)) : out[i]! / divisor;
  }
}

function chooseAdd(node: TreesNode, features: number): (block: Block) => void {
  const walk = chooseWalk(node);
  const { forest, accumulate, scale } = node;
  if (accumulate === 'f32') return (block) => addFloats(node, walk, features, block);
  if (forest.stride === 1 && scale === 1) return (block) => addNumbers(node, walk, features, block);
  return (block) => addPayloads(node, walk, features, block);
}

/** The common case, one number a leaf added as it is. */
function addNumbers({ forest, base }: TreesNode, walk: Walk, features: number, { x, rows, out, first }: Block): void {
  const { roots, right, leafValues, target } = forest;
  const width = base.length;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!;
    const at = first * width + target[tree]!;
    for (let row = 0; row < rows; row++) {
      out[at + row * width]! += leafValues[right[walk(forest, x, row * features, root)]!]!;
    }
  }
}

function addPayloads({ forest, base, scale }: TreesNode, walk: Walk, features: number, block: Block): void {
  const { roots, right, leafValues, stride, target } = forest;
  const { x, rows, out, first } = block;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!;
    for (let row = 0; row < rows; row++) {
      const payload = right[walk(forest, x, row * features, root)]! * stride;
      const at = (first + row) * base.length + target[tree]!;
      for (let j = 0; j < stride; j++) out[at + j]! += scale * leafValues[payload + j]!;
    }
  }
}

/** As addPayloads, each product and each sum rounded to float32. */
function addFloats({ forest, base, scale }: TreesNode, walk: Walk, features: number, block: Block): void {
  const { roots, right, leafValues, stride, target } = forest;
  const { x, rows, out, first } = block;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!;
    for (let row = 0; row < rows; row++) {
      const payload = right[walk(forest, x, row * features, root)]! * stride;
      const at = (first + row) * base.length + target[tree]!;
      for (let j = 0; j < stride; j++)
        out[at + j] = Math.fround(out[at + j]! + Math.fround(scale * leafValues[payload + j]!));
    }
  }
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
