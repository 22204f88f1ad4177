import { PyObject } from '../pickle/records';
import { asNumber, asText } from './arrays';
import type { Estimator } from './estimator';
import { kept } from './feature-selection';
import type { Frame } from './frame';
import type { Translation, Translator } from './translation';

/**
 * Columns whose coefficients in a fitted model are not below a threshold, at most so many of the greatest
 * (sklearn/feature_selection/_from_model.py `SelectFromModel`).
 */
function translateFromModel(estimator: Estimator, frame: Frame): Translation {
  frame.numbers('keep');
  const model = estimator.child(estimator.has('estimator_') ? 'estimator_' : 'estimator');
  const importances = importancesOf(estimator, model);
  const limit = threshold(estimator, model, importances);
  const order = [...importances.keys()].sort((a, b) => importances[b]! - importances[a]! || a - b);
  const greatest = new Set(order.slice(0, mostColumns(estimator)));
  return kept(
    frame,
    importances.map((importance, column) => greatest.has(column) && importance >= limit),
    estimator,
  );
}

function mostColumns(estimator: Estimator): number | undefined {
  if (!estimator.has('max_features')) return undefined;
  return estimator.number(estimator.has('max_features_') ? 'max_features_' : 'max_features');
}

/** The norm of each column of `coef_`; importances of trees are not in the file. */
function importancesOf(estimator: Estimator, model: Estimator): number[] {
  const getter = asText(estimator.get('importance_getter') ?? 'auto');
  if (!['auto', 'coef_'].includes(getter ?? '') || !model.has('coef_') || model.get('coef_') instanceof PyObject) {
    estimator.unsupported(
      `with importances that are no dense coef_ of ${model.name}`,
      'use a linear model, or fit a ColumnTransformer with the columns that get_support(indices=True) lists',
    );
  }
  const { data, rows, columns } = model.matrix('coef_');
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
  return Array.from({ length: columns }, (_, at) => norm(column(at)));
}

/** `_calculate_threshold`: a number, or a multiple of the mean or the median, which is the mean unless a model is sparse. */
function threshold(estimator: Estimator, model: Estimator, importances: number[]): number {
  const given = estimator.get('threshold') ?? null;
  const number = given === null ? undefined : asNumber(given);
  if (number !== undefined) return number;
  if (given === null && (model.text('penalty') === 'l1' || model.name.includes('Lasso'))) return 1e-5;
  const ratio = model.has('l1_ratio_') ? 'l1_ratio_' : 'l1_ratio';
  if (given === null && model.has(ratio) && Math.abs(model.numbers(ratio).data[0]! - 1) <= 1.1e-5) {
    estimator.unsupported(`without a threshold for ${model.name} with l1_ratio=1`, 'give it a threshold, such as 1e-5');
  }
  const [reference = '', scale = '1'] = (asText(given) ?? 'mean').split('*').reverse();
  if (reference.trim() === 'mean') return Number(scale) * (pairwiseSum(importances) / importances.length);
  if (reference.trim() === 'median') return Number(scale) * median(importances);
  return estimator.wrong('threshold', 'a number, the mean or the median', given);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The order of numpy.sum, so that a column at the very mean is on the same side of it (numpy's `pairwise_sum`). */
function pairwiseSum(values: number[]): number {
  if (values.length < 8) return values.reduce((sum, value) => sum + value, 0);
  if (values.length > 128) {
    const half = (values.length >> 1) - ((values.length >> 1) % 8);
    return pairwiseSum(values.slice(0, half)) + pairwiseSum(values.slice(half));
  }
  const whole = values.length - (values.length % 8);
  const r = values.slice(0, 8);
  for (let i = 8; i < whole; i++) r[i % 8]! += values[i]!;
  const sum = r[0]! + r[1]! + (r[2]! + r[3]!) + (r[4]! + r[5]! + (r[6]! + r[7]!));
  return values.slice(whole).reduce((total, value) => total + value, sum);
}

export const MODEL_SELECTION_TRANSLATORS: Record<string, Translator> = { SelectFromModel: translateFromModel };
