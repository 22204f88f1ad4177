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

/** Scalers (sklearn/preprocessing/_data.py). */
export const SCALER_TRANSLATORS: Record<string, Translator> = {
  StandardScaler: translateStandardScaler,
  MinMaxScaler: translateMinMaxScaler,
};
