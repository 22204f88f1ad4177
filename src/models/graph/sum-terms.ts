import type { Tensor } from '../../common/tensor';
import { compileEvaluator } from './evaluate';
import type { Graph, GraphOutput, Node, ValueId } from './ir';
import { fixedValues } from './value-types';

/** What a graph answers, and how large the terms of its sums are. */
export interface Answers {
  /** One tensor an output. */
  outputs: Tensor[];
  /** For each output the magnitudes of what its numbers are sums of, in its own shape; null for one that is no such sum. */
  terms: (Tensor | null)[];
}

/**
 * Evaluates a graph, and with it how large the terms are that each of its numbers is added up from. Adding rounds in
 * proportion to the terms, whatever is left of them: a Gaussian process without noise adds terms of 1e13 to a value of
 * about 100 (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2: the error of a sum is
 * at most the rounding unit times the sum of the magnitudes, times the number of terms).
 *
 * Followed are products with a matrix and what is linear behind them: sums, means, differences, products and quotients
 * with constants. What such a product takes in counts as exact to its last digit.
 */
export function evaluateWithTerms(graph: Graph, inputs: readonly Tensor[], rows: number): Answers {
  const { nodes, of } = magnitudes(graph);
  const asked = graph.outputs.flatMap((output): GraphOutput[] => {
    const value = of[output.value];
    return value === undefined ? [] : [{ name: output.name, value, role: 'value', squeeze: output.squeeze }];
  });
  const all = compileEvaluator({ ...graph, nodes, outputs: [...graph.outputs, ...asked] })(inputs, rows);
  const count = graph.outputs.length;
  let next = count;
  const terms = graph.outputs.map(({ value }) => (of[value] === undefined ? null : all[next++]!));
  return { outputs: all.slice(0, count), terms };
}

/** Half a unit in the last place of a double, relative. */
const ROUNDING_UNIT = 2 ** -53;

/** Share of an answer that rounding may take without a word: more than it takes in any golden model. */
const UNTOLD = 1e-9;

/**
 * What to tell of answers that are little of what they are added up from, in an ordinary one of the rows: a sentence, or
 * null where they keep nine digits. The library that fitted the model loses the others as well: it adds in another order
 * on another processor, and for a row that is sent alone.
 */
export function cancellation({ outputs, terms }: Answers): string | null {
  for (const [index, summed] of terms.entries()) {
    const ordinary = summed && ordinaryShare(outputs[index]!.data as Float64Array, summed.data as Float64Array);
    if (ordinary && ordinary.share > UNTOLD) {
      const [most, lost] = [ordinary.terms, ROUNDING_UNIT * ordinary.terms].map((value) => value.toExponential(0));
      return `adds terms of about ${most} that cancel: rounding changes an answer by about ${lost}, in the library that fitted it as here`;
    }
  }
  return null;
}

/** The share of an answer that rounding takes, and the terms, where half of the cells have a greater share. */
function ordinaryShare(answers: Float64Array, terms: Float64Array): { terms: number; share: number } | undefined {
  const greatest = answers.reduce(
    (most, value) => (Math.abs(value) < Infinity ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  // Of an answer of nothing anything is a large share; a thousandth of the greatest is what counts then.
  const least = greatest / 1000;
  const cells = Array.from(terms, (magnitude, i) => ({
    terms: magnitude,
    share: (ROUNDING_UNIT * magnitude) / Math.max(least, Math.abs(answers[i]!)),
  }));
  const told = cells
    .filter(({ share }) => share > 0 && share < Infinity)
    .sort((left, right) => left.share - right.share);
  return told[told.length >> 1];
}

/** The nodes of the graph and behind them those of the magnitudes; `of` has them for the outputs that are sums. */
function magnitudes(graph: Graph): { nodes: Node[]; of: (ValueId | undefined)[] } {
  const fixed = fixedValues(graph.nodes);
  const wanted = sumsBehind(graph, fixed);
  const nodes = [...graph.nodes];
  const push = (node: Node): ValueId => nodes.push(node) - 1;
  const of: (ValueId | undefined)[] = [];
  const absolute = (x: ValueId): ValueId => push({ op: 'unary', fn: 'abs', x });
  graph.nodes.forEach((node, id) => {
    if (!wanted[id]) return;
    if (node.op === 'matmul') of[id] = push({ ...node, x: absolute(node.x), weights: node.weights.map(Math.abs) });
    else of[id] = push(magnitudeOf(node, (x) => of[x] ?? absolute(x)));
  });
  return { nodes, of };
}

/** For each node, whether an output is a sum that it is a part of, and it is a product with a matrix or leads to one. */
function sumsBehind(graph: Graph, fixed: readonly boolean[]): boolean[] {
  const holds: boolean[] = [];
  graph.nodes.forEach((node, id) => {
    holds[id] = node.op === 'matmul' || linearOperands(node, fixed).some((x) => holds[x]);
  });
  const wanted = graph.nodes.map(() => false);
  for (const { value } of graph.outputs) wanted[value] = holds[value]!;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (wanted[id]) for (const x of linearOperands(graph.nodes[id]!, fixed)) wanted[x] = holds[x]!;
  }
  return wanted;
}

/** The values that a node is linear in, one term each; none for a product with a matrix, where the terms begin. */
function linearOperands(node: Node, fixed: readonly boolean[]): ValueId[] {
  switch (node.op) {
    case 'select':
      return [node.x];
    case 'concat':
      return node.xs;
    case 'where':
      return [node.x, node.y];
    case 'unary':
      return node.fn === 'neg' ? [node.x] : [];
    case 'reduce':
      return node.fn === 'sum' || node.fn === 'mean' ? [node.x] : [];
    case 'binary':
      if (node.fn === 'add' || node.fn === 'sub') return [node.x, node.y];
      if (node.fn === 'mul') return fixed[node.x] ? [node.y] : fixed[node.y] ? [node.x] : [];
      return node.fn === 'div' && fixed[node.y] ? [node.x] : [];
    default:
      return [];
  }
}

/** The node that adds up the magnitudes of what a linear `node` adds up. */
function magnitudeOf(node: Node, magnitude: (x: ValueId) => ValueId): Node {
  switch (node.op) {
    case 'concat':
      return { ...node, xs: node.xs.map(magnitude) };
    case 'select':
    case 'reduce':
      return { ...node, x: magnitude(node.x) };
    case 'where':
      return { ...node, x: magnitude(node.x), y: magnitude(node.y) };
    case 'binary':
      return { ...node, fn: node.fn === 'sub' ? 'add' : node.fn, x: magnitude(node.x), y: magnitude(node.y) };
    case 'unary':
      return { ...node, fn: 'abs', x: magnitude(node.x) };
    default:
      throw new RangeError(`${node.op} is not linear`);
  }
}
