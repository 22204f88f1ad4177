import { AppError } from '../../../common/errors';
import { quote } from '../boosters/quote';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import { isBefore } from './read-xgboost-model';
import type { XgboostModel } from './read-xgboost-model';

type Link = 'identity' | 'logistic' | 'exp' | 'softmax' | 'class' | 'step';

/** The transformation of each objective (`PredTransform` and `ProbToMargin` in src/objective of dmlc/xgboost). */
const LINKS: ReadonlyMap<string, { link: Link; base: 'identity' | 'logit' | 'log' }> = new Map([
  ['reg:squarederror', { link: 'identity', base: 'identity' }],
  ['reg:linear', { link: 'identity', base: 'identity' }],
  ['reg:squaredlogerror', { link: 'identity', base: 'identity' }],
  ['reg:pseudohubererror', { link: 'identity', base: 'identity' }],
  ['reg:absoluteerror', { link: 'identity', base: 'identity' }],
  ['reg:quantileerror', { link: 'identity', base: 'identity' }],
  ['reg:expectileerror', { link: 'identity', base: 'identity' }],
  ['reg:logistic', { link: 'logistic', base: 'logit' }],
  ['binary:logistic', { link: 'logistic', base: 'logit' }],
  ['binary:logitraw', { link: 'identity', base: 'identity' }],
  ['binary:hinge', { link: 'step', base: 'identity' }],
  ['reg:gamma', { link: 'exp', base: 'log' }],
  ['reg:tweedie', { link: 'exp', base: 'log' }],
  ['count:poisson', { link: 'exp', base: 'log' }],
  ['survival:cox', { link: 'exp', base: 'log' }],
  ['survival:aft', { link: 'exp', base: 'log' }],
  ['multi:softprob', { link: 'softmax', base: 'identity' }],
  ['multi:softmax', { link: 'class', base: 'identity' }],
  ['rank:pairwise', { link: 'identity', base: 'identity' }],
  ['rank:ndcg', { link: 'identity', base: 'identity' }],
  ['rank:map', { link: 'identity', base: 'identity' }],
]);

/** Where expf of float32 would overflow. */
const LARGEST_EXPONENT = Math.fround(88.7);
/** kRtEps: base scores of a logistic objective stay this far from 0 and 1. */
const BASE_MARGIN = Math.fround(1e-6);

/** How the scores of a model become what `predict` answers. @throws AppError model_unsupported */
export function linkOf(objective: string): Link {
  return entry(objective).link;
}

/** Base scores on the scale of the leaves. */
export function baseMargins(model: XgboostModel): Float64Array {
  const { objective, baseScore: scores, groups } = model;
  const base = baseOf(model);
  const margin = (score: number): number => {
    if (base === 'identity') return score;
    if (base === 'log') return Math.fround(Math.log(score));
    const bounded = Math.min(Math.max(score, BASE_MARGIN), Math.fround(1 - BASE_MARGIN));
    return -Math.fround(Math.log(Math.fround(Math.fround(1 / bounded) - 1)));
  };
  const margins = Float64Array.from({ length: groups }, (_, group) =>
    margin(scores.length === 1 ? scores[0]! : scores[group]!),
  );
  if (margins.every(Number.isFinite)) return margins;
  throw new AppError('model_corrupt', `expected a base_score that ${objective} can take, found ${scores.join(', ')}`);
}

function baseOf(model: XgboostModel): 'identity' | 'logit' | 'log' {
  const { base } = entry(model.objective);
  if (model.baseIsMargin) return 'identity';
  // LogisticRaw had no ProbToMargin of its own before 1.3.
  return model.objective === 'binary:logitraw' && isBefore(model, 1, 3) ? 'logit' : base;
}

function entry(objective: string): { link: Link; base: 'identity' | 'logit' | 'log' } {
  const found = LINKS.get(objective);
  if (found) return found;
  throw new AppError(
    'model_unsupported',
    `XGBoost's objective ${quote(objective)} cannot be served; those that can: ${[...LINKS.keys()].join(', ')}`,
  );
}

/** `1 / (1 + expf(-x))`, every step rounded to float32 (src/common/math.h `Sigmoid`). */
function sigmoid32(graph: GraphBuilder, x: ValueId): ValueId {
  const one = graph.scalar(1);
  const negative = graph.binary('min', graph.unary('neg', x), graph.scalar(LARGEST_EXPONENT));
  const sum = graph.unary('round32', graph.binary('add', exp32(graph, negative), one));
  return graph.unary('round32', graph.binary('div', one, sum));
}

function exp32(graph: GraphBuilder, x: ValueId): ValueId {
  return graph.unary('round32', graph.unary('exp', x));
}

/** src/common/math.h `Softmax`: float32, the sum in double precision. */
export function softmax32(graph: GraphBuilder, x: ValueId): ValueId {
  const powers = exp32(graph, graph.unary('round32', graph.binary('sub', x, graph.reduce('max', x))));
  const sum = graph.unary('round32', graph.reduce('sum', powers));
  return graph.unary('round32', graph.binary('div', powers, sum));
}

/** What `Booster.predict` answers for scores [N, groups]. */
export function predicted(graph: GraphBuilder, link: Link, margin: ValueId): ValueId {
  switch (link) {
    case 'identity':
      return margin;
    case 'logistic':
      return sigmoid32(graph, margin);
    case 'exp':
      return exp32(graph, margin);
    case 'softmax':
      return softmax32(graph, margin);
    case 'class':
      return graph.cast(graph.argmax(margin), 'f64');
    case 'step':
      return graph.cast(graph.compare('gt', margin, graph.scalar(0)), 'f64');
  }
}
