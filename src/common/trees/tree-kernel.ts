import { layoutNodes, LEAF_COLUMN, NODE_BYTES, type NodeTable, ROOT_BYTES } from './node-table';
import type { TreeEnsemble } from './tree-ensemble';
import { LANES, type Walk, writeWalk } from './walk-module';

const DOUBLE_BYTES = 8;
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

/** Evaluates an ensemble for `rows` rows of `x` [rows, features] into `out` [rows, width]. */
export type TreeKernel = (x: Float64Array, rows: number, out: Float64Array) => void;

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
 * Memory: 16 bytes a node, 8 a leaf value where leaves have several, and some 100 KB.
 * @returns null for an ensemble with leaf values that it cannot hold
 */
export function compileTreeKernel(ensemble: TreeEnsemble, features: number): TreeKernel | null {
  const { forest, compare, accumulate, base } = ensemble;
  const { stride } = forest;
  const table = layoutNodes(ensemble, features);
  if (!table || (accumulate === 'f32' && stride > 1)) return null;
  const rowBytes = (features + 1) * DOUBLE_BYTES;
  const width = base.length;
  const blockRows = Math.max(LANES, Math.min(MAX_BLOCK_ROWS, multipleOf(LANES, BLOCK_BYTES / rowBytes)));
  const layout = layoutMemory(table, blockRows * rowBytes, blockRows * width * DOUBLE_BYTES);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(layout.end / PAGE_BYTES) });
  writeTable(memory.buffer, table, layout, ensemble);
  const missing = forest.missingLeft.includes(1);
  const code = writeWalk({ compare, missing, rowBytes, sumBytes: width * DOUBLE_BYTES, stride, accumulate });
  const { walk } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports;
  const block = new Block(memory.buffer, layout, ensemble, features, blockRows, walk as Walk);
  return (x, rows, out) => {
    for (let from = 0; from < rows; from += blockRows) block.answer(x, from, Math.min(blockRows, rows - from), out);
  };
}

/** The rows of an ensemble that are in memory at one time. */
class Block {
  private readonly rows: Float64Array;
  private readonly sums: Float64Array;
  /** What is added up so far where trees are summed in groups; empty where they are not. */
  private readonly totals: Float64Array;
  /** Trees of a group. */
  private readonly groupTrees: number;
  private readonly width: number;
  private readonly columns: number;

  constructor(
    buffer: ArrayBuffer,
    private readonly layout: Layout,
    private readonly ensemble: TreeEnsemble,
    private readonly features: number,
    size: number,
    private readonly walk: Walk,
  ) {
    const { forest, base } = ensemble;
    this.width = base.length;
    this.columns = features + 1;
    const trees = forest.roots.length;
    this.groupTrees = forest.stride === 1 ? trees : Math.max(1, Math.floor(GROUP_PAYLOAD / this.width));
    this.rows = new Float64Array(buffer, layout.rows, size * this.columns);
    for (let at = features; at < this.rows.length; at += this.columns) this.rows[at] = LEAF_COLUMN;
    this.sums = new Float64Array(buffer, layout.sums, size * this.width);
    this.totals = new Float64Array(this.groupTrees < trees ? size * this.width : 0);
  }

  /** Answers `count` rows of `x` from row `first` on. */
  answer(x: Float64Array, first: number, count: number, out: Float64Array): void {
    const { ensemble, width } = this;
    this.read(x, first, count);
    const trees = ensemble.forest.roots.length;
    for (let tree = 0; tree < trees; tree += this.groupTrees) {
      this.start(count);
      this.add(tree, Math.min(trees, tree + this.groupTrees), count);
      if (this.totals.length > 0) this.collect(tree === 0, count);
    }
    const sums = this.totals.length > 0 ? this.totals : this.sums;
    finish(ensemble, sums, out, first * width, count);
  }

  private read(x: Float64Array, first: number, count: number): void {
    const { rows, features, columns } = this;
    const { round32 } = this.ensemble;
    let from = first * features;
    for (let row = 0; row < count; row++) {
      const at = row * columns;
      if (round32) for (let j = 0; j < features; j++) rows[at + j] = Math.fround(x[from++]!);
      else for (let j = 0; j < features; j++) rows[at + j] = x[from++]!;
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
function finish(ensemble: TreeEnsemble, sums: Float64Array, out: Float64Array, from: number, rows: number): void {
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

function layoutMemory(table: NodeTable, rowsBytes: number, sumsBytes: number): Layout {
  const roots = 0;
  const nodes = multipleOf(NODE_BYTES, table.roots.length * ROOT_BYTES);
  const payloads = nodes + table.children.length * NODE_BYTES;
  const rows = multipleOf(NODE_BYTES, payloads + table.payloads.byteLength);
  const sums = multipleOf(NODE_BYTES, rows + rowsBytes);
  return { roots, nodes, payloads, rows, sums, end: sums + sumsBytes };
}

function writeTable(buffer: ArrayBuffer, table: NodeTable, layout: Layout, { forest }: TreeEnsemble): void {
  const words = new Int32Array(buffer);
  const doubles = new Float64Array(buffer);
  const { children, features, values, leaves, roots, sure, rest, payloads } = table;
  for (let tree = 0; tree < roots.length; tree++) {
    const at = (layout.roots + tree * ROOT_BYTES) >> 2;
    words[at] = layout.nodes + roots[tree]! * NODE_BYTES;
    words[at + 1] = forest.target[tree]! * DOUBLE_BYTES;
    words[at + 2] = sure[tree]!;
    words[at + 3] = rest[tree]!;
  }
  for (let id = 0; id < children.length; id++) {
    const at = layout.nodes + id * NODE_BYTES;
    // An address as a double is tiny and positive, so that a leaf compares as it should.
    if (leaves[id] === 1 && forest.stride > 1) {
      words[at >> 2] = layout.payloads + values[id]! * forest.stride * DOUBLE_BYTES;
    } else doubles[at >> 3] = values[id]!;
    words[(at >> 2) + 2] = layout.nodes + children[id]!;
    words[(at >> 2) + 3] = features[id]!;
  }
  doubles.set(payloads, layout.payloads >> 3);
}

function multipleOf(unit: number, value: number): number {
  return Math.ceil(value / unit) * unit;
}
