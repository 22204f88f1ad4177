import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asNumbers } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { oneHotIndex } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

const EPSILON = 2 ** -52;

/** Columns by interval, as numbers or one-hot (sklearn/preprocessing/_discretization.py `KBinsDiscretizer.transform`). */
function translateBins(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const edges = estimator
    .list('bin_edges_')
    .map((list) => asNumbers(list)?.data ?? estimator.wrong('bin_edges_', 'lists of edges', list));
  if (edges.length !== frame.width || edges.some((list) => list.length < 2)) {
    throw new AppError(
      'model_corrupt',
      `expected edges for ${frame.width} columns in ${estimator.name}, found ${edges.length}`,
    );
  }
  edges.forEach((list, column) => frame.hint(column, list.slice(0, 24)));
  let x = frame.numbers();
  if (!estimator.atLeast(1, 1)) {
    // Up to 1.0 a value a little below an edge counts as on it: numpy.digitize(x + 1e-8 + 1e-5 * |x|).
    const slack = graph.binary(
      'add',
      graph.scalar(1e-8),
      graph.binary('mul', graph.scalar(1e-5), graph.unary('abs', x)),
    );
    x = graph.binary('add', x, slack);
  }
  const bins = graph.bin(
    x,
    edges.map((list) => list.slice(1, -1)),
    'right',
  );
  if (estimator.text('encode') === 'ordinal') return { task: 'transform', frame: frame.of(bins) };
  const blocks = edges.map((list, column) =>
    graph.cast(oneHotIndex(graph.cast(graph.select(bins, [column]), 'i64'), list.length - 1, context), 'f64'),
  );
  return { task: 'transform', frame: frame.of(...blocks).stored(estimator.text('encode') === 'onehot') };
}

/** Yeo-Johnson or Box-Cox, then standardised (`PowerTransformer.transform`). */
function translatePower(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const lambdas = estimator.vector('lambdas_', frame.width);
  const x = frame.numbers('keep');
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0, 1, -1, 0.1]);
  const boxCox = estimator.text('method') === 'box-cox';
  const columns = Array.from(lambdas, (lambda, column) => {
    const value = graph.select(x, [column]);
    return boxCox ? powerOf(value, lambda, context) : yeoJohnson(value, lambda, context);
  });
  const result = frame.derive(graph.concat(columns), { missing: true, exact: false, toRaw: () => NaN });
  if (!estimator.boolean('standardize', true)) return { task: 'transform', frame: result };
  return context.translate(estimator.child('_scaler'), result);
}

/** `(x ^ lambda - 1) / lambda`, or its limit. */
function powerOf(x: ValueId, lambda: number, { graph }: TranslationContext): ValueId {
  if (Math.abs(lambda) < EPSILON) return graph.unary('log', x);
  return graph.binary(
    'div',
    graph.binary('sub', graph.binary('pow', x, graph.scalar(lambda)), graph.scalar(1)),
    graph.scalar(lambda),
  );
}

function yeoJohnson(x: ValueId, lambda: number, context: TranslationContext): ValueId {
  const { graph } = context;
  const zero = graph.scalar(0);
  // Both branches are computed for every row; the other's argument is held at 1 so that it stays finite.
  const above = powerOf(graph.binary('add', graph.binary('max', x, zero), graph.scalar(1)), lambda, context);
  const below = powerOf(graph.binary('sub', graph.scalar(1), graph.binary('min', x, zero)), 2 - lambda, context);
  return graph.where(graph.compare('lt', x, zero), graph.unary('neg', below), above);
}

/** sklearn/preprocessing */
export const NONLINEAR_TRANSLATORS: Record<string, Translator> = {
  KBinsDiscretizer: translateBins,
  PowerTransformer: translatePower,
};
