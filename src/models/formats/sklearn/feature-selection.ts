import { AppError } from '../../../common/errors';
import type { Estimator } from './estimator';
import type { Frame, MissingPolicy } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** The columns of a mask. @throws AppError model_unsupported when there are none */
export function kept(frame: Frame, mask: ArrayLike<boolean>, estimator: Estimator): Translation {
  const columns = Array.from(mask).flatMap((used, column) => (used ? [column] : []));
  if (mask.length !== frame.width)
    throw new AppError(
      'model_corrupt',
      `expected a choice among ${frame.width} columns in ${estimator.name}, found ${mask.length}`,
    );
  if (columns.length === 0) estimator.unsupported('that keeps no column', 'choose other parameters');
  return { task: 'transform', frame: frame.select(columns) };
}

/** Columns whose variance is above the threshold (sklearn/feature_selection/_variance_threshold.py). */
function translateVariance(estimator: Estimator, frame: Frame): Translation {
  const threshold = estimator.number('threshold');
  frame.numbers('take');
  return kept(
    frame,
    Array.from(estimator.anyNumbers('variances_').data, (variance) => variance > threshold),
    estimator,
  );
}

/**
 * Recursive elimination predicts with the estimator that it fitted on the columns left
 * (sklearn/feature_selection/_rfe.py `RFE.predict`); before another step it only selects.
 */
function translateElimination(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
): Translation {
  const selected = translateSupport(estimator, frame);
  if (asked === 'transform' || !selected.frame) return selected;
  return { ...context.translate(estimator.child('estimator_'), selected.frame), frame: selected.frame };
}

/** `support_` of recursive elimination and sequential selection. */
function translateSupport(estimator: Estimator, frame: Frame): Translation {
  frame.numbers(missingPolicyOf(estimator.child(estimator.has('estimator_') ? 'estimator_' : 'estimator')));
  return kept(frame, Array.from(estimator.numbers('support_').data, Boolean), estimator);
}

/** Since when an estimator of scikit-learn has the tag `allow_nan`. */
const TAKES_MISSING_SINCE: [RegExp, number, number][] = [
  [/^HistGradientBoosting/, 0, 0],
  [/^DecisionTree/, 1, 3],
  [/^RandomForest/, 1, 4],
  [/^ExtraTree/, 1, 6],
];

/**
 * What a selection by an estimator does with missing values: it takes them, also in columns that it leaves out, where
 * the estimator has the tag `allow_nan`, and fails otherwise (`SelectorMixin.transform`, sklearn/feature_selection/_base.py).
 */
export function missingPolicyOf(estimator: Estimator): MissingPolicy {
  const { name } = estimator;
  const takes =
    /^(XGB|LGBM)/.test(name) ||
    TAKES_MISSING_SINCE.some(([pattern, ...since]) => {
      return pattern.test(name) && (since[0] === 0 || estimator.atLeast(...since));
    });
  return takes ? 'take' : 'refuse';
}

/** Selectors by variance, by elimination and one column after another (sklearn/feature_selection). */
export const SELECTION_TRANSLATORS: Record<string, Translator> = {
  VarianceThreshold: translateVariance,
  RFE: translateElimination,
  RFECV: translateElimination,
  SequentialFeatureSelector: translateSupport,
};
