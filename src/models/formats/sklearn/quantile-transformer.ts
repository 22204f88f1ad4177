import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { interpolate } from './interpolation';
import { normalQuantile } from './normal-quantile';
import type { Translation, TranslationContext, Translator } from './translation';

/** `BOUNDS_THRESHOLD`: so near to the ends counts as beyond them, where the target is the normal distribution. */
export const BOUNDS = 1e-7;
/** scipy.stats.norm.ppf(1e-7 - 2^-52), the least answer; the greatest is its opposite but for the last digits. */
const LEAST = -5.199337582605575;
const GREATEST = 5.19933758270342;

/**
 * The share of the fit's rows below a value, or the normal quantile of that share: the mean of interpolating upward and
 * downward, which differ where quantiles repeat (sklearn/preprocessing/_data.py `QuantileTransformer._transform_col`).
 */
function translateQuantiles(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (!estimator.atLeast(0, 21)) {
    estimator.unsupported('of scikit-learn before 0.21, which keeps off its ends,', 'fit it again with 0.21 or newer');
  }
  const { data, rows, columns } = estimator.matrix('quantiles_');
  if (columns !== frame.width || rows === 0) estimator.wrong('quantiles_', `${frame.width} columns`, null);
  const references = estimator.vector('references_', rows);
  const distribution = estimator.text('output_distribution');
  if (distribution !== 'uniform' && distribution !== 'normal') {
    estimator.wrong('output_distribution', 'uniform or normal', distribution);
  }
  const x = frame.numbers('keep');
  const parts = Array.from({ length: columns }, (_, column) => {
    const quantiles = Float64Array.from({ length: rows }, (__, row) => data[row * columns + column]!);
    const step = Math.max(1, Math.floor(rows / 16));
    frame.hint(
      column,
      quantiles.filter((__, row) => row % step === 0 || row === rows - 1),
    );
    return quantileShare(graph.select(x, [column]), quantiles, references, distribution === 'normal', context);
  });
  let result = graph.concat(parts);
  if (distribution === 'normal') {
    const inside = graph.binary('min', graph.binary('max', result, graph.scalar(1e-9)), graph.scalar(1 - 1e-9));
    const normal = normalQuantile(inside, context);
    result = graph.binary('min', graph.binary('max', normal, graph.scalar(LEAST)), graph.scalar(GREATEST));
  }
  return { task: 'transform', frame: storedShares(frame, x, result, context) };
}

/** Of a sparse matrix what is stored changes alone: what is not stays 0. */
function storedShares(frame: Frame, x: ValueId, shares: ValueId, { graph }: TranslationContext): Frame {
  const derivation = { missing: true, exact: false, toRaw: () => NaN };
  if (!frame.sparse) return frame.derive(shares, derivation);
  const stored = graph.where(graph.isnan(x), graph.scalar(1), frame.storedOnly(x));
  const result = graph.where(graph.isnan(stored), graph.scalar(0), shares);
  const given = Array.from({ length: frame.width }, (_, column) => graph.select(stored, [column]));
  return frame.derive(result, derivation).giving(given);
}

function quantileShare(
  x: ValueId,
  quantiles: Float64Array,
  references: Float64Array,
  normal: boolean,
  context: TranslationContext,
): ValueId {
  const { graph } = context;
  const opposite = (values: Float64Array): Float64Array => values.map((value) => -value).reverse();
  const up = interpolate(x, quantiles, references, context);
  const down = interpolate(graph.unary('neg', x), opposite(quantiles), opposite(references), context);
  const mean = graph.binary('mul', graph.scalar(0.5), graph.binary('sub', up, down));
  const [least, greatest] = [graph.scalar(quantiles[0]!), graph.scalar(quantiles.at(-1)!)];
  const slack = graph.scalar(BOUNDS);
  const below = normal ? graph.compare('lt', graph.binary('sub', x, slack), least) : graph.compare('eq', x, least);
  const above = normal
    ? graph.compare('gt', graph.binary('add', x, slack), greatest)
    : graph.compare('eq', x, greatest);
  return graph.where(below, graph.scalar(0), graph.where(above, graph.scalar(1), mean));
}

/** sklearn/preprocessing/_data.py */
export const QUANTILE_TRANSLATORS: Record<string, Translator> = { QuantileTransformer: translateQuantiles };
