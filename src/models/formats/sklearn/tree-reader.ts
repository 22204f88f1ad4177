import { AppError } from '../../../common/errors';
import { isNdArray, PyDict, PyObject } from '../pickle/records';
import { sizeOf } from '../pickle/numpy';
import { asNumbers, fieldNumbers } from './arrays';
import type { Estimator } from './estimator';

/** A `sklearn.tree._tree.Tree`, checked: links lead downwards, features exist, thresholds and values are finite. */
export interface FittedTree {
  nodeCount: number;
  left: Float64Array;
  right: Float64Array;
  feature: Float64Array;
  threshold: Float64Array;
  /** 1 where NaN goes left; all zeros before scikit-learn 1.3. */
  missingLeft: Float64Array;
  samples: Float64Array;
  /** [nodeCount, stride]: outputs times classes. */
  values: Float64Array;
  stride: number;
  /** Whether the fit saw missing values, as far as the tree shows it. */
  sawMissing: boolean;
}

const LEAF = -1;

/**
 * Reads the `tree_` of a fitted decision tree. Fields are found by name, so that the node layouts before and since
 * scikit-learn 1.3 (`missing_go_to_left`) and of 32-bit builds are all read.
 * @throws AppError model_corrupt for broken links, features or numbers
 */
export function readTree(owner: Estimator, featureCount: number, spend: (nodes: number) => void): FittedTree {
  const object = owner.require('tree_');
  const state = object instanceof PyObject && object.className === 'Tree' ? object.state : null;
  const nodes = state instanceof PyDict ? state.get('nodes') : undefined;
  const values = state instanceof PyDict ? asNumbers(state.get('values')) : undefined;
  if (!isNdArray(nodes) || !values) throw corrupt(owner, 'a tree with nodes and values', 'none');
  const nodeCount = sizeOf(nodes);
  spend(nodeCount);
  const field = (name: string): Float64Array => fieldNumbers(nodes, name);
  const hasMissing = nodes.dtype.fields?.has('missing_go_to_left') ?? false;
  const tree: FittedTree = {
    nodeCount,
    left: field('left_child'),
    right: field('right_child'),
    feature: field('feature'),
    threshold: field('threshold'),
    missingLeft: hasMissing ? field('missing_go_to_left') : new Float64Array(nodeCount),
    samples: field('n_node_samples'),
    values: values.data,
    stride: values.data.length / nodeCount,
    sawMissing: false,
  };
  checkTree(owner, tree, featureCount, hasMissing);
  tree.sawMissing = hasMissing && showsMissing(owner, tree);
  return tree;
}

/** Checks what a file says of a tree. `infinite`: a threshold of +inf is legal. @throws AppError model_corrupt */
export function checkTree(owner: Estimator, tree: FittedTree, featureCount: number, infinite: boolean): void {
  const { nodeCount, left, right, feature, threshold, values, stride } = tree;
  if (nodeCount === 0 || !Number.isInteger(stride) || stride === 0) {
    throw corrupt(owner, 'values for every node of the tree', `${values.length} for ${nodeCount}`);
  }
  for (let node = 0; node < nodeCount; node++) {
    if (left[node] === LEAF) continue;
    for (const child of [left[node]!, right[node]!]) {
      // Children have larger ids than their parent, in every builder; this alone rules cycles out.
      if (!(child > node && child < nodeCount)) {
        throw corrupt(owner, `children of node ${node} between ${node + 1} and ${nodeCount - 1}`, String(child));
      }
    }
    if (!(feature[node]! >= 0 && feature[node]! < featureCount)) {
      throw corrupt(owner, `a feature below ${featureCount} in the tree`, String(feature[node]));
    }
    // A threshold of +inf separates missing values from all others (since 1.3).
    if (!Number.isFinite(threshold[node]) && !(infinite && threshold[node] === Infinity)) {
      throw corrupt(owner, 'finite thresholds in the tree', String(threshold[node]));
    }
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw corrupt(owner, 'finite values in the tree', String(values[bad]));
}

/**
 * Where a split saw no missing value, scikit-learn sends NaN to the larger child (`missing_go_to_left = n_left > n_right`
 * in `sklearn/tree/_splitter.pyx`); a single node that differs proves that the fit saw missing values. The random
 * splitter leaves the field undefined before 1.6, and could not be fitted with missing values either.
 * Seen on 1.3 to 1.9: no differing node in any forest fitted without missing values, many in all but tiny ones with.
 */
function showsMissing(owner: Estimator, tree: FittedTree): boolean {
  if (owner.text('splitter') !== 'best' && !owner.atLeast(1, 6)) return false;
  for (let node = 0; node < tree.nodeCount; node++) {
    if (tree.left[node] === LEAF) continue;
    const larger = tree.samples[tree.left[node]!]! > tree.samples[tree.right[node]!]!;
    if (larger !== (tree.missingLeft[node] !== 0)) return true;
  }
  return false;
}

function corrupt(owner: Estimator, expected: string, found: string): AppError {
  return new AppError('model_corrupt', `expected ${expected} of ${owner.name}, found ${found}`);
}
