import { AppError } from '../../../common/errors';
import { isNdArray } from '../pickle/records';
import { asList, asNumber, asText } from './arrays';
import { pipelineSteps } from './composition';
import type { Estimator } from './estimator';

const MAX_COLUMNS = 100_000;

/**
 * How many columns a row has: `n_features_in_` since 0.24, of the first step in a pipeline, of the best estimator in a
 * search; else what older versions and the fitted arrays say.
 * @throws AppError model_unsupported when the estimator is not fitted
 */
export function inputWidth(estimator: Estimator): number {
  for (const candidate of entrances(estimator)) {
    const width = ownWidth(candidate);
    if (width === undefined) continue;
    if (Number.isInteger(width) && width > 0 && width <= MAX_COLUMNS) return width;
    throw new AppError('model_corrupt', `expected 1 to ${MAX_COLUMNS} columns in ${candidate.name}, found ${width}`);
  }
  throw new AppError(
    'model_unsupported',
    `expected a fitted ${estimator.name}, found one that does not know its columns: call fit before saving it`,
  );
}

/** `feature_names_in_` (since 1.0; private in a ColumnTransformer of 0.24), when there is one for each column. */
export function featureNames(estimator: Estimator, width: number): string[] | null {
  for (const candidate of entrances(estimator)) {
    for (const attribute of ['feature_names_in_', '_feature_names_in']) {
      const value = candidate.get(attribute);
      const names = (isNdArray(value) ? asList(value) : undefined)?.map(asText);
      if (names?.length === width && names.every((name) => name !== undefined)) return names;
    }
  }
  return null;
}

/** The estimators that see the row as it is sent, outermost first. */
function entrances(estimator: Estimator, depth = 0): Estimator[] {
  if (depth > 32) return [];
  if (estimator.has('best_estimator_')) return [estimator, ...entrances(estimator.child('best_estimator_'), depth + 1)];
  if (estimator.has('steps')) {
    const first = pipelineSteps(estimator)[0];
    return first ? [estimator, ...entrances(first, depth + 1)] : [estimator];
  }
  return [estimator];
}

function ownWidth(estimator: Estimator): number | undefined {
  for (const attribute of ['n_features_in_', 'n_features_', '_n_features']) {
    const width = asNumber(estimator.get(attribute));
    if (width !== undefined) return width;
  }
  const categories = estimator.get('categories_');
  if (categories !== undefined) return asList(categories)?.length;
  const coefficients = estimator.get('coef_');
  if (isNdArray(coefficients)) return coefficients.shape.at(-1);
  const statistics = estimator.get('statistics_') ?? estimator.get('scale_');
  return isNdArray(statistics) ? statistics.shape[0] : undefined;
}
