import { layoutNodes, LEAF_COLUMN, NODE_BYTES, type NodeTable, ROOT_BYTES } from './node-table';
import type { TreeEnsemble } from './tree-ensemble';
import { LANES, type Walk, writeWalk } from './walk-module';

const DOUBLE_BYTES = 8;
const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;
/** Rows of a block stay in the cache while the trees go by; a tree is read anew for each block. */
const BLOCK_BYTES = 64 * 1024;
const MAX_BLOCK_ROWS = 1024;

/**
 * Leaf values of a row that the compiled graph gathers at once. A forest with many classes is summed in groups of trees
 * of that size, and then the groups, so that a batch of 1,000 rows takes about 16 MB however many trees and classes there
 * are; a kernel adds in the same order.
 */
export const GROUP_PAYLOAD = 1024;

export type Numbers = Float64Array | Float32Array;

/** Evaluates an ensemble for `rows` rows of `x` [rows, at least features] into `out` [rows, width]. */
export type TreeKernel = (x: Numbers, rows: number, out: Numbers) => void;

/** Addresses in the memory of a kernel. */
interface Layout {
  roots: number;
  nodes: number;
  payloads: number;
  rows: number;
  sums: number;
  end: number;
}

/**
 * Compiles a tree ensemble to WebAssembly. It adds as the compiled ONNX graph does: in float32, base first, where the
 * source does so; otherwise trees first, in groups where leaves have several values, and then the base. Each row's sums
 * are in the order of the trees, whatever rows are beside it.
 *
 * Memory: 16 bytes a node, 8 (in float32 4) a leaf value where leaves have several, and some 100 KB.
 * @param inTurn that trees are added one after the other, not in groups, whatever their leaves have
 * @returns null for an ensemble with leaf values that it cannot hold
 */
export function compileTreeKernel(ensemble: TreeEnsemble, features: number, inTurn = false): TreeKernel | null {
  const { forest, compare, accumulate, base } = ensemble;
  const { stride, roots } = forest;
  const table = layoutNodes(ensemble, features);
  if (!table) return null;
  const rowBytes = (features + 1) * DOUBLE_BYTES;
  const width = base.length;
  const blockRows = Math.max(LANES, Math.min(MAX_BLOCK_ROWS, multipleOf(LANES, BLOCK_BYTES / rowBytes)));
  const scalarBytes = accumulate === 'f32' ? FLOAT_BYTES : DOUBLE_BYTES;
  const sumBytes = width * scalarBytes;
  const layout = layoutMemory(table, scalarBytes, blockRows * rowBytes, blockRows * sumBytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(layout.end / PAGE_BYTES) });
  writeTable(memory.buffer, table, layout, ensemble);
  const missing = forest.missingLeft.includes(1);
  const code = writeWalk({ compare, missing, rowBytes, sumBytes, stride, accumulate });
  const { walk } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports;
  const groupTrees = inTurn || stride === 1 ? roots.length : Math.max(1, Math.floor(GROUP_PAYLOAD / width));
  const shape = { features, rows: blockRows, groupTrees };
  const block = new Block(memory.buffer, layout, ensemble, shape, walk as Walk);
  return (x, rows, out) => {
    const columns = x.length / rows;
    for (let from = 0; from < rows; from += blockRows) {
      block.answer(x, columns, from, Math.min(blockRows, rows - from), out);
    }
  };
}

interface BlockShape {
  features: number;
  rows: number;
  /** Trees of a group. */
  groupTrees: number;
}

/** The rows of an ensemble that are in memory at one time. */
class Block {
  private readonly rows: Float64Array;
  private readonly sums: Numbers;
  /** What is added up so far where trees are summed in groups; empty where they are not. */
  private readonly totals: Float64Array;
  private readonly width: number;
  private readonly columns: number;

  constructor(
    buffer: ArrayBuffer,
    private readonly layout: Layout,
    private readonly ensemble: TreeEnsemble,
    private readonly shape: BlockShape,
    private readonly walk: Walk,
  ) {
    const { forest, base, accumulate } = ensemble;
    const { features, rows, groupTrees } = shape;
    this.width = base.length;
    this.columns = features + 1;
    this.rows = new Float64Array(buffer, layout.rows, rows * this.columns);
    for (let at = features; at < this.rows.length; at += this.columns) this.rows[at] = LEAF_COLUMN;
    const Sums = accumulate === 'f32' ? Float32Array : Float64Array;
    this.sums = new Sums(buffer, layout.sums, rows * this.width);
    this.totals = new Float64Array(groupTrees < forest.roots.length ? rows * this.width : 0);
  }

