import { ELEMENT } from '../formats/onnx/writer';
import type { TensorLiteral } from '../formats/onnx/writer';
import { layoutEnsemble } from './ensemble-layout';
import type { EnsembleLayout } from './ensemble-layout';
import { leafCount } from './forest';
import type { Forest } from '../../common/trees/tree-ensemble';
import { GROUP_PAYLOAD } from '../../common/trees/tree-kernel';
import type { Node, TreesNode } from './ir';
import type { OnnxEmitter } from './onnx-emitter';

type BinNode = Extract<Node, { op: 'bin' }>;

/** `TreeEnsemble` attribute values (onnx/onnx: docs/Operators-ml.md). */
const BRANCH = { le: 0, lt: 1 } as const;
const AGGREGATE_SUM = 1;

/** What leaf i contributes: `weights[i]` is added to column `targets[i]` of `width` columns. */
interface Leaves {
  targets: Int32Array;
  weights: Float64Array;
  width: number;
}

/** Emits a tree ensemble; x is [N, features] of doubles, the answer [N, width]. */
export function emitTrees(emitter: OnnxEmitter, node: TreesNode, x: string): string {
  const rounded = node.round32 ? emitter.cast(emitter.cast(x, ELEMENT.float), ELEMENT.double) : x;
  if (node.accumulate === 'f32') return emitFloatSums(emitter, node, rounded);
  const sums = node.forest.stride === 1 ? emitSums(emitter, node, rounded) : emitPayloadSums(emitter, node, rounded);
  const { base, divisor } = node;
  const based = base.some((value) => value !== 0);
  const total = based ? emitter.op('Add', [emitter.doubles([1, base.length], base), sums]) : sums;
  return divisor === 1 ? total : emitter.op('Div', [total, emitter.scalar(divisor)]);
}

/** How many edges lie below x, by a balanced tree for each column: no [N, edges] intermediate. NaN stays NaN. */
export function emitBins(emitter: OnnxEmitter, { edges, side }: BinNode, x: string): string {
  const forest = searchTrees(edges);
  const layout = layoutEnsemble(forest);
  const counts = emitEnsemble(emitter, x, side === 'right' ? 'lt' : 'le', layout, {
    targets: layout.leafTrees,
    weights: Float64Array.from(layout.leafRows, (row) => forest.leafValues[row]!),
    width: edges.length,
  });
  return emitter.op('Where', [emitter.op('IsNaN', [x]), x, counts]);
}

/** One number a leaf: the operator itself adds up. */
function emitSums(emitter: OnnxEmitter, { forest, compare, scale, base }: TreesNode, x: string): string {
  const layout = layoutEnsemble(forest);
  return emitEnsemble(emitter, x, compare, layout, {
    targets: layout.leafTrees.map((tree) => forest.target[tree]!),
    weights: Float64Array.from(layout.leafRows, (row) => scale * forest.leafValues[row]!),
    width: base.length,
  });
}

/**
 * Several numbers a leaf, which the operator does not have: it answers the payload row that each tree arrives at, and
 * the payloads are gathered from a table and added up.
 */
function emitPayloadSums(emitter: OnnxEmitter, node: TreesNode, x: string): string {
  const layout = layoutEnsemble(node.forest);
  const width = node.base.length;
  const { rows, table } = payloadTable(layout, node);
  const targets = layout.leafTrees;
  const trees = layout.roots.length;
  const found = emitEnsemble(emitter, x, node.compare, layout, { targets, weights: rows, width: trees });
  const indices = emitter.cast(found, ELEMENT.int64);
  const payloads = emitter.doubles([table.length / width, width], table);
  const size = Math.max(1, Math.floor(GROUP_PAYLOAD / width));
  let total: string | null = null;
  for (let from = 0; from < trees; from += size) {
    const group = trees <= size ? indices : emitColumns(emitter, indices, range(from, Math.min(from + size, trees)));
    const gathered = emitter.op('Gather', [payloads, group]);
    const sum = emitter.op('ReduceSum', [gathered, emitter.integers([1], [1])], { keepdims: { int: 0 } });
    total = total === null ? sum : emitter.op('Add', [total, sum]);
  }
  return total!;
}

/**
 * The payloads as rows over all output columns, and the row of each leaf (row numbers are exact in a double). The
 * forest's own array serves where it has that form; else each leaf gets a row, 0 in the columns it does not touch.
 */
function payloadTable(
  { leafRows, leafTrees }: EnsembleLayout,
  node: TreesNode,
): { rows: Float64Array; table: Float64Array } {
  const { forest, base, scale } = node;
  const width = base.length;
  if (forest.stride === width && scale === 1) return { rows: Float64Array.from(leafRows), table: forest.leafValues };
  const rows = Float64Array.from(leafRows, (_, leaf) => leaf);
  const table = new Float64Array(leafRows.length * width);
  for (let leaf = 0; leaf < leafRows.length; leaf++) {
    const at = leaf * width + forest.target[leafTrees[leaf]!]!;
    const from = leafRows[leaf]! * forest.stride;
    for (let j = 0; j < forest.stride; j++) table[at + j] = scale * forest.leafValues[from + j]!;
  }
  return { rows, table };
}

