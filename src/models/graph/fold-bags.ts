import { termColumns } from '../../common/text/term-weights';
import type { BagNode, Node, ValueId } from './ir';

/** Terms of a bag that are columns of a value, perhaps weighed anew. */
interface Chosen {
  bag: BagNode;
  /** The term of each column. */
  terms: Int32Array | null;
  /** What becomes of a weight that column `column` is multiplied by. */
  weigh: (weight: number, column: number) => number;
}

const MAX_STEPS = 16;

/**
 * The product of term weights and a matrix without the term weights, which are as wide as the vocabulary: the matrix
 * becomes the table of the bag. Columns that were chosen of a bag leave zeros for the others, and columns that were
 * multiplied or divided by constants (a scaler, the weights of a union) hand those on to the matrix. Null for a value
 * that is no bag.
 */
export function foldedBag(nodes: readonly Node[], x: ValueId, weights: Float64Array, width: number): BagNode | null {
  const chosen = chosenTerms(nodes, x);
  if (!chosen) return null;
  const { bag, terms, weigh } = chosen;
  const columns = weights.length / width;
  const table = new Float64Array(termColumns(bag.terms) * width);
  for (let column = 0; column < columns; column++) {
    const term = terms ? terms[column]! : column;
    for (let j = 0; j < width; j++) table[term * width + j]! += weigh(weights[column * width + j]!, column);
  }
  return { op: 'bag', x: bag.x, terms: bag.terms, table, width };
}

/** Whether a value is made of values of which one can be folded: their products are added up then. */
export function holdsBag(nodes: readonly Node[], xs: readonly ValueId[]): boolean {
  return xs.some((x) => chosenTerms(nodes, x) !== null);
}

/** A bag of some of the terms of a bag, so that the others need no column; null where that is not what is selected. */
export function narrowedBag(nodes: readonly Node[], x: ValueId, columns: Int32Array): BagNode | null {
  const node = nodes[x];
  if (node?.op !== 'bag' || node.table || columns.length >= node.width) return null;
  if (new Set(columns).size < columns.length || columns.some((column) => !(column >= 0 && column < node.width))) {
    return null;
  }
  const kept = node.kept ? columns.map((column) => node.kept![column]!) : columns;
  return { ...node, kept, width: kept.length };
}

function chosenTerms(nodes: readonly Node[], x: ValueId, steps = 0): Chosen | null {
  const node = nodes[x];
  if (!node || steps > MAX_STEPS) return null;
  if (node.op === 'bag') {
    return node.table ? null : { bag: node, terms: node.kept ?? null, weigh: (weight) => weight };
  }
  if (node.op === 'select') {
    const inner = chosenTerms(nodes, node.x, steps + 1);
    if (!inner) return null;
    const { columns } = node;
    return {
      bag: inner.bag,
      terms: columns.map((column) => (inner.terms ? inner.terms[column]! : column)),
      weigh: (weight, column) => inner.weigh(weight, columns[column]!),
    };
  }
  return node.op === 'binary' ? scaledTerms(nodes, node, steps) : null;
}

/** `x * row` and `x / row` for a constant row. */
function scaledTerms(nodes: readonly Node[], node: Extract<Node, { op: 'binary' }>, steps: number): Chosen | null {
  const { fn, x, y } = node;
  const row = nodes[y];
  if ((fn !== 'mul' && fn !== 'div') || row?.op !== 'constant' || row.dtype !== 'f64') return null;
  const inner = chosenTerms(nodes, x, steps + 1);
  if (!inner) return null;
  const factor = (column: number): number => row.data[row.data.length === 1 ? 0 : column]!;
  const apply =
    fn === 'mul'
      ? (weight: number, column: number): number => weight * factor(column)
      : (weight: number, column: number): number => weight / factor(column);
  return { ...inner, weigh: (weight, column) => inner.weigh(apply(weight, column), column) };
}
