import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Linear between the thresholds of a fitted IsotonicRegression; beyond them constant (`clip`) or NaN (sklearn/isotonic.py,
 * which uses scipy's interp1d).
 * @throws AppError model_unsupported for out_of_bounds='raise'
 */
export function isotonic(estimator: Estimator, x: ValueId, { graph }: TranslationContext): ValueId {
  const xs = estimator.numbers(estimator.has('X_thresholds_') ? 'X_thresholds_' : '_necessary_X_').data;
  const ys = estimator.vector(estimator.has('y_thresholds_') ? 'y_thresholds_' : '_necessary_y_', xs.length);
  if (xs.length === 0 || xs.some((value, index) => index > 0 && value <= xs[index - 1]!))
    estimator.wrong('X_thresholds_', 'increasing', null);
  const beyond = estimator.text('out_of_bounds');
  if (beyond !== 'clip' && beyond !== 'nan') {
    estimator.unsupported(`with out_of_bounds='${beyond}'`, "use out_of_bounds='clip' or 'nan'");
  }
  if (xs.length === 1) return graph.where(graph.isnan(x), x, graph.scalar(ys[0]!));
  const [least, most] = [graph.scalar(xs[0]!), graph.scalar(xs.at(-1)!)];
  const clipped = graph.binary('min', graph.binary('max', x, least), most);
  // scipy's interp1d: the segment whose upper end is the first threshold not below x.
  const segment = graph.bin(clipped, [xs.slice(1, -1)], 'left');
  const keys = Float64Array.from({ length: xs.length - 1 }, (_, index) => index);
  const table = (value: (index: number) => number): ValueId => graph.lookup(segment, keys, keys.map(value), NaN);
  const slope = table((index) => (ys[index + 1]! - ys[index]!) / (xs[index + 1]! - xs[index]!));
  const offset = graph.binary(
    'sub',
    clipped,
    table((index) => xs[index]!),
  );
  const value = graph.binary(
    'add',
    graph.binary('mul', slope, offset),
    table((index) => ys[index]!),
  );
  if (beyond === 'clip') return value;
  return graph.where(graph.compare('eq', x, clipped), value, graph.scalar(NaN));
}

function translateIsotonic(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  if (frame.width !== 1) estimator.wrong('X_thresholds_', 'of one column', null);
  const xs = estimator.numbers(estimator.has('X_thresholds_') ? 'X_thresholds_' : '_necessary_X_').data;
  frame.hint(0, xs.subarray(0, 32));
  const value = isotonic(estimator, frame.numbers(), context);
  return { task: 'regression', value, frame: frame.of(value) };
}

/** sklearn/isotonic.py */
export const ISOTONIC_TRANSLATORS: Record<string, Translator> = { IsotonicRegression: translateIsotonic };
