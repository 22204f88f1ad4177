import type { Tensor } from '../../common/tensor';
import { compileEvaluator } from './evaluate';
import type { Graph, GraphOutput, Node, ValueId } from './ir';
import { termMagnitudes } from './term-magnitudes';
import { liveValues } from './value-types';

/** What a graph answers, and how far rounding may change it. */
export interface Answers {
  /** One tensor an output. */
  outputs: Tensor[];
  /** For each output the magnitudes of what its numbers are sums of, in its own shape; null for one that is no such sum. */
  terms: (Tensor | null)[];
  /** For each row whether which point is a neighbour is a matter of the last digits; null where nothing is looked for. */
  undecided: boolean[] | null;
}

/**
 * Evaluates a graph, and with it how large the terms are that each of its numbers is added up from. Adding rounds in
 * proportion to the terms, whatever is left of them: a Gaussian process without noise adds terms of 1e13 to a value of
 * about 100 (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2: the error of a sum is
 * at most the rounding unit times the sum of the magnitudes, times the number of terms).
 *
 * Slopes count as well: between two thresholds of an isotonic regression that are 1e-9 apart, the last digit of what it
 * is asked for is the eighth of what it answers.
 */
export function evaluateWithTerms(graph: Graph, inputs: readonly Tensor[], rows: number): Answers {
  const { nodes, of } = termMagnitudes(graph);
  const next = nextNeighbors(graph, nodes, rows);
  const asked = [...graph.outputs.flatMap(({ value }) => of[value] ?? []), ...next];
  const more = asked.map((value): GraphOutput => ({ name: '', value, role: 'other', squeeze: false }));
  const all = compileEvaluator({ ...graph, nodes, outputs: [...graph.outputs, ...more] })(inputs, rows);
  const outputs = all.splice(0, graph.outputs.length);
  const terms = graph.outputs.map(({ value }) => (of[value] === undefined ? null : all.shift()!));
  return { outputs, terms, undecided: all.length === 0 ? null : undecidedRows(all, rows) };
}

/** Distances that are computed once more: some tenths of a second. */
const MAX_DISTANCES = 1e8;

/**
 * Of two points whose distances differ by less than this share of them, or of the numbers that they are differences of,
 * either may come out as the nearer one: where an exponential has one digit more, say, in one of the back ends.
 */
const TIE = { ofDistance: 1e-12, ofNumbers: 1e-14 };

/**
 * Appends for each search for neighbours the distance of the farthest one that is taken, that of the next one, and the
 * greatest number of the row, of those that are not missing.
 */
function nextNeighbors(graph: Graph, nodes: Node[], rows: number): ValueId[] {
  const live = liveValues(graph);
  return graph.nodes.flatMap((node, id) => {
    if (node.op !== 'neighbors' || !live[id] || rows * node.points.length > MAX_DISTANCES) return [];
    const points = node.values.length / node.stride;
    if (!(points > node.count)) return [];
    const { count } = node;
    const push = (added: Node): ValueId => nodes.push(added) - 1;
    const wider = push({ ...node, count: count + 1, values: new Float64Array(0), stride: 0 });
    const pair = push({ op: 'select', x: wider, columns: Int32Array.of(count - 1, count) });
    const missing = push({ op: 'isnan', x: node.x });
    const nothing = push({ op: 'constant', dtype: 'f64', data: Float64Array.of(0) });
    const known = push({ op: 'where', condition: missing, x: nothing, y: push({ op: 'unary', fn: 'abs', x: node.x }) });
    return [push({ op: 'concat', xs: [pair, push({ op: 'reduce', fn: 'max', x: known })] })];
  });
}

/** @param distances [rows, 3], each with the columns of {@link nextNeighbors} */
function undecidedRows(distances: readonly Tensor[], rows: number): boolean[] {
  return Array.from({ length: rows }, (_, row) =>
    distances.some(({ data }) => {
      const [taken, left] = [Number(data[3 * row]), Number(data[3 * row + 1])];
      const greatest = Number(data[3 * row + 2]);
      return left < Infinity && left - taken <= TIE.ofDistance * left + TIE.ofNumbers * greatest;
    }),
  );
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
export function cancellation({ outputs, terms }: Pick<Answers, 'outputs' | 'terms'>): string | null {
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
