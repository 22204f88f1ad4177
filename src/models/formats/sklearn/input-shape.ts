import { AppError } from '../../../common/errors';
import { boosterColumns } from '../boosters/booster-columns';
import { fittedNames, holderOf } from '../category-encoders/read-columns';
import { isNdArray, PyObject } from '../pickle/records';
import { asList, asNumber, asNumbers, asText } from './arrays';
import { namedEstimators, pipelineSteps } from './composition';
import { isTextVectorizer } from './text-vectorizers';
import { dictKeys } from './dict-vectorizer';
import type { Estimator } from './estimator';

const MAX_COLUMNS = 100_000;

/**
 * How many columns a row has: `n_features_in_` since 0.24, of the first step in a pipeline, of the best estimator in a
 * search; else what older versions and the fitted arrays say, or as many as the names given beside the model.
 * @throws AppError model_unsupported when the estimator is not fitted
 */
export function inputWidth(estimator: Estimator, names: string[] | null): number {
  for (const candidate of entrances(estimator)) {
    const width = ownWidth(candidate);
    if (width === undefined) continue;
    if (Number.isInteger(width) && width > 0 && width <= MAX_COLUMNS) return width;
    throw widthRefusal(candidate, width);
  }
  if (names && names.length > 0 && names.length <= MAX_COLUMNS) return names.length;
  if (estimator.has('class_prior_') || estimator.has('constant_') || estimator.has('func')) {
    estimator.unsupported(
      'without its columns, which it does not record,',
      "save a dict with 'model' and 'feature_names'",
    );
  }
  throw new AppError('model_unsupported', unknownColumns(estimator));
}

/** The same where the estimator says it, whatever its size; undefined where it does not. */
export function knownWidth(estimator: Estimator): number | undefined {
  for (const candidate of entrances(estimator)) {
    const width = ownWidth(candidate);
    if (width !== undefined) return width;
  }
  return undefined;
}

function unknownColumns(estimator: Estimator): string {
  const { name, version } = estimator;
  const found = `expected a fitted ${name}, found one that does not know its columns`;
  if (version === null || estimator.atLeast(0, 24)) return `${found}: call fit before saving it`;
  return (
    `${found}, which scikit-learn ${version.text} did not record: ` +
    `fit it again with 0.24 or newer, or save a dict with 'model' and 'feature_names'`
  );
}

function widthRefusal(estimator: Estimator, width: number): AppError {
  if (!(Number.isInteger(width) && width > MAX_COLUMNS)) {
    return new AppError('model_corrupt', `expected 1 to ${MAX_COLUMNS} columns in ${estimator.name}, found ${width}`);
  }
  return new AppError(
    'import_limit',
    `expected at most ${MAX_COLUMNS} columns in ${estimator.name}, found ${width}; where a vectorizer makes them of texts, ` +
      'save both as one model, make_pipeline(vectorizer, model), which takes the texts',
  );
}

/** `feature_names_in_` (since 1.0; private in a ColumnTransformer of 0.24), when there is one for each column. */
export function featureNames(estimator: Estimator, width: number): string[] | null {
  for (const candidate of entrances(estimator)) {
    const known =
      boosterColumns(candidate)?.names ??
      dictKeys(candidate)?.map(({ name }) => name) ??
      encoderNames(candidate) ??
      textName(candidate);
    if (known?.length === width) return known;
    for (const attribute of ['feature_names_in_', '_feature_names_in']) {
      const value = candidate.get(attribute);
      const names = (isNdArray(value) ? asList(value) : undefined)?.map(asText);
      if (names?.length === width && names.every((name) => name !== undefined)) return names;
    }
  }
  return null;
}

/** What an encoder of category_encoders calls its columns; whole numbers are what it calls those without a name. */
function encoderNames(estimator: Estimator): string[] | undefined {
  const names = isCategoryEncoder(estimator) ? fittedNames(estimator) : undefined;
  return names?.every((name, index) => name === String(index)) ? undefined : names;
}

function isCategoryEncoder({ object }: Estimator): boolean {
  return object.path.startsWith('category_encoders.');
}

/** A text vectorizer takes a text, which has no name in its fit. */
function textName(estimator: Estimator): string[] | undefined {
  return isTextVectorizer(estimator) ? ['text'] : undefined;
}

