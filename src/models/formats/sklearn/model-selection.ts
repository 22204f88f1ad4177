import { boosterImportances } from '../boosters/booster-importances';
import { isNdArray, PyObject, PyTuple } from '../pickle/records';
import { asNumber, asText } from './arrays';
import type { Estimator } from './estimator';
import { kept, missingPolicyOf } from './feature-selection';
import type { Frame } from './frame';
import { treeImportances } from './importances';
import { multiply } from './linear-algebra';
import { pairwiseSum } from './pairwise-sum';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Columns whose coefficients in a fitted model are not below a threshold, at most so many of the greatest
 * (sklearn/feature_selection/_from_model.py `SelectFromModel`).
 */
function translateFromModel(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const model = estimator.child(estimator.has('estimator_') ? 'estimator_' : 'estimator');
  frame.numbers(missingPolicyOf(model));
  const { values, single } = importancesOf(estimator, model, frame.width, context);
  const limit = threshold(estimator, model, values, single);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
  const greatest = new Set(order.slice(0, mostColumns(estimator)));
  // Whether a threshold is rounded like the importances changed with NumPy 2, which the file does not tell.
  const isRounded = single && Math.fround(limit) !== limit;
  if (isRounded && values.some((value) => Math.abs(value - limit) <= 2 ** -22 * Math.abs(limit))) {
    estimator.unsupported(
      'with a threshold that float32 does not hold and a column at it',
      'move the threshold a little, or give max_features with threshold=-numpy.inf',
    );
  }
  return kept(
    frame,
    values.map((importance, column) => greatest.has(column) && importance >= limit),
    estimator,
  );
}

/** One number a column; `single` where Python has them as float32. */
interface Importances {
  values: number[];
  single: boolean;
}

function mostColumns(estimator: Estimator): number | undefined {
  if (!estimator.has('max_features')) return undefined;
  return estimator.number(estimator.has('max_features_') ? 'max_features_' : 'max_features');
}

/** The importances of trees, or the norm of each column of `coef_` (`_get_feature_importances`). */
function importancesOf(
  estimator: Estimator,
  fitted: Estimator,
  width: number,
  context: TranslationContext,
): Importances {
  const { model, getter } = measured(estimator, fitted);
  if (getter !== 'coef_') {
    const ofBooster = boosterImportances(model);
    if (ofBooster) return { values: [...ofBooster.values], single: ofBooster.single };
    const ofTrees = treeImportances(model, width, context);
    if (ofTrees) return { values: [...ofTrees], single: false };
  }
  if (getter === 'feature_importances_' || !hasCoefficients(model)) {
    estimator.unsupported(
      `with importances of ${model.name}, which has no dense coef_ and is no ensemble of trees,`,
      'use a linear model or trees, or fit a ColumnTransformer with the columns that get_support(indices=True) lists',
    );
  }
  const { data, rows, columns } = coefficientsOf(model);
  const power = estimator.number('norm_order', 1);
  const column = (at: number): number[] =>
    Array.from({ length: rows }, (_, row) => Math.abs(data[row * columns + at]!));
  const norm = (values: number[]): number => {
    if (rows === 1) return values[0]!;
    if (power === 1) return values.reduce((sum, value) => sum + value);
    if (power === 2) return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    if (power === Infinity) return Math.max(...values);
    return estimator.unsupported(`with norm_order=${power}`, 'use 1, 2 or inf');
  };
  return { values: Array.from({ length: columns }, (_, at) => norm(column(at))), single: false };
}

/** `auto`, an attribute, or the path to one: `named_steps.clf.coef_`, `best_estimator_.feature_importances_`. */
function measured(estimator: Estimator, fitted: Estimator): { model: Estimator; getter: string } {
  const path = asText(estimator.get('importance_getter') ?? 'auto')?.split('.') ?? [];
  const getter = path.pop() ?? '';
  let model = inside(fitted);
  while (path.length > 0) {
    const step = path.shift()!;
    if (step === 'named_steps') {
      const name = path.shift();
      const pair = model.list('steps').find((item) => item instanceof PyTuple && asText(item.items[0]) === name);
      model = model.wrap(pair instanceof PyTuple ? pair.items[1] : undefined, 'steps');
    } else model = model.child(step);
  }
  if (!['auto', 'coef_', 'feature_importances_'].includes(getter)) {
    estimator.unsupported('with an importance_getter of your own', "use 'auto', 'coef_' or 'feature_importances_'");
  }
  return { model, getter };
}

/** A frozen estimator hands on what is asked of the one inside. */
function inside(model: Estimator): Estimator {
  return model.name === 'FrozenEstimator' ? model.child('estimator') : model;
}

/** The coefficients of a linear support vector machine are a property: its dual ones times its vectors. */
function hasCoefficients(model: Estimator): boolean {
  if (model.has('coef_')) return !(model.get('coef_') instanceof PyObject);
  return model.text('kernel') === 'linear' && isNdArray(model.get('_dual_coef_')) && !model.boolean('_sparse', false);
}

function coefficientsOf(model: Estimator): { data: Float64Array; rows: number; columns: number } {
  if (model.has('coef_')) return model.matrix('coef_');
  const duals = model.matrix('_dual_coef_');
  const vectors = model.matrix('support_vectors_');
  if (duals.rows > 1) model.unsupported('with more than two classes and importances of its kernel', 'use LinearSVC');
  const data = multiply(duals.data, vectors.data, duals.rows, duals.columns, vectors.columns);
  return { data, rows: duals.rows, columns: vectors.columns };
}

/** `_calculate_threshold`: a number, or a multiple of the mean or the median, which is the mean unless a model is sparse. */
function threshold(estimator: Estimator, model: Estimator, importances: number[], single: boolean): number {
  const given = estimator.get('threshold') ?? null;
  const number = given === null ? undefined : asNumber(given);
  if (number !== undefined) return number;
  if (given === null && isSparse(model)) return 1e-5;
  const [reference = '', scale = '1'] = (asText(given) ?? 'mean').split('*').reverse();
  const round = single ? Math.fround : (value: number): number => value;
  if (reference.trim() === 'mean') {
    return Number(scale) * round(pairwiseSum(importances, 0, importances.length, round) / importances.length);
  }
  if (reference.trim() === 'median') return Number(scale) * round(median(importances));
  return estimator.wrong('threshold', 'a number, the mean or the median', given);
}

/** Whether the default threshold is that of an L1 penalty; which models count was widened in 1.1, 1.7 and 1.8. */
function isSparse(model: Estimator): boolean {
  const one = (attribute: string): boolean =>
    model.has(attribute) && model.numbers(attribute).data.every((ratio) => Math.abs(ratio - 1) <= 1e-8 + 1e-5);
  if (model.text('penalty') === 'l1' || model.name.includes('Lasso')) return true;
  if (model.atLeast(1, 7)) {
    if (model.name === 'ElasticNet' || (model.name === 'LogisticRegression' && model.atLeast(1, 8))) {
      return one('l1_ratio');
    }
    const folds = model.name === 'ElasticNetCV' || (model.name === 'LogisticRegressionCV' && model.atLeast(1, 8));
    return folds && one('l1_ratio_');
  }
  return model.atLeast(1, 1) && model.name.includes('ElasticNet') && (one('l1_ratio_') || one('l1_ratio'));
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export const MODEL_SELECTION_TRANSLATORS: Record<string, Translator> = { SelectFromModel: translateFromModel };
