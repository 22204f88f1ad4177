import type { Forest } from '../../common/trees/tree-ensemble';
import type { SplitEnsemble, TreeSplit } from '../../common/trees/tree-split';
import type { Graph, GraphOutput, Node, TreesNode, ValueId } from './ir';
import { toOnnx } from './to-onnx';
import { fixedValues, liveValues, operands, valueTypes } from './value-types';

/** With fewer splits a row, the runtime's own way costs nothing that matters. */
const MIN_SPLITS_OF_ROW = 32;
/** Above this the tables of a thread would take more than 32 MB. */
export const MAX_NODES = 2_000_000;
/** Each has a memory of its own, for which the engine sets gigabytes of addresses aside. */
const MAX_ENSEMBLES = 32;
/** Names that no data frame has. */
export const nameOf = (what: 'rows' | 'trees', i: number): string => `__modelport_${what}_${i}`;

/**
 * Parts a graph at its tree ensembles, those that do not read the answers of others.
 * @param graph one without bags
 * @returns null for a graph with few trees, or with very many
 */
export function splitTrees(graph: Graph): TreeSplit | null {
  const chosen = chooseTrees(graph);
  const splitsOfRow = splitsWorthAKernel(chosen.map(({ node }) => node.forest));
  if (splitsOfRow === null) return null;
  const types = valueTypes(graph.nodes);
  const heads = new Map<ValueId, GraphOutput>();
  const ensembles = chosen.map(({ node }, i): SplitEnsemble => {
    const { x, op: _op, ...ensemble } = node;
    return { ensemble, input: sourceOf(graph, x, heads), features: types[x]!.width, output: nameOf('trees', i) };
  });
  const outputs = new Map(chosen.map(({ id }, i) => [id, ensembles[i]!.output]));
  const tail = graph.nodes.map((node, id): Node => {
    const output = outputs.get(id);
    return output === undefined ? node : { op: 'input', name: output, dtype: 'f64', width: types[id]!.width };
  });
  return {
    head: heads.size === 0 ? null : toOnnx(pruned({ ...graph, outputs: [...heads.values()] })),
    ensembles,
    tail: toOnnx(pruned({ ...graph, nodes: tail })),
    splitsOfRow,
  };
}

/** How many splits a row passes at most; null where that is few, or where the trees are very many. */
export function splitsWorthAKernel(forests: readonly Forest[]): number | null {
  const splitsOfRow = forests.reduce((sum, forest) => sum + depthOfTrees(forest), 0);
  const nodes = forests.reduce((sum, { left }) => sum + left.length, 0);
  return splitsOfRow < MIN_SPLITS_OF_ROW || nodes > MAX_NODES || forests.length > MAX_ENSEMBLES ? null : splitsOfRow;
}

/** Sum of the depths of all trees: a child has a larger id than its parent, so that one pass knows every depth. */
export function depthOfTrees({ roots, left, right }: Forest): number {
  const depth = new Int32Array(left.length);
  const tree = new Int32Array(left.length);
  const deepest = new Int32Array(roots.length);
  roots.forEach((root, i) => (tree[root] = i));
  for (let id = 0; id < left.length; id++) {
    if (left[id] === -1) continue;
    const below = depth[id]! + 1;
    for (const child of [left[id]!, right[id]!]) {
      depth[child] = below;
      tree[child] = tree[id]!;
    }
    deepest[tree[id]!] = Math.max(deepest[tree[id]!]!, below);
  }
  return deepest.reduce((sum, levels) => sum + levels, 0);
}

/** Ensembles that an output needs, that a row changes, and that no other ensemble comes before. */
function chooseTrees(graph: Graph): { node: TreesNode; id: ValueId }[] {
  const live = liveValues(graph);
  const fixed = fixedValues(graph.nodes);
  const behind: boolean[] = [];
  const chosen: { node: TreesNode; id: ValueId }[] = [];
  graph.nodes.forEach((node, id) => {
    const follows = operands(node).some((x) => behind[x]);
    behind.push(follows || node.op === 'trees');
    if (node.op === 'trees' && live[id] && !fixed[id] && !follows) chosen.push({ node, id });
  });
  return chosen;
}

/** The name of a value that an ensemble reads: of an input, or of an output of the head that it becomes. */
function sourceOf({ nodes }: Graph, x: ValueId, heads: Map<ValueId, GraphOutput>): string {
  const node = nodes[x]!;
  if (node.op === 'input') return node.name;
  const known = heads.get(x);
  if (known) return known.name;
  const name = nameOf('rows', heads.size);
  heads.set(x, { name, value: x, role: 'other', squeeze: false });
  return name;
}

/** The graph without the inputs that nothing reads: a session wants all of its inputs fed. */
function pruned(graph: Graph): Graph {
  const live = liveValues(graph);
  const nodes = graph.nodes.map((node, id): Node => {
    if (node.op !== 'input' || live[id]) return node;
    return node.dtype === 'text'
      ? { op: 'constant', dtype: 'text', data: new Array<string>(node.width).fill('') }
      : { op: 'constant', dtype: 'f64', data: new Float64Array(node.width) };
  });
  return { ...graph, nodes };
}
