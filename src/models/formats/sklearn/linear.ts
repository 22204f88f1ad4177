import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import { PyObject } from '../pickle/records';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import { labelTarget } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/**
 * `X @ coef_.T + intercept_` (sklearn/linear_model/_base.py), [N, rows of coef_].
 * @throws AppError model_corrupt when coefficients and columns do not fit
 */
export function linearPredictor(estimator: Estimator, frame: Frame, context: TranslationContext): ValueId {
  if (estimator.get('coef_') instanceof PyObject) {
    estimator.unsupported('after sparsify()', 'call its densify() before saving it');
  }
  const { data, rows, columns } = estimator.matrix('coef_');
  if (columns !== frame.width) {
    throw new AppError(
      'model_corrupt',
      `expected ${frame.width} coefficients a row in ${estimator.name}, found ${columns}`,
    );
  }
  const product = context.graph.matmul(frame.numbers(), transpose(data, rows, columns), rows);
  const intercept = estimator.numbers('intercept_').data;
  if (intercept.length !== rows && intercept.length !== 1) {
    throw new AppError('model_corrupt', `expected ${rows} intercepts in ${estimator.name}, found ${intercept.length}`);
  }
  return context.graph.binary('add', product, context.graph.row(intercept));
}

/** The second class when the decision is above zero, or the class of the greatest decision (`LinearClassifierMixin`). */
export function decide(decision: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  return graph.width(decision) === 1
    ? graph.cast(graph.compare('gt', decision, graph.scalar(0)), 'i64')
    : graph.argmax(decision);
}

/** [1 - p, p]. */
export function twoColumns(positive: ValueId, context: TranslationContext): ValueId {
  return context.graph.concat([context.graph.binary('sub', context.graph.scalar(1), positive), positive]);
}

/** Each row divided by its sum; rows that add up to zero become uniform if `uniform`, else NaN. */
export function normaliseRows(x: ValueId, uniform: boolean, { graph }: TranslationContext): ValueId {
  const sum = graph.reduce('sum', x);
  if (!uniform) return graph.binary('div', x, sum);
  const zero = graph.compare('eq', sum, graph.scalar(0));
  const width = graph.width(x);
  const share = graph.binary('div', x, graph.where(zero, graph.scalar(1), sum));
  return graph.where(zero, graph.row(new Float64Array(width).fill(1 / width)), share);
}

/** Checks that there is a decision for each class (one when there are two) and reads the classes. */
export function linearTarget(estimator: Estimator, decision: ValueId, context: TranslationContext): ClassTarget {
  const classes = readClasses(estimator);
  const width = context.graph.width(decision);
  if (width !== (classes.length === 2 ? 1 : classes.length)) {
    throw new AppError(
      'model_corrupt',
      `expected decisions for ${classes.length} classes in ${estimator.name}, found ${width}`,
    );
  }
  return { classes, decision, index: decide(decision, context) };
}

/** `classes_`, which a RidgeClassifier keeps in its label binarizer. */
function readClasses(estimator: Estimator): ClassLabel[] {
  if (estimator.has('classes_') || !estimator.has('_label_binarizer')) return estimator.classes();
  return estimator.child('_label_binarizer').classes();
}

/** One-vs-rest probabilities: `LinearClassifierMixin._predict_proba_lr`. */
function oneVsRest(estimator: Estimator, decision: ValueId, context: TranslationContext): ValueId {
  const positive = context.graph.unary('sigmoid', decision);
  if (context.graph.width(decision) === 1) return twoColumns(positive, context);
  return normaliseRows(positive, estimator.atLeast(1, 9), context);
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return { task: 'regression', value: linearPredictor(estimator, frame, context) };
}

function translateLogistic(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const decision = linearPredictor(estimator, frame, context);
  const target = linearTarget(estimator, decision, context);
  let probabilities: ValueId;
  if (isOneVsRest(estimator, target.classes.length)) probabilities = oneVsRest(estimator, decision, context);
  else if (graph.width(decision) > 1) probabilities = graph.softmax(decision);
  else probabilities = graph.softmax(graph.concat([graph.unary('neg', decision), decision]));
  return { task: 'classification', targets: [{ ...target, probabilities }] };
}

/**
 * `LogisticRegression.predict_proba` (sklearn/linear_model/_logistic.py): the parameter `multi_class` is gone since 1.8
 * (deprecated since 1.5); without it two classes are one-vs-rest and more are multinomial.
 */
