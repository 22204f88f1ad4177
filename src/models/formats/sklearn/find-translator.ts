import { AppError } from '../../../common/errors';
import { boosterTranslator } from '../boosters/booster-translator';
import { CATEGORY_ENCODER_TRANSLATORS } from '../category-encoders/translators';
import { COLUMN_TRANSLATORS } from './column-transformer';
import { COMPOSITION_TRANSLATORS, isImblearnPipeline } from './composition';
import { ENCODER_TRANSLATORS } from './encoders';
import type { Estimator } from './estimator';
import { FUNCTION_TRANSLATORS } from './functions';
import { GRADIENT_BOOSTING_TRANSLATORS } from './gradient-boosting';
import { LINEAR_TRANSLATORS } from './linear';
import { NONLINEAR_TRANSLATORS } from './nonlinear-scalers';
import { SCALER_TRANSLATORS } from './scalers';
import { IMPUTER_TRANSLATORS } from './simple-imputer';
import type { Translator } from './translation';
import { TREE_TRANSLATORS } from './trees';
import { HIST_GRADIENT_BOOSTING_TRANSLATORS } from './hist-gradient-boosting';
import { ENSEMBLE_TRANSLATORS } from './ensembles';
import { ADABOOST_TRANSLATORS } from './adaboost';
import { ISOLATION_TRANSLATORS } from './isolation-forest';
import { NAIVE_BAYES_TRANSLATORS } from './naive-bayes';
import { DISCRIMINANT_TRANSLATORS } from './discriminant-analysis';
import { DECOMPOSITION_TRANSLATORS } from './decomposition';
import { NEURAL_TRANSLATORS } from './neural-network';
import { CLUSTER_TRANSLATORS } from './clusters';
import { DUMMY_TRANSLATORS } from './dummy';
import { SVM_TRANSLATORS } from './support-vectors';
import { CALIBRATION_TRANSLATORS } from './calibration';
import { SELECTION_TRANSLATORS } from './feature-selection';
import { POLYNOMIAL_TRANSLATORS } from './polynomial-features';
import { UNIVARIATE_TRANSLATORS } from './univariate-selection';
import { MLXTEND_TRANSLATORS } from './mlxtend-ensembles';
import { MODEL_SELECTION_TRANSLATORS } from './model-selection';
import { CHAIN_TRANSLATORS } from './chains';
import { MIXTURE_TRANSLATORS } from './mixtures';
import { QUANTILE_TRANSLATORS } from './quantile-transformer';
import { IMBLEARN_TRANSLATORS } from './imbalanced';
import { refusal } from './refusal';
import { SPLINE_TRANSLATORS } from './splines';
import { MODEL_IMPUTER_TRANSLATORS } from './model-imputers';
import { NOVELTY_TRANSLATORS } from './novelty';
import { TARGET_ENCODER_TRANSLATORS } from './target-encoder';
import { DICT_TRANSLATORS } from './dict-vectorizer';
import { GAUSSIAN_PROCESS_TRANSLATORS } from './gaussian-process';
import { TEXT_TRANSLATORS } from './text-vectorizers';
import { TFIDF_TRANSLATORS } from './tfidf';
import { KERNEL_TRANSLATORS } from './kernel-methods';
import { APPROXIMATION_TRANSLATORS } from './kernel-approximation';
import { PROJECTION_TRANSLATORS } from './projections';
import { PLS_TRANSLATORS } from './partial-least-squares';
import { PROPAGATION_TRANSLATORS } from './label-propagation';
import { WRAPPER_TRANSLATORS } from './wrappers';
import { OUTLIER_TRANSLATORS } from './outliers';
import { ISOTONIC_TRANSLATORS } from './isotonic';
import { EMBEDDING_TRANSLATORS } from './trees-embedding';
import { OUTPUT_CODE_TRANSLATORS } from './output-codes';
import { INDICATOR_TRANSLATORS } from './missing-indicator';
import { NEIGHBOR_TRANSLATORS } from './neighbors';
import { CENTROID_TRANSLATORS } from './nearest-centroid';

