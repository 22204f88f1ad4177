import { AppError } from '../../../common/errors';
import { quote } from '../boosters/quote';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { LightgbmModel } from './read-lightgbm-model';

const IDENTITY = [
  '',
  'custom',
  'regression',
  'regression_l1',
  'huber',
  'fair',
  'quantile',
  'mape',
  'lambdarank',
  'rank_xendcg',
];

/** What `Booster.predict` answers for scores [N, groups] (`ConvertOutput` in src/objective); LightGBM 2 wrote xentropy. */
export function predicted(graph: GraphBuilder, model: LightgbmModel, score: ValueId): ValueId {
  switch (model.objective) {
    case 'binary':
    case 'multiclassova':
      return graph.unary('sigmoid', graph.binary('mul', score, graph.scalar(sigmoidOption(model))));
    case 'cross_entropy':
    case 'xentropy':
      return graph.unary('sigmoid', score);
    case 'cross_entropy_lambda':
    case 'xentlambda':
      return graph.unary('log', graph.binary('add', graph.scalar(1), graph.unary('exp', score)));
    case 'multiclass':
      return graph.softmax(score);
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return graph.unary('exp', score);
  }
  if (!IDENTITY.includes(model.objective)) {
    throw new AppError(
      'model_unsupported',
      `LightGBM's objective ${quote(model.objective)} cannot be served; those that can: binary, cross_entropy, cross_entropy_lambda, multiclass, multiclassova, poisson, gamma, tweedie, ${IDENTITY.slice(2).join(', ')}`,
    );
  }
  // reg_sqrt: trained on square roots.
  return model.options.has('sqrt') ? graph.binary('mul', graph.unary('abs', score), score) : score;
}

function sigmoidOption({ options }: LightgbmModel): number {
  const value = Number(options.get('sigmoid') ?? 1);
  if (Number.isFinite(value) && value > 0) return value;
  throw new AppError(
    'model_corrupt',
    `expected sigmoid of the LightGBM model above 0, found ${quote(options.get('sigmoid'))}`,
  );
}
