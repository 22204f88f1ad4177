import type { Forest } from '../../common/trees/tree-ensemble';
import { floatsOf, intsOf, numbersOf, stringsOf, tensorOf } from '../formats/onnx/attribute-data';
import type { ModelProto, NodeProto } from '../formats/onnx/model-proto';
import { ELEMENT } from '../formats/onnx/writer';
import { nextDown } from './next-down';

const MODES = new Set(['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE']);

/** The lists of an ensemble as its node has them. */
interface NodeLists {
  isFloat: boolean;
  features: Float64Array;
  modes: string[];
  thresholds: Float64Array;
  missingTrue: Float64Array;
  /** Places of children in the lists. */
  onTrue: Int32Array;
  onFalse: Int32Array;
}

/** Where the nodes of trees stand in the lists. */
export interface Places {
  /** Of each root. */
  roots: number[];
  find: (tree: number, id: number) => number;
}

/** Finds nodes by the numbers of their tree and their own; null where a tree does not stand in one piece. */
export function placesOf(model: ModelProto, node: NodeProto): Places | null {
  const trees = intsOf(model, node, 'nodes_treeids');
  const ids = intsOf(model, node, 'nodes_nodeids');
  const starts = new Map<number, number>();
  const tables = new Map<number, Map<number, number>>();
  const roots: number[] = [];
  for (let i = 0; i < trees.length; i++) {
    const tree = trees[i]!;
    if (i === 0 || tree !== trees[i - 1]) {
      if (starts.has(tree)) return null;
      starts.set(tree, i);
      roots.push(i);
    }
    if (ids[i] !== i - starts.get(tree)!) tables.set(tree, tables.get(tree) ?? new Map<number, number>());
  }
  for (let i = 0; i < trees.length; i++) tables.get(trees[i]!)?.set(ids[i]!, i);
  return { roots, find: (tree, id) => tables.get(tree)?.get(id) ?? starts.get(tree)! + id };
}

/** The nodes below the roots, breadth first, without what their leaves hold. */
export interface WalkedTrees {
  forest: Omit<Forest, 'leafValues' | 'stride' | 'target'>;
  /** Place in the lists of each leaf, and its tree. */
  leafPlaces: number[];
  leafTrees: number[];
  features: number;
}

/**
 * Follows the trees from their roots; every comparison becomes `<=`, and NaN goes left only where that is said.
 * @returns null for what does not become so: splits on equality, thresholds that are not finite or of another type than
 * the input, nodes with two parents
 */
export function walkTrees(model: ModelProto, node: NodeProto, places: Places, isFloat: boolean): WalkedTrees | null {
  const lists = readLists(model, node, places, isFloat);
  if (!lists) return null;
  const walked = startWalk(lists, places.roots.length);
  const sources = new Int32Array(lists.modes.length);
  const seen = new Uint8Array(lists.modes.length);
  let end = 0;
  for (const [tree, root] of places.roots.entries()) {
    walked.forest.roots[tree] = end;
    sources[end] = root;
    for (let id = end++; id < end; id++) {
      const source = sources[id]!;
      if (seen[source]!++ > 0) return null;
      if (lists.modes[source] === 'LEAF') {
        walked.forest.right[id] = walked.leafPlaces.push(source) - 1;
        walked.leafTrees.push(tree);
        continue;
      }
      // With more children than there are nodes, one of them has two parents.
      if (end + 2 > sources.length || !putSplit(walked, lists, id, source, end)) return null;
      const isSwapped = lists.modes[source]!.startsWith('BRANCH_G');
      sources[end++] = (isSwapped ? lists.onFalse : lists.onTrue)[source]!;
      sources[end++] = (isSwapped ? lists.onTrue : lists.onFalse)[source]!;
    }
  }
  return walked;
}

function startWalk({ modes }: NodeLists, trees: number): WalkedTrees {
  const count = modes.length;
  const forest = {
    roots: new Int32Array(trees),
    left: new Int32Array(count).fill(-1),
    right: new Int32Array(count),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    missingLeft: new Uint8Array(count),
  };
  return { forest, leafPlaces: [], leafTrees: [], features: 1 };
}

/** A split whose left child is the next node to come; `>` and `>=` are `<=` and `<` with their sides exchanged. */
function putSplit(walked: WalkedTrees, lists: NodeLists, id: number, source: number, next: number): boolean {
  const { forest } = walked;
  const mode = lists.modes[source]!;
  const threshold = lists.thresholds[source]!;
  const feature = lists.features[source]!;
  if (!MODES.has(mode) || !Number.isFinite(threshold)) return false;
  const isTrueLeft = !mode.startsWith('BRANCH_G');
  const isStrict = mode === 'BRANCH_LT' || mode === 'BRANCH_GTE';
  forest.left[id] = next;
  forest.right[id] = next + 1;
  forest.feature[id] = feature;
  forest.threshold[id] = isStrict ? nextDown(threshold, lists.isFloat) : threshold;
  forest.missingLeft[id] = (lists.missingTrue[source] === 1) === isTrueLeft ? 1 : 0;
  walked.features = Math.max(walked.features, feature + 1);
  return true;
}
/** A list of floats, or of the numbers of a tensor of the input's own type; null where it is of another type. */
export function numbersOfList(model: ModelProto, node: NodeProto, name: string, isFloat: boolean): Float64Array | null {
  const tensor = tensorOf(node, `${name}_as_tensor`);
  if (!tensor) return floatsOf(model, node, name);
  if (node.attributes.get(name)?.floatCount) return null;
  return tensor.dataType === (isFloat ? ELEMENT.float : ELEMENT.double) ? numbersOf(model, tensor) : null;
}

function readLists(model: ModelProto, node: NodeProto, { find }: Places, isFloat: boolean): NodeLists | null {
  const modes = stringsOf(model, node, 'nodes_modes');
  const thresholds = numbersOfList(model, node, 'nodes_values', isFloat);
  if (thresholds?.length !== modes.length) return null;
  const trees = intsOf(model, node, 'nodes_treeids');
  const children = (name: string): Int32Array =>
    Int32Array.from(intsOf(model, node, name), (id, i) => (modes[i] === 'LEAF' ? -1 : find(trees[i]!, id)));
  return {
    ...{ isFloat, modes, thresholds, features: intsOf(model, node, 'nodes_featureids') },
    missingTrue: intsOf(model, node, 'nodes_missing_value_tracks_true'),
    onTrue: children('nodes_truenodeids'),
    onFalse: children('nodes_falsenodeids'),
  };
}
