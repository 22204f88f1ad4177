import type { ValueId } from '../../graph/ir';
import type { TranslationContext } from './translation';

/**
 * numpy.interp of one column: linear between the points, constant beyond them. Of points that share an x, the last one
 * counts. NaN stays NaN.
 * @param xs in rising order
 */
export function interpolate(x: ValueId, xs: Float64Array, ys: Float64Array, context: TranslationContext): ValueId {
  const { graph } = context;
  const last = xs.length - 1;
  context.spendValues(4 * xs.length);
  // Interval i lies between points i - 1 and i; the outer two are constant.
  const interval = graph.bin(x, [xs], 'right');
  const keys = Float64Array.from({ length: xs.length + 1 }, (_, i) => i);
  const inner = (i: number): boolean => i > 0 && i <= last;
  const slope = keys.map((i) => (inner(i) ? (ys[i]! - ys[i - 1]!) / (xs[i]! - xs[i - 1]!) : 0));
  const table = (values: Float64Array): ValueId => graph.lookup(interval, keys, values, NaN);
  // Two points at one place have no interval between them that a value could fall into.
  const offset = graph.binary('sub', x, table(keys.map((i) => xs[Math.max(0, i - 1)]!)));
  const rise = graph.binary('mul', table(slope.map((value) => (Number.isFinite(value) ? value : 0))), offset);
  return graph.binary('add', rise, table(keys.map((i) => ys[Math.max(0, i - 1)]!)));
}
