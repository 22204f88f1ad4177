import { AppError } from '../../../common/errors';
import type { Estimator } from '../sklearn/estimator';
import type { Frame } from '../sklearn/frame';
import { twoColumns } from '../sklearn/linear';
import type { Translation, TranslationContext, Translator } from '../sklearn/translation';
import { lightgbmModel } from './booster-record';
import { predicted } from './links';
import { scores } from './scores';

const CLASSIFICATIONS: ReadonlySet<string> = new Set(['binary', 'multiclass', 'multiclassova']);
/** Without classes there is no label to answer, and a score is what the file does say. */
const RAW_SCORES =
  'the file does not say its classes, so its raw scores are answered; upload the pickle of the LGBMClassifier for labels and probabilities';

/** LightGBM does not write its own version into its files. */
const ORIGIN = { framework: 'lightgbm', version: null };

/** `LGBMClassifier.predict` takes the most probable class, the first of equals. */
function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { model, rounds } = lightgbmModel(estimator);
  if (['', 'custom'].includes(model.objective)) {
    estimator.unsupported(
      'with an objective of your own',
      'train with an objective of LightGBM, or upload the Booster',
    );
  }
  const classes = estimator.classes('_classes');
  if (classes.length === 1) {
    estimator.unsupported(
      'fitted on a single class, of which LightGBM answers two probabilities,',
      'fit it on rows of every class',
    );
  }
  const score = scores(model, frame, context, rounds);
  const answer = predicted(graph, model, score);
  const probabilities = model.groups === 1 ? twoColumns(answer, context) : answer;
  if (graph.width(probabilities) !== classes.length) {
    throw new AppError(
      'model_corrupt',
      `expected scores for ${classes.length} classes in ${estimator.name}, found ${graph.width(probabilities)}`,
    );
  }
  const index = graph.argmax(probabilities);
  // Since 4.7, which also notes this, the class has a decision_function, and scikit-learn calibrates that.
  const decision = estimator.has('_fitted_with_feature_names') ? { decision: score } : {};
  return { task: 'classification', targets: [{ classes, index, probabilities, ...decision }], origin: ORIGIN };
}

/** LGBMRegressor, LGBMRanker, and a Booster, which all answer what `Booster.predict` does. */
function translateBooster(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { model, rounds } = lightgbmModel(estimator);
  const score = scores(model, frame, context, rounds);
  const raw = context.rawScores && CLASSIFICATIONS.has(model.objective);
  if (raw) context.warn(RAW_SCORES);
  const value = raw ? score : predicted(context.graph, model, score);
  return { task: 'regression', value, origin: ORIGIN };
}

/** Classes of the package `lightgbm`, 3 and 4 (python-package/lightgbm/sklearn.py and basic.py). */
export const LIGHTGBM_TRANSLATORS: ReadonlyMap<string, Translator> = new Map([
  ['LGBMClassifier', translateClassifier],
  ['LGBMRegressor', translateBooster],
  ['LGBMRanker', translateBooster],
  ['Booster', translateBooster],
]);