  /** Answers `count` rows of `x`, which has `stride` numbers a row, from row `first` on. */
  answer(x: Numbers, stride: number, first: number, count: number, out: Numbers): void {
    const { ensemble, width } = this;
    const { groupTrees } = this.shape;
    this.read(x, stride, first, count);
    const trees = ensemble.forest.roots.length;
    for (let tree = 0; tree < trees; tree += groupTrees) {
      this.start(count);
      this.add(tree, Math.min(trees, tree + groupTrees), count);
      if (this.totals.length > 0) this.collect(tree === 0, count);
    }
    const sums = this.totals.length > 0 ? this.totals : this.sums;
    finish(ensemble, sums, out, first * width, count);
  }

  private read(x: Numbers, stride: number, first: number, count: number): void {
    const { rows, columns } = this;
    const { features } = this.shape;
    const { round32 } = this.ensemble;
    for (let row = 0; row < count; row++) {
      const at = row * columns;
      const from = (first + row) * stride;
      if (round32) for (let j = 0; j < features; j++) rows[at + j] = Math.fround(x[from + j]!);
      else for (let j = 0; j < features; j++) rows[at + j] = x[from + j]!;
    }
  }

  private start(count: number): void {
    const { sums, width } = this;
    const { accumulate, base } = this.ensemble;
    if (accumulate === 'f64') sums.fill(0, 0, count * width);
    else for (let i = 0; i < count * width; i++) sums[i] = Math.fround(base[i % width]!);
  }

  private add(tree: number, treesEnd: number, count: number): void {
    const { roots, rows, sums } = this.layout;
    const rowsEnd = rows + multipleOf(LANES, count) * this.columns * DOUBLE_BYTES;
    this.walk(roots + tree * ROOT_BYTES, roots + treesEnd * ROOT_BYTES, rows, rowsEnd, sums);
  }

  private collect(isFirst: boolean, count: number): void {
    const { sums, totals, width } = this;
    for (let i = 0; i < count * width; i++) totals[i] = isFirst ? sums[i]! : totals[i]! + sums[i]!;
  }
}

/** What the compiled graph does to the sums: the base, unless they began with it, and the divisor. */
function finish(ensemble: TreeEnsemble, sums: Numbers, out: Numbers, from: number, rows: number): void {
  const { base, divisor, accumulate } = ensemble;
  const width = base.length;
  if (accumulate === 'f32') {
    const by = Math.fround(divisor);
    for (let i = 0; i < rows * width; i++) out[from + i] = divisor === 1 ? sums[i]! : Math.fround(sums[i]! / by);
    return;
  }
  for (let i = 0; i < rows * width; i++) {
    const total = base[i % width]! + sums[i]!;
    out[from + i] = divisor === 1 ? total : total / divisor;
  }
}

function layoutMemory(table: NodeTable, scalarBytes: number, rowsBytes: number, sumsBytes: number): Layout {
  const roots = 0;
  const nodes = multipleOf(NODE_BYTES, table.roots.length * ROOT_BYTES);
  const payloads = nodes + table.children.length * NODE_BYTES;
  const rows = multipleOf(NODE_BYTES, payloads + table.payloads.length * scalarBytes);
  const sums = multipleOf(NODE_BYTES, rows + rowsBytes);
  return { roots, nodes, payloads, rows, sums, end: sums + sumsBytes };
}

function writeTable(buffer: ArrayBuffer, table: NodeTable, layout: Layout, ensemble: TreeEnsemble): void {
  const { forest, accumulate } = ensemble;
  const scalarBytes = accumulate === 'f32' ? FLOAT_BYTES : DOUBLE_BYTES;
  const words = new Int32Array(buffer);
  const doubles = new Float64Array(buffer);
  const { children, features, values, leaves, roots, sure, rest, payloads } = table;
  for (let tree = 0; tree < roots.length; tree++) {
    const at = (layout.roots + tree * ROOT_BYTES) >> 2;
    words[at] = layout.nodes + roots[tree]! * NODE_BYTES;
    words[at + 1] = forest.target[tree]! * scalarBytes;
    words[at + 2] = sure[tree]!;
    words[at + 3] = rest[tree]!;
  }
  for (let id = 0; id < children.length; id++) {
    const at = layout.nodes + id * NODE_BYTES;
    // An address as a double is tiny and positive, so that a leaf compares as it should.
    if (leaves[id] === 1 && forest.stride > 1) {
      words[at >> 2] = layout.payloads + values[id]! * forest.stride * scalarBytes;
    } else doubles[at >> 3] = values[id]!;
    words[(at >> 2) + 2] = layout.nodes + children[id]!;
    words[(at >> 2) + 3] = features[id]!;
  }
  if (accumulate === 'f32') new Float32Array(buffer).set(payloads, layout.payloads >> 2);
  else doubles.set(payloads, layout.payloads >> 3);
}

function multipleOf(unit: number, value: number): number {
  return Math.ceil(value / unit) * unit;
}