/**
 * Sums in float32 and in order, as XGBoost has them: each output column begins with a tree of one leaf that holds the
 * base, and CumSum, which adds one after the other where ReduceSum may not, runs over the trees.
 */
function emitFloatSums(emitter: OnnxEmitter, node: TreesNode, x: string): string {
  const { forest, base, divisor } = node;
  if (forest.stride !== 1) throw new RangeError(`float32 sums take one value a leaf, found ${forest.stride}`);
  const trees = forest.roots.length;
  const width = base.length;
  const layout = layoutEnsemble(forest, width);
  const leaves = leafCount(forest);
  const weights = Float64Array.from(layout.leafRows, (row) =>
    row < leaves ? Math.fround(node.scale * forest.leafValues[row]!) : Math.fround(base[row - leaves]!),
  );
  const terms = emitter.cast(
    emitEnsemble(emitter, x, node.compare, layout, { targets: layout.leafTrees, weights, width: trees + width }),
    ELEMENT.float,
  );
  const order = Array.from({ length: width }, (_, column) => [trees + column]);
  forest.target.forEach((column, tree) => order[column]!.push(tree));
  const sums = order.map((columns) =>
    emitFloatSum(emitter, emitColumns(emitter, terms, Int32Array.from(columns)), columns.length),
  );
  const total = width === 1 ? sums[0]! : emitter.op('Concat', sums, { axis: { int: 1 } });
  const divided = divisor === 1 ? total : emitter.op('Div', [total, emitter.floats([1, 1], Float32Array.of(divisor))]);
  return emitter.cast(divided, ELEMENT.double);
}

function emitFloatSum(emitter: OnnxEmitter, terms: string, count: number): string {
  const running = emitter.op('CumSum', [terms, emitter.integers([], [1])]);
  return emitColumns(emitter, running, Int32Array.of(count - 1));
}

function emitColumns(emitter: OnnxEmitter, x: string, columns: Int32Array): string {
  return emitter.op('Gather', [x, emitter.integers([columns.length], columns)], { axis: { int: 1 } });
}

function emitEnsemble(
  emitter: OnnxEmitter,
  x: string,
  compare: 'le' | 'lt',
  layout: EnsembleLayout,
  leaves: Leaves,
): string {
  const splits = layout.thresholds.length;
  const modes = new Uint8Array(splits).fill(BRANCH[compare]);
  return emitter.ml('TreeEnsemble', [x], {
    nodes_splits: { tensor: doubles(layout.thresholds) },
    nodes_featureids: { ints: layout.features },
    nodes_modes: { tensor: { type: ELEMENT.uint8, dims: [splits], data: modes } },
    nodes_truenodeids: { ints: layout.trueIds },
    nodes_falsenodeids: { ints: layout.falseIds },
    nodes_trueleafs: { ints: layout.trueLeaves },
    nodes_falseleafs: { ints: layout.falseLeaves },
    nodes_missing_value_tracks_true: { ints: layout.missingTrue },
    leaf_targetids: { ints: leaves.targets },
    leaf_weights: { tensor: doubles(leaves.weights) },
    tree_roots: { ints: layout.roots },
    n_targets: { int: leaves.width },
    aggregate_function: { int: AGGREGATE_SUM },
    post_transform: { int: 0 },
  });
}

function doubles(data: Float64Array): TensorLiteral {
  return { type: ELEMENT.double, dims: [data.length], data };
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

/** A balanced search tree for each column, whose leaf is the count of edges below. */
function searchTrees(edges: readonly Float64Array[]): Forest {
  const nodes = { left: [] as number[], right: [] as number[], feature: [] as number[], threshold: [] as number[] };
  const leaves: number[] = [];
  const build = (column: number, from: number, to: number): number => {
    const id = nodes.left.length;
    const leaf = from === to;
    const middle = (from + to) >> 1;
    nodes.left.push(-1);
    nodes.right.push(leaf ? leaves.push(from) - 1 : -1);
    nodes.feature.push(column);
    nodes.threshold.push(leaf ? 0 : edges[column]![middle]!);
    if (leaf) return id;
    nodes.left[id] = build(column, from, middle);
    nodes.right[id] = build(column, middle + 1, to);
    return id;
  };
  const roots = Int32Array.from(edges, (list, column) => build(column, 0, list.length));
  return {
    roots,
    left: Int32Array.from(nodes.left),
    right: Int32Array.from(nodes.right),
    feature: Int32Array.from(nodes.feature),
    threshold: Float64Array.from(nodes.threshold),
    missingLeft: new Uint8Array(nodes.left.length),
    leafValues: Float64Array.from(leaves),
    stride: 1,
    target: Int32Array.from(edges, (_, column) => column),
  };
}