/** The estimators that see the row as it is sent, outermost first: one member stands for all of an ensemble. */
export function entrances(estimator: Estimator, depth = 0): Estimator[] {
  const next = depth > 32 ? undefined : entrance(estimator);
  return next ? [estimator, ...entrances(next, depth + 1)] : [estimator];
}

function entrance(estimator: Estimator): Estimator | undefined {
  const direct = (...attributes: string[]): Estimator | undefined => {
    const found = attributes.find((attribute) => estimator.get(attribute) instanceof PyObject);
    return found === undefined ? undefined : estimator.child(found);
  };
  // Beside its members an ensemble keeps what they are copies of, which is not fitted.
  const single = estimator.has('estimators_') ? [] : ['estimator_', 'base_estimator_'];
  const fitted = direct('best_estimator_', 'regressor_', ...single);
  if (fitted) return fitted;
  if (estimator.has('steps')) {
    const steps = pipelineSteps(estimator);
    return steps.find((step) => !keepsUnknownColumns(step)) ?? steps[0];
  }
  if (estimator.has('transformer_list')) return namedEstimators(estimator, 'transformer_list')[0];
  for (const attribute of ['estimators_', 'calibrated_classifiers_', 'clfs_', 'regr_']) {
    const members = estimator.has(attribute) ? estimator.list(attribute) : [];
    // A class without rows has a constant in the place of a model, which knows no columns.
    const member = members.find((item) => item instanceof PyObject && item.className !== '_ConstantPredictor');
    if (member instanceof PyObject) return estimator.wrap(member, attribute);
  }
  return direct('estimator', 'base_estimator');
}

/** A function of numpy answers as many columns as it gets, and did not record them before scikit-learn 1.2. */
function keepsUnknownColumns(estimator: Estimator): boolean {
  return estimator.name === 'FunctionTransformer' && !estimator.has('n_features_in_');
}

function ownWidth(estimator: Estimator): number | undefined {
  const booster = boosterColumns(estimator);
  if (booster) return booster.width;
  // In an elimination `n_features_` is how many were chosen.
  // LightGBM's wrappers say -1 until they are fitted.
  const counts = ['n_features_in_', ...(estimator.has('ranking_') ? [] : ['n_features_', '_n_features'])];
  for (const attribute of counts) {
    const width = asNumber(estimator.get(attribute));
    if (width !== undefined && width !== -1) return width;
  }
  if (isTextVectorizer(estimator)) return 1;
  if (isCategoryEncoder(estimator)) return asNumber(holderOf(estimator).get('_dim'));
  const keys = dictKeys(estimator);
  if (keys) return keys.length;
  if (estimator.has('_idf_diag')) return asNumbers(estimator.child('_idf_diag').get('data'))?.data.length;
  const categories = estimator.get('categories_');
  if (categories !== undefined) return asList(categories)?.length;
  const coefficients = estimator.get('coef_');
  if (isNdArray(coefficients)) return coefficients.shape.at(-1);
  if (estimator.name === 'IsotonicRegression') return 1;
  const kept = estimator.get('dictionary') ?? estimator.get('K_fit_rows_'); // of a SparseCoder, a KernelCenterer
  if (isNdArray(kept)) return kept.shape.at(-1);
  const statistics = estimator.get('statistics_') ?? estimator.get('scale_');
  return isNdArray(statistics) ? statistics.shape[0] : widthBefore024(estimator);
}

/** Fitted arrays whose last axis is the columns; the first that an estimator has is the one to believe. */
const OF_COLUMNS = [
  ...['ranking_', 'feature_log_prob_', 'theta_', 'cluster_centers_', 'components_', 'X_fit_', 'X_train_', '_fit_X'],
  ...[
    'means_',
    'support_vectors_',
    'scores_',
    'variances_',
    'location_',
    'quantiles_',
    'lambdas_',
    'n_bins_',
    'n_values_',
    'mean_',
  ],
];

/** What fits of 0.23 and older say of their columns, each in a way of its own. */
function widthBefore024(estimator: Estimator): number | undefined {
  const width =
    asNumber(estimator.get('n_input_features_')) ?? asNumber(asList(estimator.get('shape_fit_') ?? null)?.[1]);
  if (width !== undefined) return width;
  const fitted = OF_COLUMNS.map((attribute) => estimator.get(attribute)).find(isNdArray);
  return fitted?.shape.at(-1);
}
