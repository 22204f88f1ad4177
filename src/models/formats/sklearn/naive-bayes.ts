import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asNumbers } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import { likelihoodShares, oneHotIndex } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/** The greatest joint log likelihood wins; probabilities are its shares (sklearn/naive_bayes.py `_BaseNB`). */
function target(estimator: Estimator, likelihood: ValueId, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  if (graph.width(likelihood) !== classes.length) {
    throw new AppError(
      'model_corrupt',
      `expected likelihoods of ${classes.length} classes in ${estimator.name}, found ${graph.width(likelihood)}`,
    );
  }
  return {
    task: 'classification',
    targets: [{ classes, index: graph.argmax(likelihood), probabilities: likelihoodShares(likelihood, context) }],
  };
}

/** What was added to each variance, so that that of a constant column is not zero. */
function smoothing(estimator: Estimator): number {
  return estimator.has('epsilon_') ? estimator.number('epsilon_') : 0;
}

/** Wider rows are summed by one node: of so many terms none stands out. */
const MAX_ORDERED = 1024;

/**
 * The sum of each row in the order of numpy's pairwise summation (numpy/_core/src/umath/loops_utils.h.src). A column with
 * hardly more variance than the smoothing makes terms of 1e9 that cancel between classes: how they are added then shows
 * in the seventh digit of a probability, and the two back ends add the terms of one reduction in orders of their own.
 */
function sumInOrder(x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const width = graph.width(x);
  const part = (from: number, to: number): ValueId =>
    graph.select(
      x,
      Array.from({ length: to - from }, (_, i) => from + i),
    );
  const add = (left: ValueId, right: ValueId): ValueId => graph.binary('add', left, right);
  if (width > 128) {
    const half = Math.floor(width / 16) * 8;
    return add(sumInOrder(part(0, half), context), sumInOrder(part(half, width), context));
  }
  const whole = width - (width % 8);
  let sum = part(0, whole === 0 ? 1 : 8);
  for (let from = 8; from < whole; from += 8) sum = add(sum, part(from, from + 8));
  for (let count = graph.width(sum); count > 1; count /= 2) {
    const even = Array.from({ length: count / 2 }, (_, i) => 2 * i);
    sum = add(
      graph.select(sum, even),
      graph.select(
        sum,
        even.map((i) => i + 1),
      ),
    );
  }
  for (let column = Math.max(whole, 1); column < width; column++) sum = add(sum, part(column, column + 1));
  return sum;
}

/** `-0.5 * sum(log(2 pi var)) - 0.5 * sum((x - theta)^2 / var) + log prior`; `var_` was `sigma_` before 1.0. */
function translateGaussian(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { data: means, rows } = estimator.matrix('theta_');
  const variances = estimator.vector(estimator.has('var_') ? 'var_' : 'sigma_', rows * frame.width);
  const priors = estimator.vector('class_prior_', rows);
  if (means.length !== rows * frame.width)
    throw new AppError('model_corrupt', `expected means of ${frame.width} columns in ${estimator.name}`);
  const x = frame.numbers();
  const steep = frame.width <= MAX_ORDERED && variances.some((variance) => variance <= 10 * smoothing(estimator));
  const likelihoods = Array.from(priors, (prior, row) => {
    const own = [row * frame.width, (row + 1) * frame.width] as const;
    const variance = variances.slice(...own);
    const offset = Math.log(prior) - 0.5 * variance.reduce((sum, value) => sum + Math.log(2 * Math.PI * value), 0);
    const difference = graph.binary('sub', x, graph.row(means.slice(...own)));
    const terms = graph.binary('div', graph.binary('mul', difference, difference), graph.row(variance));
    const distance = steep ? sumInOrder(terms, context) : graph.reduce('sum', terms);
    return graph.binary('sub', graph.scalar(offset), graph.binary('mul', distance, graph.scalar(0.5)));
  });
  for (let column = 0; column < frame.width; column++) {
    frame.hint(
      column,
      Array.from({ length: rows }, (_, row) => means[row * frame.width + column]!),
    );
  }
  return target(estimator, graph.concat(likelihoods), context);
}

