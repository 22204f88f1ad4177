import { leafCount } from './forest';
import type { Forest } from '../../common/trees/tree-ensemble';

/**
 * A forest as `TreeEnsemble` wants it (onnx/onnx: docs/Operators-ml.md, ai.onnx.ml 5): splits and leaves numbered
 * apart. Nodes that no root reaches are left out.
 */
export interface EnsembleLayout {
  roots: Int32Array;
  thresholds: Float64Array;
  features: Int32Array;
  missingTrue: Uint8Array;
  trueIds: Int32Array;
  falseIds: Int32Array;
  /** 1 where the id beside it is a leaf's. */
  trueLeaves: Uint8Array;
  falseLeaves: Uint8Array;
  /** Payload row of each leaf. */
  leafRows: Int32Array;
  /** Tree of each leaf. */
  leafTrees: Int32Array;
}

/**
 * Numbers splits and leaves of a checked forest in two passes over its nodes. A tree that is a single leaf becomes a
 * split with equal leaves on both sides, as the operator has no other form for it.
 *
 * The ids on the two sides of a root are never the same number; where they would be, a leaf is written twice.
 * onnxruntime takes such a root for a leaf and answers silently wrong: 1.22 also where one id is a split's and the
 * other a leaf's (microsoft/onnxruntime#24679), 1.27 still where both are one leaf's, which it then looks up under the
 * number of the root (both watched; 1.31 has neither).
 *
 * @param constants how many single-leaf trees to append, with the payload rows behind those of the forest
 */
export function layoutEnsemble(forest: Forest, constants = 0): EnsembleLayout {
  const owner = treeOfNode(forest);
  const ids = new Int32Array(owner.length);
  let splits = 0;
  let leaves = 0;
  for (let i = 0; i < owner.length; i++) {
    if (owner[i] !== -1) ids[i] = forest.left[i] === -1 ? leaves++ : splits++;
  }
  const { stumps, clashes } = specialRoots(forest, ids);
  const singles = stumps.length + constants;
  const layout = allocate(
    forest.roots.length + constants,
    splits + singles,
    leaves + constants + singles + clashes.length,
  );
  for (let i = 0; i < owner.length; i++) {
    if (owner[i] === -1) continue;
    if (forest.left[i] === -1) putLeaf(layout, ids[i]!, forest.right[i]!, owner[i]!);
    else putSplit(layout, forest, ids, i);
  }
  forest.roots.forEach((root, tree) => (layout.roots[tree] = ids[root]!));
  for (let i = 0; i < constants; i++) putLeaf(layout, leaves + i, leafCount(forest) + i, forest.roots.length + i);
  let copy = leaves + constants;
  for (const tree of stumps) putStump(layout, splits++, ids[forest.roots[tree]!]!, copy++);
  for (let i = 0; i < constants; i++) putStump(layout, splits++, leaves + i, copy++);
  for (const tree of clashes) putCopy(layout, layout.roots[tree]!, copy++);
  return layout;
}

/** Trees that are a single leaf, and trees whose root has a leaf and a split of one number below it. */
function specialRoots({ roots, left, right }: Forest, ids: Int32Array): { stumps: number[]; clashes: number[] } {
  const stumps: number[] = [];
  const clashes: number[] = [];
  roots.forEach((root, tree) => {
    if (left[root] === -1) stumps.push(tree);
    else if (ids[left[root]!] === ids[right[root]!]) clashes.push(tree);
  });
  return { stumps, clashes };
}

/** Tree that each node belongs to, -1 for one that no root reaches; children come after their parents. */
function treeOfNode({ roots, left, right }: Forest): Int32Array {
  const owner = new Int32Array(left.length).fill(-1);
  roots.forEach((root, tree) => (owner[root] = tree));
  for (let i = 0; i < owner.length; i++) {
    if (owner[i] === -1 || left[i] === -1) continue;
    owner[left[i]!] = owner[i]!;
    owner[right[i]!] = owner[i]!;
  }
  return owner;
}

function allocate(trees: number, splits: number, leaves: number): EnsembleLayout {
  return {
    roots: new Int32Array(trees),
    thresholds: new Float64Array(splits),
    features: new Int32Array(splits),
    missingTrue: new Uint8Array(splits),
    trueIds: new Int32Array(splits),
    falseIds: new Int32Array(splits),
    trueLeaves: new Uint8Array(splits),
    falseLeaves: new Uint8Array(splits),
    leafRows: new Int32Array(leaves),
    leafTrees: new Int32Array(leaves),
  };
}

function putSplit(layout: EnsembleLayout, forest: Forest, ids: Int32Array, node: number): void {
  const id = ids[node]!;
  const [left, right] = [forest.left[node]!, forest.right[node]!];
  layout.thresholds[id] = forest.threshold[node]!;
  layout.features[id] = forest.feature[node]!;
  layout.missingTrue[id] = forest.missingLeft[node]!;
  layout.trueIds[id] = ids[left]!;
  layout.falseIds[id] = ids[right]!;
  layout.trueLeaves[id] = forest.left[left] === -1 ? 1 : 0;
  layout.falseLeaves[id] = forest.left[right] === -1 ? 1 : 0;
}

function putLeaf(layout: EnsembleLayout, id: number, row: number, tree: number): void {
  layout.leafRows[id] = row;
  layout.leafTrees[id] = tree;
}

/** A split whose two sides are one leaf, written twice. */
function putStump(layout: EnsembleLayout, id: number, leaf: number, copy: number): void {
  layout.trueIds[id] = leaf;
  layout.falseIds[id] = copy;
  layout.trueLeaves[id] = 1;
  layout.falseLeaves[id] = 1;
  layout.roots[layout.leafTrees[leaf]!] = id;
  putLeaf(layout, copy, layout.leafRows[leaf]!, layout.leafTrees[leaf]!);
}

/** Lets the side of split `id` that is a leaf point to a copy of that leaf. */
function putCopy(layout: EnsembleLayout, id: number, copy: number): void {
  const sides = layout.trueLeaves[id] === 1 ? layout.trueIds : layout.falseIds;
  putLeaf(layout, copy, layout.leafRows[sides[id]!]!, layout.leafTrees[sides[id]!]!);
  sides[id] = copy;
}
