import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import { NumpyScalar, PyDict, PyGlobal, PyObject } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber, asText, describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { targetOf } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** The classifier that was fitted on given and guessed labels (sklearn/semi_supervised/_self_training.py). */
function translateSelfTraining(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const fitted = estimator.get('estimator_') instanceof PyObject ? 'estimator_' : 'base_estimator_';
  return context.translate(estimator.child(fitted), frame);
}

/** The estimator inside, which fits no more (sklearn/frozen/_frozen.py). */
function translateFrozen(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
): Translation {
  return context.translate(estimator.child('estimator'), frame, asked);
}

/** A threshold for the positive class that was chosen (sklearn/model_selection/_classification_threshold.py). */
function translateTuned(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const target = targetOf(estimator.child('estimator_'), frame, context);
  const positive = tunedPositive(estimator, target.classes);
  return withThreshold(estimator, target, positive, estimator.number('best_threshold_'), context);
}

/** A threshold that was given; `auto` is 0.5 for probabilities and 0 for decisions. */
function translateFixed(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const fitted = estimator.get('estimator_') instanceof PyObject ? 'estimator_' : 'estimator';
  const target = targetOf(estimator.child(fitted), frame, context);
  const positive = positiveOf(estimator, estimator.get('pos_label'), target.classes);
  const threshold = asText(estimator.get('threshold')) === 'auto' ? 'auto' : estimator.number('threshold');
  return withThreshold(estimator, target, positive, threshold, context);
}

function withThreshold(
  estimator: Estimator,
  target: ClassTarget,
  positive: number,
  given: number | 'auto',
  { graph }: TranslationContext,
): Translation {
  const { classes, probabilities, decision } = target;
  if (classes.length !== 2) estimator.wrong('classes_', 'two classes', null);
  const method = estimator.text('response_method') ?? 'auto';
  const byProbability = method === 'predict_proba' || (method === 'auto' && probabilities !== undefined);
  const scores = byProbability ? probabilities : decision;
  if (scores === undefined) {
    return estimator.unsupported(`over a classifier without ${method}`, 'use one with probabilities');
  }
  let score: ValueId;
  if (byProbability) score = graph.select(scores, [positive]);
  else score = positive === 1 ? scores : graph.unary('neg', scores);
  const threshold = given === 'auto' ? (byProbability ? 0.5 : 0) : given;
  const above = graph.cast(graph.compare('ge', score, graph.scalar(threshold)), 'f64');
  const index = graph.cast(positive === 1 ? above : graph.binary('sub', graph.scalar(1), above), 'i64');
  return { task: 'classification', targets: [{ ...target, index }] };
}

/** Place of the positive class: the given one, else the last. */
function positiveOf(estimator: Estimator, given: PyValue | undefined, classes: ClassLabel[]): number {
  const label = given instanceof NumpyScalar ? given.value : given;
  if (label === null || label === undefined) return 1;
  const index = classes.findIndex(
    (known) => known === label || (typeof known !== 'string' && known === asNumber(label)),
  );
  return index < 0 ? estimator.wrong('pos_label', 'one of the classes', given) : index;
}

/** Metrics without a positive class; all others that are known take 1 for it unless told otherwise. */
const SYMMETRIC = new Set(['accuracy_score', 'balanced_accuracy_score', 'matthews_corrcoef', 'cohen_kappa_score']);
const ONE_IS_POSITIVE = new Set([
  ...['f1_score', 'fbeta_score', 'precision_score', 'recall_score', 'jaccard_score'],
  ...['brier_score_loss', 'average_precision_score', 'hamming_loss'],
]);

/** `_curve_scorer._get_pos_label()`: of the metric's arguments, else its default, which is 1 or none. */
function tunedPositive(estimator: Estimator, classes: ClassLabel[]): number {
  const scorer = estimator.child('_curve_scorer');
  const options = scorer.get('_kwargs');
  const given = options instanceof PyDict ? options.get('pos_label') : undefined;
  if (given !== undefined) return positiveOf(estimator, given, classes);
  // Text has no 1 and would have failed in the fit; where 1 is the last class both defaults mean that one.
  if (typeof classes[0] === 'string' || Number(classes[1]) === 1) return 1;
  const metric = scorer.get('_score_func');
  const name = metric instanceof PyGlobal ? metric.name : '';
  if (SYMMETRIC.has(name) || !classes.includes(1)) return 1;
  if (ONE_IS_POSITIVE.has(name)) return classes.indexOf(1);
  return estimator.unsupported(
    `with the metric ${describe(metric)}, whose positive class is not in the file,`,
    'give pos_label to make_scorer',
  );
}

/** Estimators that answer by another one. */
export const WRAPPER_TRANSLATORS: Record<string, Translator> = {
  SelfTrainingClassifier: translateSelfTraining,
  FrozenEstimator: translateFrozen,
  TunedThresholdClassifierCV: translateTuned,
  FixedThresholdClassifier: translateFixed,
};
