import type { ValueId } from '../../graph/ir';
import { digamma } from './digamma';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { hintPoints, pointsOf } from './points';
import { likelihoodShares } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/** The parameters of a mixture of Gaussian distributions. */
interface Mixture {
  means: Float64Array;
  components: number;
  features: number;
  /** `precisions_cholesky_`, of the shape that the type says. */
  cholesky: Float64Array;
  type: string;
}

/**
 * The component that a row most likely comes from, and how likely each is: the shares of
 * log weight - (F log 2 pi + |(x - mean) P|^2) / 2 + log det P (sklearn/mixture/_gaussian_mixture.py).
 */
function translateGaussianMixture(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const mixture = readMixture(estimator, frame, context);
  const weights = estimator.vector('weights_', mixture.components);
  return clusters(estimator, frame, mixture, weights.map(Math.log), context);
}

/** The same with the expected logarithms of the posterior (sklearn/mixture/_bayesian_mixture.py). */
function translateBayesianMixture(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const mixture = readMixture(estimator, frame, context);
  const { components, features } = mixture;
  const freedom = estimator.vector('degrees_of_freedom_', components);
  const precision = estimator.vector('mean_precision_', components);
  const weights = expectedLogWeights(estimator, components).map((weight, k) => {
    const lambda = Array.from({ length: features }, (_, j) => digamma(0.5 * (freedom[k]! - j)));
    const total = features * Math.LN2 + lambda.reduce((sum, value) => sum + value, 0);
    return weight - 0.5 * features * Math.log(freedom[k]!) + 0.5 * (total - features / precision[k]!);
  });
  return clusters(estimator, frame, mixture, weights, context);
}

function expectedLogWeights(estimator: Estimator, components: number): Float64Array {
  if (estimator.text('weight_concentration_prior_type') !== 'dirichlet_process') {
    const concentration = estimator.vector('weight_concentration_', components);
    const all = digamma(concentration.reduce((sum, value) => sum + value, 0));
    return concentration.map((value) => digamma(value) - all);
  }
  const pairs = estimator.list('weight_concentration_');
  if (pairs.length !== 2) estimator.wrong('weight_concentration_', 'a pair', null);
  const both = estimator.numbers('weight_concentration_').data;
  const [a, b] = [both.subarray(0, components), both.subarray(components)];
  let rest = 0;
  return Float64Array.from({ length: components }, (_, k) => {
    const sum = digamma(a[k]! + b[k]!);
    const weight = digamma(a[k]!) - sum + rest;
    rest += digamma(b[k]!) - sum;
    return weight;
  });
}

function readMixture(estimator: Estimator, frame: Frame, context: TranslationContext): Mixture {
  const means = pointsOf(estimator, 'means_', frame.width, context);
  hintPoints(frame, means);
  const { rows: components, columns: features } = means;
  const type = estimator.text('covariance_type') ?? '?';
  const size = { full: components * features * features, tied: features * features, diag: components * features };
  const expected = size[type as 'full'] ?? components;
  const cholesky = estimator.numbers('precisions_cholesky_').data;
  if (cholesky.length !== expected) estimator.wrong('precisions_cholesky_', `${expected} numbers`, null);
  context.spendValues(components * features * features);
  return { means: means.data, components, features, cholesky, type };
}

/** Element [row, column] of the triangular matrix of component k. */
function choleskyAt({ cholesky, features, type }: Mixture, k: number, row: number, column: number): number {
  if (type === 'full') return cholesky[(k * features + row) * features + column]!;
  if (type === 'tied') return cholesky[row * features + column]!;
  if (row !== column) return 0;
  return type === 'diag' ? cholesky[k * features + row]! : cholesky[k]!;
}

function clusters(
  estimator: Estimator,
  frame: Frame,
  mixture: Mixture,
  logWeights: Float64Array,
  context: TranslationContext,
): Translation {
  const { graph } = context;
  const { components } = mixture;
  if (!['full', 'tied', 'diag', 'spherical'].includes(mixture.type)) {
    estimator.wrong('covariance_type', 'full, tied, diag or spherical', mixture.type);
  }
  const x = frame.numbers();
  const scores = Array.from({ length: components }, (_, k) => componentScore(mixture, k, logWeights[k]!, x, context));
  const likelihood = graph.concat(scores);
  return {
    task: 'clustering',
    targets: [
      {
        classes: Array.from({ length: components }, (_, k) => k),
        index: graph.argmax(likelihood),
        probabilities: likelihoodShares(likelihood, context),
      },
    ],
  };
}

function componentScore(
  mixture: Mixture,
  k: number,
  logWeight: number,
  x: ValueId,
  { graph }: TranslationContext,
): ValueId {
  const { features, means, type } = mixture;
  const mean = means.subarray(k * features, (k + 1) * features);
  const difference = graph.binary('sub', x, graph.row(mean));
  const at = (row: number, column: number): number => choleskyAt(mixture, k, row, column);
  const scaled =
    type === 'full' || type === 'tied'
      ? graph.matmul(
          difference,
          Float64Array.from({ length: features * features }, (_, i) => at(Math.floor(i / features), i % features)),
          features,
        )
      : graph.binary('mul', difference, graph.row(Array.from({ length: features }, (_, j) => at(j, j))));
  const distance = graph.reduce('sum', graph.binary('mul', scaled, scaled));
  const logDeterminant = Array.from({ length: features }, (_, j) => Math.log(at(j, j))).reduce((a, b) => a + b, 0);
  const constant = logWeight + logDeterminant - 0.5 * features * Math.log(2 * Math.PI);
  return graph.binary('add', graph.binary('mul', distance, graph.scalar(-0.5)), graph.scalar(constant));
}

/** sklearn/mixture */
export const MIXTURE_TRANSLATORS: Record<string, Translator> = {
  GaussianMixture: translateGaussianMixture,
  BayesianGaussianMixture: translateBayesianMixture,
};