function isOneVsRest(estimator: Estimator, classCount: number): boolean {
  const multiClass = estimator.text('multi_class') ?? 'deprecated';
  if (multiClass === 'ovr' || multiClass === 'warn') return true;
  // Up to 0.19 two classes have the probabilities of one against the rest in any case.
  if (multiClass === 'multinomial') return classCount <= 2 && !estimator.atLeast(0, 20);
  if (classCount <= 2) return true;
  const solver = estimator.text('solver');
  const newtonCholesky = solver === 'newton-cholesky' && estimator.atLeast(1, 2) && !estimator.atLeast(1, 6);
  return estimator.get('multi_class') !== undefined && (solver === 'liblinear' || newtonCholesky);
}

function translateStochastic(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const decision = linearPredictor(estimator, frame, context);
  const target = linearTarget(estimator, decision, context);
  const loss = estimator.text('loss');
  if (loss === 'log' || loss === 'log_loss') target.probabilities = oneVsRest(estimator, decision, context);
  if (loss === 'modified_huber') {
    const clipped = graph.binary('min', graph.binary('max', decision, graph.scalar(-1)), graph.scalar(1));
    const share = graph.binary('div', graph.binary('add', clipped, graph.scalar(1)), graph.scalar(2));
    target.probabilities = graph.width(share) === 1 ? twoColumns(share, context) : normaliseRows(share, true, context);
  }
  return { task: 'classification', targets: [target] };
}

/**
 * A ridge classifier takes several labels a row, since 1.0 also when it predicts: before, the label of the greatest
 * decision was all that it answered (sklearn/linear_model/_ridge.py `_RidgeClassifierMixin.predict`).
 */
function translateRidge(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const binarizer = estimator.child('_label_binarizer');
  if (!binarizer.text('y_type_')?.startsWith('multilabel')) return translateDecision(estimator, frame, context);
  const { graph } = context;
  const decision = linearPredictor(estimator, frame, context);
  const classes = binarizer.classes();
  const width = graph.width(decision);
  if (width !== classes.length) estimator.wrong('coef_', `a row for each of ${classes.length} labels`, null);
  if (!estimator.atLeast(1, 0)) {
    return { task: 'classification', targets: [{ classes, decision, index: decide(decision, context) }] };
  }
  const targets = classes.map((_, label) => labelTarget(graph.select(decision, [label]), 0, context));
  return { task: 'classification', targets };
}

/** Decisions without probabilities. */
function translateDecision(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return {
    task: 'classification',
    targets: [linearTarget(estimator, linearPredictor(estimator, frame, context), context)],
  };
}

/** `exp` of the linear predictor; Tweedie's link is the identity for powers up to 0 (sklearn/linear_model/_glm/glm.py). */
function translateGeneralized(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const linear = linearPredictor(estimator, frame, context);
  const link = estimator.text('link') ?? 'auto';
  const identity =
    estimator.name === 'TweedieRegressor' &&
    (link === 'identity' || (link === 'auto' && estimator.number('power') <= 0));
  return { task: 'regression', value: identity ? linear : context.graph.unary('exp', linear) };
}

/** The base estimator that was fitted on the inliers (sklearn/linear_model/_ransac.py). */
function translateRansac(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return context.translate(estimator.child('estimator_'), frame);
}

const REGRESSORS = [
  ...[
    'LinearRegression',
    'Ridge',
    'RidgeCV',
    'Lasso',
    'LassoCV',
    'LassoLars',
    'LassoLarsCV',
    'LassoLarsIC',
    'Lars',
    'LarsCV',
  ],
  ...[
    'ElasticNet',
    'ElasticNetCV',
    'MultiTaskLasso',
    'MultiTaskLassoCV',
    'MultiTaskElasticNet',
    'MultiTaskElasticNetCV',
  ],
  ...['BayesianRidge', 'ARDRegression', 'HuberRegressor', 'TheilSenRegressor', 'QuantileRegressor', 'LinearSVR'],
  ...['OrthogonalMatchingPursuit', 'OrthogonalMatchingPursuitCV', 'SGDRegressor', 'PassiveAggressiveRegressor'],
];

const DECIDERS = ['LinearSVC', 'Perceptron', 'PassiveAggressiveClassifier'];

/** Linear models (sklearn/linear_model, sklearn/svm/_classes.py). */
export const LINEAR_TRANSLATORS: Record<string, Translator> = {
  ...Object.fromEntries(REGRESSORS.map((name) => [name, translateRegressor])),
  ...Object.fromEntries(DECIDERS.map((name) => [name, translateDecision])),
  RidgeClassifier: translateRidge,
  RidgeClassifierCV: translateRidge,
  PoissonRegressor: translateGeneralized,
  GammaRegressor: translateGeneralized,
  TweedieRegressor: translateGeneralized,
  RANSACRegressor: translateRansac,
  LogisticRegression: translateLogistic,
  LogisticRegressionCV: translateLogistic,
  SGDClassifier: translateStochastic,
};
