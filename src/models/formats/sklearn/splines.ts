import type { ValueId } from '../../graph/ir';
import { PyTuple } from '../pickle/records';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** The splines of one column as polynomials: `pieces[d]` is [intervals, splines], the coefficients of u^d. */
interface Pieces {
  /** Start of each interval, and the end of the last. */
  breaks: Float64Array;
  pieces: Float64Array[];
  splines: number;
}

const MAX_DEGREE = 20;

/**
 * Values of all B-splines of a column (sklearn/preprocessing/_polynomial.py `SplineTransformer`). Between two knots each
 * is a polynomial of the distance to the left one; which two is looked up, and a row of the table of coefficients taken.
 */
function translateSplines(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const splines = estimator.children('bsplines_').map((spline) => readPieces(spline, context));
  if (splines.length !== frame.width) estimator.wrong('bsplines_', `one for each of ${frame.width} columns`, null);
  const zeros = estimator.text('handle_missing') === 'zeros';
  const x = frame.numbers(zeros ? 'take' : 'refuse');
  const blocks = splines.map((pieces, column): ValueId => {
    const { breaks } = pieces;
    frame.hint(column, [breaks[0]!, breaks.at(-1)!, ...breaks.subarray(1, 12)]);
    const sent = graph.select(x, [column]);
    const values = extrapolated(estimator, sent, pieces, context);
    const kept = estimator.boolean('include_bias', true)
      ? values
      : graph.select(
          values,
          Array.from({ length: pieces.splines - 1 }, (_, i) => i),
        );
    return zeros ? graph.where(graph.isnan(sent), graph.scalar(0), kept) : kept;
  });
  // A spline that is 0 on a knot is stored.
  const sparse = estimator.boolean('sparse_output', false) && 'unclear';
  return { task: 'transform', frame: frame.of(graph.concat(blocks)).stored(sparse) };
}

function extrapolated(estimator: Estimator, x: ValueId, pieces: Pieces, context: TranslationContext): ValueId {
  const { graph } = context;
  const [from, to] = [pieces.breaks[0]!, pieces.breaks.at(-1)!];
  const degree = pieces.pieces.length - 1;
  const kind = estimator.text('extrapolation') ?? 'constant';
  if (kind === 'continue') return evaluate(x, pieces, context);
  if (kind === 'periodic') {
    if (!(to > from)) estimator.unsupported('of a constant column', 'leave the column out of the model');
    const turns = graph.unary(
      'floor',
      graph.binary('div', graph.binary('sub', x, graph.scalar(from)), graph.scalar(to - from)),
    );
    return evaluate(graph.binary('sub', x, graph.binary('mul', turns, graph.scalar(to - from))), pieces, context);
  }
  if ((kind !== 'constant' && kind !== 'linear') || (kind === 'constant' && degree === 0)) {
    estimator.unsupported(
      `of degree ${degree} with extrapolation='${kind}'`,
      "use extrapolation='linear' or 'continue'",
    );
  }
  if (degree < 2 && kind === 'linear' && estimator.list('bsplines_').length > 1) {
    // There the second column and those after it start from the wrong knots (`degree += 1` for each column).
    estimator.unsupported(
      `of degree ${degree} with extrapolation='linear' over several columns`,
      "use extrapolation='continue', which is the same for degree 1",
    );
  }
  const clipped = graph.binary('min', graph.binary('max', x, graph.scalar(from)), graph.scalar(to));
  const inside = evaluate(clipped, pieces, context);
  if (kind === 'constant') return inside;
  const beyond = graph.binary('sub', x, clipped);
  const below = graph.compare('lt', x, graph.scalar(from));
  const slopes = graph.where(
    below,
    graph.row(slopesAt(pieces, 0)),
    graph.row(slopesAt(pieces, pieces.breaks.length - 2)),
  );
  return graph.binary('add', inside, graph.binary('mul', beyond, slopes));
}

