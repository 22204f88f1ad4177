import type { Forest, TreeEnsemble } from './tree-ensemble';

/** Of a node in memory: a double, the word of its children and where in a row its feature is. */
export const NODE_BYTES = 16;
export const CHILD_AT = 8;
export const FEATURE_AT = 12;
/**
 * Of a tree in the table of roots: where its root is, where in a row of answers it adds, the steps that are worth taking
 * without asking whether any row is still on its way, and the most that may be left then.
 */
export const ROOT_BYTES = 16;
export const TARGET_AT = 4;
export const SURE_AT = 8;
export const REST_AT = 12;
/** Bit of the word of the children that sends a missing value left. */
export const MISSING_LEFT = 1;

const DOUBLE_BYTES = 8;
/** A leaf looks at the column behind the features, which holds -Infinity: it compares as less, so that a row stays. */
export const LEAF_COLUMN = -Infinity;

/**
 * How the trees of an ensemble lie in memory. Children stand side by side, so that the next node is one addition: the
 * right child, or 16 bytes behind it the left one. A leaf is its own left child, so that rows that have arrived may go
 * on walking while others are on their way.
 */
export interface NodeTable {
  /** [nodes] offsets of the right child from the first node, with the bit of missing values. */
  children: Int32Array;
  /** [nodes] offset of the feature in a row. */
  features: Int32Array;
  /** [nodes] the threshold of a split; of a leaf its only value, or where there are several its row of `payloads`. */
  values: Float64Array;
  /** 1 for leaves. */
  leaves: Uint8Array;
  /** Node of each root. */
  roots: Int32Array;
  /** Levels of each tree: where its leaves are on the average, rounded down, and below that to its deepest one. */
  sure: Int32Array;
  rest: Int32Array;
  /** Values of leaves that have several, multiplied by the scale. */
  payloads: Float64Array;
}

/**
 * Lays out the trees breadth first.
 * @returns null for an ensemble with a leaf value that is less than every number, or none
 */
export function layoutNodes({ forest, scale, accumulate }: TreeEnsemble, columns: number): NodeTable | null {
  const { roots, left, right, feature, threshold, missingLeft, stride } = forest;
  const payloads = forest.leafValues.map((value) => scaled(value, scale, accumulate));
  if (payloads.some((value) => !(value > -Infinity))) return null;
  const single = stride === 1;
  const table = allocate(reachable(forest), roots.length, single ? new Float64Array(0) : payloads);
  const { children, features, values, leaves } = table;
  /** Node of the forest that each node of the table is. */
  const sources = new Int32Array(children.length);
  let end = 0;
  for (let tree = 0; tree < roots.length; tree++) {
    table.roots[tree] = end;
    sources[end] = roots[tree]!;
    for (let id = end++; id < end; id++) {
      const source = sources[id]!;
      if (left[source] === -1) {
        leaves[id] = 1;
        children[id] = (id - 1) * NODE_BYTES;
        features[id] = columns * DOUBLE_BYTES;
        values[id] = single ? payloads[right[source]!]! : right[source]!;
        continue;
      }
      children[id] = end * NODE_BYTES + (missingLeft[source] === 1 ? MISSING_LEFT : 0);
      features[id] = feature[source]! * DOUBLE_BYTES;
      values[id] = threshold[source]!;
      sources[end++] = right[source]!;
      sources[end++] = left[source]!;
    }
    measure(table, tree, end);
  }
  return table;
}

/** How deep the leaves of a tree are, whose nodes end before `end`. */
function measure({ children, leaves, roots, sure, rest }: NodeTable, tree: number, end: number): void {
  const root = roots[tree]!;
  const depth = new Int32Array(end - root);
  let count = 0;
  let sum = 0;
  let deepest = 0;
  for (let id = root; id < end; id++) {
    const own = depth[id - root]!;
    if (leaves[id] === 1) {
      count++;
      sum += own;
      deepest = own;
      continue;
    }
    const below = Math.floor(children[id]! / NODE_BYTES) - root;
    depth[below] = own + 1;
    depth[below + 1] = own + 1;
  }
  sure[tree] = Math.floor(sum / count);
  rest[tree] = deepest - sure[tree];
}

/** As the compiled graph has it in its leaves. */
function scaled(value: number, scale: number, accumulate: TreeEnsemble['accumulate']): number {
  return accumulate === 'f32' ? Math.fround(scale * value) : scale * value;
}

/** Nodes below the roots: a child comes behind its parent. */
function reachable({ roots, left, right }: Forest): number {
  const reached = new Uint8Array(left.length);
  for (const root of roots) reached[root] = 1;
  let count = 0;
  for (let id = 0; id < left.length; id++) {
    if (reached[id] === 0) continue;
    count++;
    if (left[id] === -1) continue;
    reached[left[id]!] = 1;
    reached[right[id]!] = 1;
  }
  return count;
}

function allocate(nodes: number, trees: number, payloads: Float64Array): NodeTable {
  return {
    children: new Int32Array(nodes),
    features: new Int32Array(nodes),
    values: new Float64Array(nodes),
    leaves: new Uint8Array(nodes),
    roots: new Int32Array(trees),
    sure: new Int32Array(trees),
    rest: new Int32Array(trees),
    payloads,
  };
}
