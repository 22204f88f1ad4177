import type { ValueId } from '../../graph/ir';
import { PyGlobal } from '../pickle/records';
import { describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { multiply, solvePositive, transpose } from './linear-algebra';
import { anyMatrix } from './sparse-matrices';
import type { Translation, TranslationContext, Translator } from './translation';

/** `components_` as weights [columns, components], dense or sparse. */
function componentsOf(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
): { weights: Float64Array; components: Float64Array; count: number } {
  const { data, rows, columns } = anyMatrix(estimator, 'components_', context);
  if (columns !== frame.width) estimator.wrong('components_', `rows of ${frame.width} columns`, null);
  return { weights: transpose(data, rows, columns), components: data, count: rows };
}

function centred(estimator: Estimator, frame: Frame, { graph }: TranslationContext): ValueId {
  const mean = estimator.vector('mean_', frame.width);
  mean.forEach((value, column) => frame.hint(column, [value, value + 1, value - 1]));
  return graph.binary('sub', frame.numbers(), graph.row(mean));
}

/** `X @ components_.T` (sklearn/random_projection.py, sklearn/neighbors/_nca.py). */
function translateProjection(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { weights, count } = componentsOf(estimator, frame, context);
  return { task: 'transform', frame: frame.of(context.graph.matmul(frame.numbers(), weights, count)) };
}

/** The sigmoid of a linear map: probabilities of the hidden units (sklearn/neural_network/_rbm.py `_mean_hiddens`). */
function translateBoltzmann(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { weights, count } = componentsOf(estimator, frame, context);
  const intercept = graph.row(estimator.vector('intercept_hidden_', count));
  const sum = graph.binary('add', graph.matmul(frame.numbers(), weights, count), intercept);
  return { task: 'transform', frame: frame.of(graph.unary('sigmoid', sum)) };
}

/** The expected latent variables: `(X - mean_) @ Wpsi.T @ inv(I + Wpsi @ W.T)` (sklearn/decomposition/_factor_analysis.py). */
function translateFactors(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { weights, components, count } = componentsOf(estimator, frame, context);
  const noise = estimator.vector('noise_variance_', frame.width);
  const scaled = components.map((value, i) => value / noise[i % frame.width]!);
  const precision = multiply(scaled, weights, count, frame.width, count);
  return ridgeProjection(estimator, { scaled, gram: precision, ridge: 1, count }, frame, context);
}

/**
 * Least squares with a ridge onto the sparse components: `(X - mean_) @ C.T @ inv(C @ C.T + ridge_alpha I)`
 * (sklearn/decomposition/_sparse_pca.py).
 */
function translateSparsePca(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { weights, components, count } = componentsOf(estimator, frame, context);
  const gram = multiply(components, weights, count, frame.width, count);
  const ridge = estimator.number('ridge_alpha');
  return ridgeProjection(estimator, { scaled: components, gram, ridge, count }, frame, context);
}

function ridgeProjection(
  estimator: Estimator,
  { scaled, gram, ridge, count }: { scaled: Float64Array; gram: Float64Array; ridge: number; count: number },
  frame: Frame,
  context: TranslationContext,
): Translation {
  const matrix = gram.map((value, i) => value + (i % (count + 1) === 0 ? ridge : 0));
  const solved = solvePositive(matrix, scaled, count);
  if (!solved) return estimator.unsupported('whose components depend on each other', 'use fewer components');
  const product = context.graph.matmul(
    centred(estimator, frame, context),
    transpose(solved, count, frame.width),
    count,
  );
  return { task: 'transform', frame: frame.of(product) };
}

/** Columns of each cluster pooled by a function of numpy (sklearn/cluster/_feature_agglomeration.py). */
function translateAgglomeration(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const labels = estimator.vector('labels_', frame.width);
  const pooling = estimator.get('pooling_func');
  const name = pooling instanceof PyGlobal && pooling.module.startsWith('numpy') ? pooling.name : null;
  const fn = (['mean', 'max', 'min', 'sum'] as const).find((known) => known === name || `a${known}` === name);
  if (!fn)
    return estimator.unsupported(`with the pooling_func ${describe(pooling)}`, "use numpy's mean, max, min or sum");
  const clusters = [...new Set(labels)].sort((a, b) => a - b);
  const parts = clusters.map((cluster) =>
    graph.reduce(fn, frame.select([...labels.keys()].filter((column) => labels[column] === cluster)).numbers()),
  );
  return { task: 'transform', frame: frame.of(...parts) };
}

/** The magnitude of each product above a threshold (sklearn/decomposition/_dict_learning.py `sparse_encode`). */
function translateDictionary(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const algorithm = estimator.text('transform_algorithm');
  if (algorithm !== 'threshold') {
    estimator.unsupported(
      `with transform_algorithm='${algorithm}', which solves an optimisation for each row,`,
      "call set_params(transform_algorithm='threshold') before saving it, or use TruncatedSVD or PCA",
    );
  }
  // A SparseCoder is given its dictionary; its components_ are a property.
  const { data, rows, columns } = estimator.matrix(estimator.has('components_') ? 'components_' : 'dictionary');
  if (columns !== frame.width) estimator.wrong('components_', `rows of ${frame.width} columns`, null);
  const alpha = graph.scalar(thresholdOf(estimator));
  const product = graph.matmul(frame.numbers(), transpose(data, rows, columns), rows);
  const beyond = graph.binary('max', graph.binary('sub', graph.unary('abs', product), alpha), graph.scalar(0));
  const signed = graph.binary('mul', graph.unary('sign', product), beyond);
  const zero = graph.scalar(0);
  const code = estimator.boolean('positive_code', false) ? graph.binary('max', signed, zero) : signed;
  if (!estimator.boolean('split_sign', false)) return { task: 'transform', frame: frame.of(code) };
  const negative = graph.unary('neg', graph.binary('min', code, zero));
  return { task: 'transform', frame: frame.of(graph.binary('max', code, zero), negative) };
}

/** `transform_alpha`; without it the `alpha` of the fit (since 1.2), else 1 (`sparse_encode`). */
function thresholdOf(estimator: Estimator): number {
  if (estimator.has('transform_alpha')) return estimator.number('transform_alpha');
  return estimator.atLeast(1, 2) && estimator.has('alpha') ? estimator.number('alpha') : 1;
}

/** Linear maps with a matrix that is in the file or follows from it. */
export const PROJECTION_TRANSLATORS: Record<string, Translator> = {
  GaussianRandomProjection: translateProjection,
  SparseRandomProjection: translateProjection,
  NeighborhoodComponentsAnalysis: translateProjection,
  BernoulliRBM: translateBoltzmann,
  FactorAnalysis: translateFactors,
  SparsePCA: translateSparsePca,
  MiniBatchSparsePCA: translateSparsePca,
  FeatureAgglomeration: translateAgglomeration,
  DictionaryLearning: translateDictionary,
  MiniBatchDictionaryLearning: translateDictionary,
  SparseCoder: translateDictionary,
};
