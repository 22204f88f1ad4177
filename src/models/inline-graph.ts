import { deserialize, serialize } from 'node:v8';
import type { Tensor } from '../common/tensor';
import type { InlineModel } from '../inference/inline/inline-model';
import { compileRowEvaluator } from './graph/evaluate';
import type { BinaryFn, Graph, Node, ReduceFn, UnaryFn } from './graph/ir';
import { depthOfTrees } from './graph/split-trees';

/** A graph beyond this is not read on the HTTP thread. */
const MAX_BYTES = 512 * 1024;
/** Splits that one row passes at most, in all trees: some nanoseconds each. */
const MAX_SPLITS_A_ROW = 5_000;
/** Rows that one request may have to be answered from here. */
const MAX_ROWS = 16;
const MAX_PROBES = 32;

/**
 * What IEEE 754 rounds in one way only, whoever computes it: exponentials differ in their last digit between libraries,
 * and sums of products with the order of adding.
 */
const EXACT_UNARY = new Set<UnaryFn>(['neg', 'abs', 'sign', 'floor', 'sqrt', 'relu', 'round32']);
const EXACT_BINARY = new Set<BinaryFn>(['add', 'sub', 'mul', 'div', 'min', 'max']);
const EXACT_REDUCE = new Set<ReduceFn>(['max', 'min']);

interface StoredGraph {
  graph: Pick<Graph, 'nodes' | 'outputs'>;
  probes: Float64Array;
}

/**
 * The bytes of a graph that may be evaluated on the HTTP thread instead of in onnxruntime, with rows to compare the two
 * on; null for one that takes anything but one table of numbers, is large, or is not the same to the last bit by the
 * operations that it is made of.
 */
export function writeInlineGraph(graph: Graph, probes: readonly Tensor[]): Uint8Array | null {
  const { nodes, outputs } = graph;
  const [input] = probes;
  if (probes.length !== 1 || !(input?.data instanceof Float64Array)) return null;
  if (!nodes.every(isExact) || splitsOfRow(nodes) > MAX_SPLITS_A_ROW) return null;
  const width = input.shape[1] ?? 0;
  const stored: StoredGraph = { graph: { nodes, outputs }, probes: input.data.slice(0, MAX_PROBES * width) };
  const bytes = serialize(stored);
  return bytes.length <= MAX_BYTES ? bytes : null;
}

/** Reads what {@link writeInlineGraph} wrote, on this machine; null when the graph cannot be evaluated in place. */
export function readInlineGraph(bytes: Uint8Array): InlineModel | null {
  const { graph, probes } = deserialize(bytes) as StoredGraph;
  const evaluator = compileRowEvaluator(graph, MAX_ROWS);
  return evaluator && { ...evaluator, rows: MAX_ROWS, probes };
}

function isExact(node: Node): boolean {
  switch (node.op) {
    case 'unary':
      return EXACT_UNARY.has(node.fn);
    case 'binary':
      return EXACT_BINARY.has(node.fn);
    case 'reduce':
      return EXACT_REDUCE.has(node.fn);
    // The compiled graph adds the base last, the source first.
    case 'trees':
      return node.accumulate === 'f32' || node.base.every((value) => value === 0);
    case 'matmul':
    case 'softmax':
    case 'neighbors':
    case 'bag':
      return false;
    default:
      return true;
  }
}

function splitsOfRow(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + (node.op === 'trees' ? depthOfTrees(node.forest) : 0), 0);
}
