import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** A probe a standard deviation either side of the mean, and the mean itself. */
function hintSpread(frame: Frame, centre: ArrayLike<number>, spread: ArrayLike<number>): void {
  for (let column = 0; column < frame.width; column++) {
    const [c, s] = [centre[column] ?? 0, spread[column] ?? 1];
    frame.hint(column, [c, c - s, c + s, c + 3 * s]);
  }
}

/** `(X - mean_) / scale_` (sklearn/preprocessing/_data.py `StandardScaler.transform`); missing values pass through. */
function translateStandardScaler(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const width = frame.width;
  estimator.require('scale_');
  const mean = estimator.boolean('with_mean', true) && estimator.has('mean_') ? estimator.vector('mean_', width) : null;
  const scale =
    estimator.boolean('with_std', true) && estimator.has('scale_') ? estimator.vector('scale_', width) : null;
  hintSpread(frame, mean ?? new Float64Array(width), scale ?? new Float64Array(width).fill(1));
  let x: ValueId = frame.numbers('keep');
  if (mean) x = graph.binary('sub', x, graph.row(mean));
  if (scale) x = graph.binary('div', x, graph.row(scale));
  const toRaw = (value: number, column: number): number => value * (scale?.[column] ?? 1) + (mean?.[column] ?? 0);
  return { task: 'transform', frame: frame.derive(x, { missing: true, exact: false, toRaw }) };
}

/** `X * scale_ + min_`, clipped to the range of the fit if asked (`MinMaxScaler.transform`). */
function translateMinMaxScaler(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const scale = estimator.vector('scale_', frame.width);
  const min = estimator.vector('min_', frame.width);
  const toRaw = (value: number, column: number): number => (value - min[column]!) / scale[column]!;
  for (let column = 0; column < frame.width; column++)
    frame.hint(
      column,
      [0, 0.5, 1, -0.25, 1.25].map((value) => toRaw(value, column)),
    );
  let x = graph.binary('add', graph.binary('mul', frame.numbers('keep'), graph.row(scale)), graph.row(min));
  if (estimator.boolean('clip', false)) {
    const [low, high] = estimator.list('feature_range') as [number, number];
    x = graph.binary('min', graph.binary('max', x, graph.scalar(Number(low))), graph.scalar(Number(high)));
  }
  return { task: 'transform', frame: frame.derive(x, { missing: true, exact: false, toRaw }) };
}

/** `X / scale_`, missing values pass through. */
function translateMaxAbs(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const scale = estimator.vector('scale_', frame.width);
  const x = graph.binary('div', frame.numbers('keep'), graph.row(scale));
  return {
    task: 'transform',
    frame: frame.derive(x, { missing: true, exact: false, toRaw: (value, column) => value * scale[column]! }),
  };
}

/** `(X - center_) / scale_`, either may be missing. */
function translateRobust(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const centre = estimator.has('center_') ? estimator.vector('center_', frame.width) : null;
  const scale = estimator.has('scale_') ? estimator.vector('scale_', frame.width) : null;
  let x = frame.numbers('keep');
  if (centre) x = graph.binary('sub', x, graph.row(centre));
  if (scale) x = graph.binary('div', x, graph.row(scale));
  const toRaw = (value: number, column: number): number => value * (scale?.[column] ?? 1) + (centre?.[column] ?? 0);
  return { task: 'transform', frame: frame.derive(x, { missing: true, exact: false, toRaw }) };
}

/** Rows divided by their norm; rows of zeros stay (sklearn/preprocessing/_data.py `normalize`). */
function translateNormalizer(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const x = frame.numbers();
  const norm = estimator.text('norm');
  const node = graph.nodes[x];
  const whole =
    node?.op === 'bag' && !node.table && !node.kept && node.terms.norm === null && node.terms.above === null;
  if (whole && (norm === 'l1' || norm === 'l2')) {
    return { task: 'transform', frame: frame.of(graph.bag(node.x, { ...node.terms, norm })).stored(frame.sparse) };
  }
  const length: ValueId =
    norm === 'l2'
      ? graph.unary('sqrt', graph.reduce('sum', graph.binary('mul', x, x)))
      : graph.reduce(norm === 'l1' ? 'sum' : 'max', graph.unary('abs', x));
  const divisor = graph.where(graph.compare('eq', length, graph.scalar(0)), graph.scalar(1), length);
  const scaled = frame.of(graph.binary('div', x, divisor)).stored(frame.sparse);
  return { task: 'transform', frame: scaled.giving(frame.given) };
}

function translateBinarizer(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const threshold = estimator.number('threshold');
  for (let column = 0; column < frame.width; column++) frame.hint(column, [threshold, threshold + 1, threshold - 1]);
  return {
    task: 'transform',
    frame: frame
      .of(graph.cast(graph.compare('gt', frame.numbers(), graph.scalar(threshold)), 'f64'))
      .stored(frame.sparse),
  };
}

/** Scalers, and what else takes the numbers of a row one by one or as a whole (sklearn/preprocessing/_data.py). */
export const SCALER_TRANSLATORS: Record<string, Translator> = {
  StandardScaler: translateStandardScaler,
  MinMaxScaler: translateMinMaxScaler,
  MaxAbsScaler: translateMaxAbs,
  RobustScaler: translateRobust,
  Normalizer: translateNormalizer,
  Binarizer: translateBinarizer,
};