/** `X @ log_prob.T + offset` over classes. */
function linearLikelihood(
  estimator: Estimator,
  x: ValueId,
  logs: Float64Array,
  offsets: ArrayLike<number>,
  context: TranslationContext,
): ValueId {
  const rows = offsets.length;
  const weights = transpose(logs, rows, logs.length / rows);
  return context.graph.binary('add', context.graph.matmul(x, weights, rows), context.graph.row(offsets));
}

function translateMultinomial(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { data, rows } = estimator.matrix('feature_log_prob_');
  return target(
    estimator,
    linearLikelihood(estimator, frame.numbers(), data, estimator.vector('class_log_prior_', rows), context),
    context,
  );
}

/** As multinomial, with the prior only when there is a single class (`ComplementNB._joint_log_likelihood`). */
function translateComplement(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { data, rows } = estimator.matrix('feature_log_prob_');
  const offsets = rows === 1 ? estimator.vector('class_log_prior_', 1) : new Float64Array(rows);
  return target(estimator, linearLikelihood(estimator, frame.numbers(), data, offsets, context), context);
}

/** Present columns count with log p, absent ones with log(1 - p); columns are binarised first (`BernoulliNB`). */
function translateBernoulli(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { data, rows, columns } = estimator.matrix('feature_log_prob_');
  const priors = estimator.vector('class_log_prior_', rows);
  const absent = data.map((log) => Math.log(1 - Math.exp(log)));
  const offsets = priors.map(
    (prior, row) => prior + absent.subarray(row * columns, (row + 1) * columns).reduce((sum, log) => sum + log, 0),
  );
  let x = frame.numbers();
  if (estimator.has('binarize')) {
    const threshold = estimator.number('binarize');
    for (let column = 0; column < frame.width; column++) frame.hint(column, [threshold, threshold + 1, threshold - 1]);
    x = present(x, threshold, context);
  }
  return target(
    estimator,
    linearLikelihood(
      estimator,
      x,
      data.map((log, i) => log - absent[i]!),
      offsets,
      context,
    ),
    context,
  );
}

/** 1 where x is above the threshold, else 0. */
function present(x: ValueId, threshold: number, { graph }: TranslationContext): ValueId {
  const node = graph.nodes[x];
  if (node?.op === 'bag' && !node.table && node.terms.above === null && threshold >= 0) {
    const whole = graph.bag(node.x, { ...node.terms, above: threshold });
    return node.kept ? graph.select(whole, node.kept) : whole;
  }
  return graph.cast(graph.compare('gt', x, graph.scalar(threshold)), 'f64');
}

/** One table of log probabilities a column, looked up by the category's number (`CategoricalNB`). */
function translateCategorical(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const priors = estimator.numbers('class_log_prior_').data;
  const tables = estimator
    .list('feature_log_prob_')
    .map((table) => asNumbers(table) ?? estimator.wrong('feature_log_prob_', 'tables', table));
  if (tables.length !== frame.width)
    throw new AppError('model_corrupt', `expected ${frame.width} tables in ${estimator.name}, found ${tables.length}`);
  const terms = tables.map(({ data, shape }, column): ValueId => {
    const count = shape[1] ?? 0;
    if (shape[0] !== priors.length || count === 0)
      estimator.wrong('feature_log_prob_', `tables of ${priors.length} classes`, null);
    const part = frame.select([column]);
    part.categories(
      0,
      Array.from({ length: count }, (_, i) => i),
      true,
    );
    part.hint(
      0,
      Array.from({ length: Math.min(count, 24) }, (_, i) => i),
    );
    const hit = graph.cast(oneHotIndex(graph.cast(part.numbers(), 'i64'), count, context), 'f64');
    return linearLikelihood(estimator, hit, data, new Float64Array(priors.length), context);
  });
  const sum = terms.reduce((total, term) => graph.binary('add', total, term));
  return target(estimator, graph.binary('add', sum, graph.row(priors)), context);
}

/** sklearn/naive_bayes.py */
export const NAIVE_BAYES_TRANSLATORS: Record<string, Translator> = {
  GaussianNB: translateGaussian,
  MultinomialNB: translateMultinomial,
  ComplementNB: translateComplement,
  BernoulliNB: translateBernoulli,
  CategoricalNB: translateCategorical,
};
