import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import { cosine } from './elementary-functions';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** Each step of an additive sampler is two columns for each column. */
const MAX_STEPS = 64;
/** A polynomial sketch takes a few operations for each place that a column is hashed to. */
const MAX_ROTATIONS = 3_000;

/** `sqrt(2 / n_components) * cos(X @ random_weights_ + random_offset_)` (sklearn/kernel_approximation.py `RBFSampler`). */
function translateRbfSampler(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const waves = fourier(estimator, frame.numbers(), context);
  const scale = Math.sqrt(2 / context.graph.width(waves));
  return { task: 'transform', frame: frame.of(context.graph.binary('mul', waves, context.graph.scalar(scale))) };
}

/** The same of `log(X + skewedness)` (`SkewedChi2Sampler`); a row that reaches below -skewedness is NaN, there an error. */
function translateSkewed(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0.5, 1, 4]);
  const shifted = graph.binary('add', frame.numbers(), graph.scalar(estimator.number('skewedness')));
  const outside = graph.compare('le', graph.reduce('min', shifted), graph.scalar(0));
  const waves = fourier(estimator, graph.unary('log', graph.where(outside, graph.scalar(NaN), shifted)), context);
  const scale = Math.sqrt(2) / Math.sqrt(graph.width(waves));
  return { task: 'transform', frame: frame.of(graph.binary('mul', waves, graph.scalar(scale))) };
}

function fourier(estimator: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const { data, columns } = estimator.matrix('random_weights_');
  const offset = estimator.vector('random_offset_', columns);
  return cosine(graph.binary('add', graph.matmul(x, data, columns), graph.row(offset)), context);
}

/**
 * A root, then a cosine and a sine of the logarithm for each step, zero for zero (`AdditiveChi2Sampler`); a row with a
 * negative number is NaN, there an error.
 */
function translateAdditive(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const steps = estimator.number('sample_steps');
  if (!(steps >= 1 && steps <= MAX_STEPS)) estimator.unsupported(`of ${steps} steps`, `use at most ${MAX_STEPS}`);
  const interval = intervalOf(estimator, steps);
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0, 0.5, 1, 4]);
  const sent = frame.numbers();
  const negative = graph.compare('lt', graph.reduce('min', sent), graph.scalar(0));
  const x = graph.where(negative, graph.scalar(NaN), sent);
  const zero = graph.compare('eq', x, graph.scalar(0));
  const positive = graph.where(zero, graph.scalar(1), x);
  const log = graph.binary('mul', graph.scalar(interval), graph.unary('log', positive));
  const twice = graph.binary('mul', graph.binary('mul', graph.scalar(2), positive), graph.scalar(interval));
  const parts = [graph.unary('sqrt', graph.binary('mul', x, graph.scalar(interval)))];
  for (let step = 1; step < steps; step++) {
    const factor = graph.unary('sqrt', graph.binary('div', twice, graph.scalar(Math.cosh(Math.PI * step * interval))));
    const angle = graph.binary('mul', graph.scalar(step), log);
    for (const wave of [cosine(angle, context), graph.unary('sin', angle)]) {
      parts.push(graph.where(zero, graph.scalar(0), graph.binary('mul', factor, wave)));
    }
  }
  return { task: 'transform', frame: frame.of(...parts) };
}

/** Resolved in the fit up to 1.2, later in each call (Vedaldi and Zisserman 2011, figure 2c). */
function intervalOf(estimator: Estimator, steps: number): number {
  if (estimator.has('sample_interval_')) return estimator.number('sample_interval_');
  if (estimator.has('sample_interval')) return estimator.number('sample_interval');
  const known = [0.8, 0.5, 0.4][steps - 1];
  return known ?? estimator.wrong('sample_steps', '1, 2 or 3', steps);
}

/**
 * The circular convolution of `degree` count sketches (`PolynomialCountSketch`), term by term rather than by Fourier
 * transforms: each sketch has few places that a column is hashed to.
 */
function translateSketch(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const [degree, size, coef0] = [
    estimator.number('degree'),
    estimator.number('n_components'),
    estimator.number('coef0'),
  ];
  const scaled = graph.binary('mul', graph.scalar(Math.sqrt(estimator.number('gamma'))), frame.numbers());
  const one = graph.where(graph.isnan(frame.rows), graph.scalar(1), graph.scalar(1));
  const x = coef0 === 0 ? scaled : graph.concat([scaled, graph.binary('mul', one, graph.scalar(Math.sqrt(coef0)))]);
  const columns = graph.width(x);
  if (degree * Math.min(size, columns) > MAX_ROTATIONS) {
    estimator.unsupported(`of degree ${degree} over ${columns} columns`, 'use fewer components or a lower degree');
  }
  context.spendValues(degree * columns * size);
  const hashed = {
    places: estimator.vector('indexHash_', degree * columns),
    signs: estimator.vector('bitHash_', degree * columns),
  };
  if (hashed.places.some((place) => !(place >= 0 && place < size)))
    estimator.wrong('indexHash_', `below ${size}`, null);
  let result = graph.matmul(
    x,
    sketchWeights(
      hashed,
      0,
      columns,
      Array.from({ length: size }, (_, i) => i),
    ),
    size,
  );
  for (let sketch = 1; sketch < degree; sketch++) {
    const places = [...new Set(hashed.places.subarray(sketch * columns, (sketch + 1) * columns))];
    const values = graph.matmul(x, sketchWeights(hashed, sketch, columns, places), places.length);
    result = convolve(graph, result, values, places);
  }
  return { task: 'transform', frame: frame.of(result) };
}

/** The circular convolution with a sketch that has `values` at `places` and is zero elsewhere. */
function convolve(graph: GraphBuilder, x: ValueId, values: ValueId, places: number[]): ValueId {
  const size = graph.width(x);
  const turns = places.map((place, i) => {
    const turned = graph.select(
      x,
      Array.from({ length: size }, (_, k) => (k - place + size) % size),
    );
    return graph.binary('mul', turned, graph.select(values, [i]));
  });
  return turns.reduce((sum, turn) => graph.binary('add', sum, turn));
}

/** [columns, places]: the sign of each column where it is hashed to. */
function sketchWeights(
  { places, signs }: { places: Float64Array; signs: Float64Array },
  sketch: number,
  columns: number,
  kept: number[],
): Float64Array {
  const weights = new Float64Array(columns * kept.length);
  for (let column = 0; column < columns; column++) {
    const at = sketch * columns + column;
    weights[column * kept.length + kept.indexOf(places[at]!)] = signs[at]!;
  }
  return weights;
}

/** sklearn/kernel_approximation.py, but for Nystroem. */
export const APPROXIMATION_TRANSLATORS: Record<string, Translator> = {
  RBFSampler: translateRbfSampler,
  SkewedChi2Sampler: translateSkewed,
  AdditiveChi2Sampler: translateAdditive,
  PolynomialCountSketch: translateSketch,
};