/** One table a family, by the class's own name; a family is added by adding its file here. */
const FAMILIES: Record<string, Translator>[] = [
  TREE_TRANSLATORS,
  LINEAR_TRANSLATORS,
  SCALER_TRANSLATORS,
  COMPOSITION_TRANSLATORS,
  COLUMN_TRANSLATORS,
  ENCODER_TRANSLATORS,
  IMPUTER_TRANSLATORS,
  GRADIENT_BOOSTING_TRANSLATORS,
  HIST_GRADIENT_BOOSTING_TRANSLATORS,
  ENSEMBLE_TRANSLATORS,
  ADABOOST_TRANSLATORS,
  ISOLATION_TRANSLATORS,
  NAIVE_BAYES_TRANSLATORS,
  DISCRIMINANT_TRANSLATORS,
  DECOMPOSITION_TRANSLATORS,
  NEURAL_TRANSLATORS,
  CLUSTER_TRANSLATORS,
  DUMMY_TRANSLATORS,
  SVM_TRANSLATORS,
  CALIBRATION_TRANSLATORS,
  SELECTION_TRANSLATORS,
  POLYNOMIAL_TRANSLATORS,
  FUNCTION_TRANSLATORS,
  NONLINEAR_TRANSLATORS,
  NEIGHBOR_TRANSLATORS,
  CENTROID_TRANSLATORS,
  GAUSSIAN_PROCESS_TRANSLATORS,
  TEXT_TRANSLATORS,
  TFIDF_TRANSLATORS,
  DICT_TRANSLATORS,
  NOVELTY_TRANSLATORS,
  TARGET_ENCODER_TRANSLATORS,
  MODEL_IMPUTER_TRANSLATORS,
  QUANTILE_TRANSLATORS,
  SPLINE_TRANSLATORS,
  MIXTURE_TRANSLATORS,
  CHAIN_TRANSLATORS,
  MODEL_SELECTION_TRANSLATORS,
  UNIVARIATE_TRANSLATORS,
  KERNEL_TRANSLATORS,
  APPROXIMATION_TRANSLATORS,
  PROJECTION_TRANSLATORS,
  PLS_TRANSLATORS,
  PROPAGATION_TRANSLATORS,
  WRAPPER_TRANSLATORS,
  OUTLIER_TRANSLATORS,
  ISOTONIC_TRANSLATORS,
  EMBEDDING_TRANSLATORS,
  OUTPUT_CODE_TRANSLATORS,
  INDICATOR_TRANSLATORS,
];

const TRANSLATORS: ReadonlyMap<string, Translator> = new Map(FAMILIES.flatMap((family) => Object.entries(family)));

/** Classes of libraries that stand beside scikit-learn in its pipelines, by the package and the class's own name. */
const COMPANIONS: ReadonlyMap<string, ReadonlyMap<string, Translator>> = new Map([
  ['category_encoders', CATEGORY_ENCODER_TRANSLATORS],
  ['imblearn', IMBLEARN_TRANSLATORS],
  ['mlxtend', MLXTEND_TRANSLATORS],
]);

function companionTranslator(path: string): Translator | undefined {
  const parts = path.split('.');
  return COMPANIONS.get(parts[0]!)?.get(parts.at(-1)!);
}

/** Every supported class of a library beside scikit-learn, by its package, sorted. */
export function supportedCompanions(): Map<string, string[]> {
  return new Map([...COMPANIONS].map(([library, classes]) => [library, [...classes.keys()].sort()]));
}

/** Every supported class name, sorted, without those that only stand inside others. */
export function supportedEstimators(): string[] {
  return [...TRANSLATORS.keys()].filter((name) => !name.startsWith('_')).sort();
}

/**
 * The translator of an estimator. Modules inside `sklearn` were renamed over the years (`sklearn.ensemble.forest` became
 * `sklearn.ensemble._forest` in 0.22), so only the package and the class's own name count.
 * @throws AppError model_unsupported naming the class, its module, the version, what is near, and what to do
 */
export function findTranslator(estimator: Estimator): Translator {
  const path = estimator.object.path;
  const isOwn = path.startsWith('sklearn.') || isImblearnPipeline(estimator);
  const translator = isOwn ? TRANSLATORS.get(estimator.name) : (boosterTranslator(path) ?? companionTranslator(path));
  if (translator) return translator;
  throw new AppError('model_unsupported', refusal(estimator, supportedEstimators(), supportedCompanions()));
}
