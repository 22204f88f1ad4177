import type { ValueId } from '../../graph/ir';
import { pipelineSteps } from './composition';
import { errorFunction } from './elementary-functions';
import type { Estimator } from './estimator';
import { interpolate } from './interpolation';
import { functionOf } from './numpy-functions';
import { BOUNDS } from './quantile-transformer';
import type { TranslationContext } from './translation';

const MAX_DEPTH = 8;
const EPSILON = 2 ** -52;

/**
 * `inverse_transform` of what a target was transformed by (sklearn/preprocessing/_data.py).
 * @throws AppError model_unsupported for a transformer without one here
 */
export function inverseTransform(transformer: Estimator, x: ValueId, context: TranslationContext, depth = 0): ValueId {
  const { graph } = context;
  const row = (attribute: string): ValueId => graph.row(transformer.vector(attribute, graph.width(x)));
  switch (transformer.name) {
    case 'FunctionTransformer':
      return functionOf(transformer, 'inverse_func', 'inv_kw_args').apply(x, context);
    case 'StandardScaler':
    case 'RobustScaler':
    case 'MaxAbsScaler': {
      const centre = transformer.name === 'StandardScaler' ? 'mean_' : 'center_';
      const scaled = transformer.has('scale_') ? graph.binary('mul', x, row('scale_')) : x;
      return transformer.has(centre) ? graph.binary('add', scaled, row(centre)) : scaled;
    }
    case 'MinMaxScaler':
      return graph.binary('div', graph.binary('sub', x, row('min_')), row('scale_'));
    case 'PowerTransformer':
      return inversePower(transformer, x, context);
    case 'QuantileTransformer':
      return inverseQuantiles(transformer, x, context);
    case 'Pipeline':
      if (depth > MAX_DEPTH) transformer.wrong('steps', `at most ${MAX_DEPTH} pipelines in one another`, null);
      return pipelineSteps(transformer).reduceRight(
        (value, step) => inverseTransform(step, value, context, depth + 1),
        x,
      );
    default:
      return transformer.unsupported(
        'of the target',
        'use a function of numpy, StandardScaler, RobustScaler, MinMaxScaler, MaxAbsScaler, PowerTransformer, QuantileTransformer, or a pipeline of them',
      );
  }
}

function eachColumn(
  x: ValueId,
  { graph }: TranslationContext,
  invert: (value: ValueId, column: number) => ValueId,
): ValueId {
  return graph.concat(Array.from({ length: graph.width(x) }, (_, column) => invert(graph.select(x, [column]), column)));
}

function inversePower(transformer: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const lambdas = transformer.vector('lambdas_', context.graph.width(x));
  const scaled = transformer.boolean('standardize', true)
    ? inverseTransform(transformer.child('_scaler'), x, context)
    : x;
  const boxCox = transformer.text('method') === 'box-cox';
  return eachColumn(scaled, context, (value, column) =>
    boxCox ? inverseBoxCox(value, lambdas[column]!, context) : inverseYeoJohnson(value, lambdas[column]!, context),
  );
}

/** `(lambda x + 1)^(1 / lambda)`, or its limit. */
function inverseBoxCox(x: ValueId, lambda: number, { graph }: TranslationContext): ValueId {
  if (Math.abs(lambda) < EPSILON) return graph.unary('exp', x);
  const base = graph.binary('add', graph.binary('mul', x, graph.scalar(lambda)), graph.scalar(1));
  return graph.binary('pow', base, graph.scalar(1 / lambda));
}

/** `_yeo_johnson_inverse_transform`: from 0 upward and below it by another power. */
function inverseYeoJohnson(x: ValueId, lambda: number, context: TranslationContext): ValueId {
  const { graph } = context;
  const one = graph.scalar(1);
  const zero = graph.scalar(0);
  // Both are computed for every row; the other's argument is held at 0 so that it stays finite.
  const above = inverseBoxCox(graph.binary('max', x, zero), lambda, context);
  const below = inverseBoxCox(graph.unary('neg', graph.binary('min', x, zero)), 2 - lambda, context);
  return graph.where(graph.compare('ge', x, zero), graph.binary('sub', above, one), graph.binary('sub', one, below));
}

/** `_transform_col(inverse=True)`: from the shares back to the quantiles. */
function inverseQuantiles(transformer: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const { data, rows, columns } = transformer.matrix('quantiles_');
  if (columns !== graph.width(x)) transformer.wrong('quantiles_', `${graph.width(x)} columns`, null);
  const references = transformer.vector('references_', rows);
  const normal = transformer.text('output_distribution') === 'normal';
  return eachColumn(x, context, (value, column) => {
    const quantiles = Float64Array.from({ length: rows }, (_, row) => data[row * columns + column]!);
    const share = normal ? normalShare(value, context) : value;
    const inner = interpolate(share, references, quantiles, context);
    if (!normal) return inner;
    const low = graph.compare('lt', graph.binary('sub', share, graph.scalar(BOUNDS)), graph.scalar(0));
    const high = graph.compare('gt', graph.binary('add', share, graph.scalar(BOUNDS)), graph.scalar(1));
    return graph.where(high, graph.scalar(quantiles.at(-1)!), graph.where(low, graph.scalar(quantiles[0]!), inner));
  });
}

/** The normal distribution function, right to 3e-16. */
function normalShare(x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const error = errorFunction(graph.binary('div', x, graph.scalar(Math.SQRT2)), context);
  return graph.binary('mul', graph.scalar(0.5), graph.binary('add', graph.scalar(1), error));
}
