import type { TreeEnsemble } from '../../common/trees/tree-ensemble';
import { intsOf } from '../formats/onnx/attribute-data';
import type { ModelProto, NodeProto } from '../formats/onnx/model-proto';
import { MAX_NODES } from '../graph/split-trees';
import { numbersOfList, type Places, placesOf, type WalkedTrees, walkTrees } from './tree-nodes';

/** Numbers that leaves hold, all together: 32 MB of doubles. */
const MAX_PAYLOADS = 4_000_000;
/** Leaves times columns: a byte each while they are read. */
const MAX_CELLS = 32_000_000;
/** Sums stay well below the largest float32, so that neither infinities nor NaN come of them. */
const MAX_SUM = 1e38;

/** What leaves add to which column: leaf, column and number of each weight. */
interface LeafWeights {
  leaves: number[];
  columns: number[];
  values: number[];
}

/** Trees that add to columns, in the order and the precision of the runtime. */
export interface UploadedTrees {
  ensemble: TreeEnsemble;
  /** Columns of the input that splits read: the first so many. */
  features: number;
  isFloat: boolean;
  /** Columns that some row gets a number in, and those that every row does, whatever leaves it comes to. */
  scored: Set<number>;
  alwaysScored: Set<number>;
}

/**
 * Reads the trees of a TreeEnsembleClassifier or TreeEnsembleRegressor (ai.onnx.ml 1 and 3) as onnxruntime 1.27 walks
 * and adds them (onnxruntime/core/providers/cpu/ml/tree_ensemble_common.h and tree_ensemble_aggregator.h): in float32
 * for an input of float32, in double for one of double, tree after tree from zero on.
 * @param node one that has passed the guard
 * @param width columns of the sums
 * @returns null for what is not held to the last bit: splits on equality, nodes with two parents, numbers that are not
 * finite, very large, or of another type than the input, a leaf without a number or with two for one column; and for
 * very many nodes or numbers
 */
export function readTrees(model: ModelProto, node: NodeProto, width: number, isFloat: boolean): UploadedTrees | null {
  const nodes = node.attributes.get('nodes_nodeids')?.intCount ?? 0;
  const places = nodes > MAX_NODES ? null : placesOf(model, node);
  const walked = places && walkTrees(model, node, places, isFloat);
  const weights = walked && readWeights(model, node, places, walked, isFloat);
  const shape = weights && shapeOf(weights, walked, width);
  if (!shape || walked.leafPlaces.length * shape.stride > MAX_PAYLOADS) return null;
  const { stride, target } = shape;
  const leafValues = placeValues(weights, walked, shape);
  if (!leafValues) return null;
  const ensemble: TreeEnsemble = {
    forest: { ...walked.forest, leafValues, stride, target },
    ...{ compare: 'le', round32: false, accumulate: isFloat ? 'f32' : 'f64' },
    ...{ base: new Float64Array(width), scale: 1, divisor: 1 },
  };
  return { ensemble, features: walked.features, isFloat, ...scoredColumns(weights, walked) };
}

/** Numbers at a split, which old converters wrote, are not looked at. */
function readWeights(
  model: ModelProto,
  node: NodeProto,
  { find }: Places,
  { forest, leafPlaces }: WalkedTrees,
  isFloat: boolean,
): LeafWeights | null {
  const prefix = node.opType === 'TreeEnsembleClassifier' ? 'class' : 'target';
  const given = numbersOfList(model, node, `${prefix}_weights`, isFloat);
  const ids = intsOf(model, node, `${prefix}_nodeids`);
  if (ids.length > MAX_PAYLOADS || given?.length !== ids.length || !given.every(Number.isFinite)) return null;
  const trees = intsOf(model, node, `${prefix}_treeids`);
  const targets = intsOf(model, node, `${prefix}_ids`);
  const leafAt = new Int32Array(forest.left.length).fill(-1);
  for (const [leaf, place] of leafPlaces.entries()) leafAt[place] = leaf;
  const weights: LeafWeights = { leaves: [], columns: [], values: [] };
  for (let i = 0; i < ids.length; i++) {
    const leaf = leafAt[find(trees[i]!, ids[i]!)]!;
    if (leaf === -1) continue;
    weights.leaves.push(leaf);
    weights.columns.push(targets[i]!);
    weights.values.push(given[i]!);
  }
  return weights;
}

interface LeafShape {
  stride: number;
  target: Int32Array;
}

/** One number a leaf where each tree adds to one column, else one for each column; null where leaves do not fit that. */
function shapeOf({ leaves, columns }: LeafWeights, walked: WalkedTrees, width: number): LeafShape | null {
  if (walked.leafPlaces.length * width > MAX_CELLS) return null;
  const found = new Uint8Array(walked.leafPlaces.length * width);
  const filled = new Uint8Array(walked.leafPlaces.length);
  const target = new Int32Array(walked.forest.roots.length).fill(-1);
  let isSingle = true;
  for (let i = 0; i < leaves.length; i++) {
    const [leaf, column] = [leaves[i]!, columns[i]!];
    const key = leaf * width + column;
    if (found[key]!++ > 0) return null;
    filled[leaf] = 1;
    const tree = walked.leafTrees[leaf]!;
    if (target[tree] === -1) target[tree] = column;
    else if (target[tree] !== column) isSingle = false;
  }
  if (filled.includes(0)) return null;
  return isSingle ? { stride: 1, target } : { stride: width, target: new Int32Array(target.length) };
}

/** [leaves, stride]; a column that a leaf does not name gets 0, which changes no sum: none is ever -0. */
function placeValues(
  { leaves, columns, values }: LeafWeights,
  { leafPlaces, leafTrees }: WalkedTrees,
  { stride, target }: LeafShape,
): Float64Array | null {
  const placed = new Float64Array(leafPlaces.length * stride);
  const largest = new Float64Array(target.length);
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    const tree = leafTrees[leaf]!;
    placed[leaf * stride + columns[i]! - target[tree]!] = values[i]!;
    largest[tree] = Math.max(largest[tree]!, Math.abs(values[i]!));
  }
  return largest.reduce((sum, value) => sum + value, 0) < MAX_SUM ? placed : null;
}

function scoredColumns(
  { leaves, columns }: LeafWeights,
  { leafTrees, forest }: WalkedTrees,
): Pick<UploadedTrees, 'scored' | 'alwaysScored'> {
  const trees = forest.roots.length;
  const leavesOfTree = new Int32Array(trees);
  for (const tree of leafTrees) leavesOfTree[tree]!++;
  const counts = new Map<number, number>();
  const alwaysScored = new Set<number>();
  for (let i = 0; i < leaves.length; i++) {
    const tree = leafTrees[leaves[i]!]!;
    const key = columns[i]! * trees + tree;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count === leavesOfTree[tree]) alwaysScored.add(columns[i]!);
  }
  return { scored: new Set(columns), alwaysScored };
}