function evaluate(x: ValueId, { breaks, pieces, splines }: Pieces, { graph }: TranslationContext): ValueId {
  const count = breaks.length - 1;
  const interval = graph.bin(x, [breaks.slice(1, -1)], 'right');
  const keys = Float64Array.from({ length: count }, (_, i) => i);
  const chosen = graph.cast(graph.compare('eq', interval, graph.row(keys)), 'f64');
  const distance = graph.binary('sub', x, graph.lookup(interval, keys, breaks.slice(0, -1), NaN));
  return pieces
    .map((table) => graph.matmul(chosen, table, splines))
    .reduceRight((sum, term) => graph.binary('add', graph.binary('mul', sum, distance), term));
}

/** Derivatives at the outer end of the first or the last interval. */
function slopesAt({ breaks, pieces, splines }: Pieces, interval: number): Float64Array {
  const u = interval === 0 ? 0 : breaks[interval + 1]! - breaks[interval]!;
  return Float64Array.from({ length: splines }, (_, spline) =>
    pieces.reduceRight(
      (sum, table, power) => (power === 0 ? sum : sum * u + power * table[interval * splines + spline]!),
      0,
    ),
  );
}

/** scipy.interpolate.BSpline: knots t, coefficients c [bases, splines], degree k; `_t` and `_c` in scipy 1.17, inside another one since. */
function readPieces(outer: Estimator, context: TranslationContext): Pieces {
  const { state } = outer.object;
  const spline = state instanceof PyTuple ? outer.wrap(state.items[0], 'bsplines_') : outer;
  const prefix = spline.has('_t') ? '_' : '';
  const knots = spline.numbers(`${prefix}t`).data;
  const degree = spline.number('k');
  const bases = knots.length - degree - 1;
  const { data, rows, columns: splines } = spline.matrix(`${prefix}c`);
  if (!(Number.isInteger(degree) && degree >= 0 && degree <= MAX_DEGREE && bases > degree && rows >= bases)) {
    return spline.wrong('c', 'coefficients for every spline', null);
  }
  if (knots.some((knot, i) => i > 0 && knot < knots[i - 1]!)) spline.wrong('t', 'knots in rising order', null);
  const breaks = knots.slice(degree, bases + 1);
  const intervals = breaks.length - 1;
  context.spendValues(intervals * splines * (degree + 1) ** 2);
  const pieces = Array.from({ length: degree + 1 }, () => new Float64Array(intervals * splines));
  for (let interval = 0; interval < intervals; interval++) {
    basisPolynomials(knots, degree, interval + degree).forEach((polynomial, j) => {
      const base = interval + j;
      for (let s = 0; s < splines; s++) {
        const weight = data[base * splines + s]!;
        if (weight !== 0)
          polynomial.forEach((value, power) => (pieces[power]![interval * splines + s]! += weight * value));
      }
    });
  }
  return { breaks, pieces, splines };
}

/**
 * The degree + 1 bases that are not zero between knots `at` and `at + 1`, as polynomials of the distance to knot `at`,
 * by the recursion of Cox and de Boor.
 */
function basisPolynomials(knots: Float64Array, degree: number, at: number): number[][] {
  const left = knots[at]!;
  let bases: number[][] = [[1]];
  for (let d = 1; d <= degree; d++) {
    const next = Array.from({ length: d + 1 }, () => new Array<number>(d + 1).fill(0));
    bases.forEach((polynomial, i) => {
      const first = at - d + 1 + i;
      const [start, end] = [knots[first]!, knots[first + d]!];
      if (!(end > start)) return;
      polynomial.forEach((value, power) => {
        const share = value / (end - start);
        // Rising part (x - start) of the basis one place later, falling part (end - x) of the one at this place.
        next[i + 1]![power]! += share * (left - start);
        next[i + 1]![power + 1]! += share;
        next[i]![power]! += share * (end - left);
        next[i]![power + 1]! -= share;
      });
    });
    bases = next;
  }
  return bases;
}

/** sklearn/preprocessing/_polynomial.py */
export const SPLINE_TRANSLATORS: Record<string, Translator> = { SplineTransformer: translateSplines };
