import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { XgboostModel } from './read-model';

/** Products a row: each is a few operations of the graph, for they are added one after the other. */
const MAX_PRODUCTS = 2_000;

/**
 * Scores of gblinear (src/gbm/gblinear.cc `GBLinear::Pred`): bias and base score, then a product a column, in float32
 * and in order; missing values are left out.
 */
export function linearScores(model: XgboostModel, graph: GraphBuilder, x: ValueId, base: Float64Array): ValueId {
  const { features, groups } = model;
  const weights = Float64Array.from(model.weights ?? [], Math.fround);
  if (weights.length !== (features + 1) * groups || !weights.every(Number.isFinite)) {
    throw new AppError(
      'model_corrupt',
      `expected ${(features + 1) * groups} weights of gblinear, found ${weights.length}`,
    );
  }
  if (features * groups > MAX_PRODUCTS) {
    throw new AppError(
      'model_unsupported',
      `XGBoost's gblinear of more than ${MAX_PRODUCTS} weights cannot be served, found ${features * groups}; train scikit-learn's linear models instead`,
    );
  }
  const present = graph.where(graph.isnan(x), graph.scalar(0), x);
  let sum: ValueId | null = null;
  const start = Array.from(base, (value, group) => Math.fround(weights[features * groups + group]! + value));
  for (let feature = 0; feature < features; feature++) {
    const row = graph.row(weights.subarray(feature * groups, (feature + 1) * groups));
    const product = graph.unary('round32', graph.binary('mul', graph.select(present, [feature]), row));
    sum = graph.unary('round32', graph.binary('add', sum ?? graph.row(start), product));
  }
  return sum!;
}
