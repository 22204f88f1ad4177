import type { BagNode, Node, ValueId } from './ir';

/**
 * The product of term weights and a matrix without the term weights, which are as wide as the vocabulary: the matrix
 * becomes the table of the bag, where columns that were chosen of a bag leave zeros for the others. Null for a value
 * that is no bag.
 */
export function foldedBag(nodes: readonly Node[], x: ValueId, weights: Float64Array, width: number): BagNode | null {
  const chosen = chosenTerms(nodes, x);
  if (!chosen) return null;
  const { bag, columns } = chosen;
  if (!columns) return { ...bag, table: weights, width };
  const table = new Float64Array(bag.width * width);
  columns.forEach((term, i) => {
    for (let j = 0; j < width; j++) table[term * width + j]! += weights[i * width + j]!;
  });
  return { ...bag, table, width };
}

/** Whether a value is made of values of which one can be folded: their products are added up then. */
export function holdsBag(nodes: readonly Node[], xs: readonly ValueId[]): boolean {
  return xs.some((x) => chosenTerms(nodes, x) !== null);
}

/** The bag that a value is, and which term each of its columns is; null for all of them in order. */
function chosenTerms(nodes: readonly Node[], x: ValueId): { bag: BagNode; columns: Int32Array | null } | null {
  const node = nodes[x];
  if (node?.op === 'bag') return node.table ? null : { bag: node, columns: null };
  const inner = node?.op === 'select' ? nodes[node.x] : undefined;
  if (node?.op !== 'select' || inner?.op !== 'bag' || inner.table) return null;
  return { bag: inner, columns: node.columns };
}
