import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { TranslationContext } from '../sklearn/translation';
import type { XgboostModel } from './read-xgboost-model';

/** Columns that are added one after the other, each of which is a few operations of the graph. */
const MAX_IN_ORDER = 2_000;

/**
 * Scores of gblinear (src/gbm/gblinear.cc `GBLinear::Pred`): bias and base score, then a product a column, in float32
 * and in order; missing values are left out. Of very many columns the sum is made in double precision instead, which is
 * nearer to the true sum than XGBoost's own; the upload's answer says so.
 * @throws AppError model_corrupt
 */
export function linearScores(
  model: XgboostModel,
  context: TranslationContext,
  x: ValueId,
  base: Float64Array,
): ValueId {
  const { features, groups } = model;
  const { graph } = context;
  const weights = Float64Array.from(model.weights ?? [], Math.fround);
  if (weights.length !== (features + 1) * groups || !weights.every(Number.isFinite)) {
    throw new AppError(
      'model_corrupt',
      `expected ${(features + 1) * groups} weights of gblinear, found ${weights.length}`,
    );
  }
  const present = graph.where(graph.isnan(x), graph.scalar(0), x);
  const start = Array.from(base, (value, group) => Math.fround(weights[features * groups + group]! + value));
  if (features <= MAX_IN_ORDER) return sumInOrder(graph, present, weights, start);
  context.warn(
    `gblinear of more than ${MAX_IN_ORDER} columns is summed in double precision; XGBoost sums in float32, so that its own last digits may be others`,
  );
  const product = graph.matmul(present, weights.slice(0, features * groups), groups);
  return graph.unary('round32', graph.binary('add', product, graph.row(start)));
}

function sumInOrder(graph: GraphBuilder, x: ValueId, weights: Float64Array, start: number[]): ValueId {
  const groups = start.length;
  let sum: ValueId | null = null;
  for (let feature = 0; feature < graph.width(x); feature++) {
    const row = graph.row(weights.subarray(feature * groups, (feature + 1) * groups));
    const product = graph.unary('round32', graph.binary('mul', graph.select(x, [feature]), row));
    sum = graph.unary('round32', graph.binary('add', sum ?? graph.row(start), product));
  }
  return sum!;
}
