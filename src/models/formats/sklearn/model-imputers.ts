import type { ValueId } from '../../graph/ir';
import { PyObject, PyTuple } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber, asNumbers, asText } from './arrays';
import { transformWith } from './composition';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { valueOf } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Fills missing values round by round with what regressors say of the other columns, clipped to the given range
 * (sklearn/impute/_iterative.py `IterativeImputer.transform`). A row is filled by itself: where scikit-learn leaves off
 * after the initial imputation because every value of a batch is missing, the rounds are run here too.
 */
function translateIterativeImputer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (estimator.boolean('sample_posterior', false)) {
    estimator.unsupported('with sample_posterior=True, which draws at random,', 'fit it without');
  }
  const initial = estimator.child('initial_imputer_');
  const isEmpty = initial.list('statistics_').map((item) => Number.isNaN(asNumber(item) ?? NaN));
  const keepEmpty = estimator.boolean('keep_empty_features', false);
  // Columns that were missing in every row of the fit are left out, unless they are to be kept.
  const kept = [...isEmpty.keys()].filter((column) => keepEmpty || !isEmpty[column]);
  const filled = transformWith(initial, frame, context);
  if (filled.width !== kept.length) estimator.wrong('initial_imputer_', `${kept.length} columns`, null);
  const missing = missingMask(estimator, frame.select(kept), context);
  const start = filled.numbers('keep');
  const columns = kept.map((_, column) => graph.select(start, [column]));
  const steps = estimator.number('n_iter_') === 0 ? [] : estimator.list('imputation_sequence_');
  // One that is kept has its first filling, whatever the rounds would say (since 1.6).
  const settled = estimator.has('_is_empty_feature') ? estimator.list('_is_empty_feature') : [];
  for (const step of steps) {
    const { target, neighbours, regressor } = readStep(estimator, step, kept.length);
    if (settled[kept[target]!] === true) continue;
    const others = graph.concat(neighbours.map((neighbour) => columns[neighbour]!));
    const answer = graph.select(valueOf(regressor, frame.of(others), context), [0]);
    const clipped = clip(
      answer,
      limit(estimator, '_min_value', target),
      limit(estimator, '_max_value', target),
      context,
    );
    columns[target] = graph.where(graph.select(missing, [target]), clipped, columns[target]!);
  }
  const result = filled.derive(graph.concat(columns), { missing: false, exact: true });
  return { task: 'transform', frame: withIndicator(estimator, result, frame, context) };
}

function missingMask(estimator: Estimator, frame: Frame, { graph }: TranslationContext): ValueId {
  const mark = estimator.number('missing_values');
  if (Number.isNaN(mark)) return graph.isnan(frame.numbers('take'));
  return graph.compare('eq', frame.numbers('refuse'), graph.scalar(mark));
}

function readStep(
  estimator: Estimator,
  step: PyValue,
  width: number,
): { target: number; neighbours: number[]; regressor: Estimator } {
  const [first, ...rest] = step instanceof PyObject ? step.args : [];
  // A named tuple: its items one by one, or as one tuple under protocols 0 and 1.
  const [target, neighbours, regressor] = first instanceof PyTuple ? first.items : [first, ...rest];
  const columns = asNumbers(neighbours);
  const all = columns && [asNumber(target) ?? -1, ...columns.data];
  if (!all || all.some((column) => !(Number.isInteger(column) && column >= 0 && column < width))) {
    return estimator.wrong('imputation_sequence_', `steps over ${width} columns`, step);
  }
  return { target: all[0]!, neighbours: all.slice(1), regressor: estimator.wrap(regressor, 'imputation_sequence_') };
}

function limit(estimator: Estimator, attribute: string, column: number): number {
  const { data } = estimator.anyNumbers(attribute);
  return data[data.length === 1 ? 0 : column] ?? NaN;
}

function clip(x: ValueId, least: number, greatest: number, { graph }: TranslationContext): ValueId {
  const above = least > -Infinity ? graph.binary('max', x, graph.scalar(least)) : x;
  return greatest < Infinity ? graph.binary('min', above, graph.scalar(greatest)) : above;
}

/** A column of 0 and 1 for each column that was missing somewhere in the fit, if asked for. */
function withIndicator(estimator: Estimator, result: Frame, frame: Frame, context: TranslationContext): Frame {
  if (!estimator.boolean('add_indicator', false)) return result;
  const mask = context.graph.cast(missingMask(estimator, frame, context), 'f64');
  const features = estimator
    .child('indicator_')
    .list('features_')
    .map((item) => asNumber(item) ?? -1);
  return result.beside(frame.of(mask).select(features));
}

/**
 * Fills a missing value with the mean of the nearest rows of the fit that have one, by the distance over the columns
 * that both have; with the mean of the column where there is none (sklearn/impute/_knn.py `KNNImputer.transform`).
 */
function translateKnnImputer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (asText(estimator.get('metric')) !== 'nan_euclidean')
    estimator.unsupported('with a metric of your own', 'use nan_euclidean');
  if (!Number.isNaN(estimator.number('missing_values'))) {
    estimator.unsupported('with missing values that are not NaN', 'use missing_values=np.nan');
  }
  const points = fittedRows(estimator, frame.width);
  const x = frame.numbers('take');
  const keepEmpty = estimator.boolean('keep_empty_features', false);
  const kept: number[] = [];
  const columns: ValueId[] = [];
  for (let column = 0; column < frame.width; column++) {
    const donors = points.filter((row) => !Number.isNaN(row[column]));
    if (donors.length === 0 && !keepEmpty) continue;
    kept.push(column);
    frame.hint(
      column,
      donors.slice(0, 16).map((row) => row[column]!),
    );
    const sent = graph.select(x, [column]);
    if (donors.length === 0) {
      columns.push(graph.where(graph.isnan(sent), graph.scalar(0), graph.scalar(0)));
      continue;
    }
    context.spendValues(donors.length * frame.width);
    columns.push(graph.where(graph.isnan(sent), nearestMean(estimator, donors, column, x, context), sent));
  }
  if (kept.length === 0) estimator.unsupported('that leaves no column', 'leave the columns out of the model');
  const result = frame.select(kept).derive(graph.concat(columns), { missing: false, exact: true });
  return { task: 'transform', frame: withIndicator(estimator, result, frame, context) };
}

function fittedRows(estimator: Estimator, width: number): Float64Array[] {
  const { data, shape } = estimator.anyNumbers('_fit_X');
  if (shape.length !== 2 || shape[1] !== width) estimator.wrong('_fit_X', `rows of ${width} columns`, null);
  return Array.from({ length: shape[0]! }, (_, row) => data.subarray(row * width, (row + 1) * width));
}

function nearestMean(
  estimator: Estimator,
  donors: Float64Array[],
  column: number,
  x: ValueId,
  { graph }: TranslationContext,
): ValueId {
  const values = Float64Array.from(donors, (row) => row[column]!);
  const points = new Float64Array(donors.length * donors[0]!.length);
  donors.forEach((row, i) => points.set(row, i * row.length));
  const count = Math.min(estimator.number('n_neighbors'), donors.length);
  const found = graph.neighbors({ x, points, metric: 'nan-euclidean', p: 2, count, values, stride: 1 });
  const range = (from: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const distances = graph.select(found, range(0));
  const answers = graph.select(found, range(count));
  const known = graph.cast(graph.compare('lt', distances, graph.scalar(Infinity)), 'f64');
  let weights = known;
  if (asText(estimator.get('weights')) === 'distance') {
    const inverse = graph.binary('div', graph.scalar(1), distances);
    const same = graph.cast(graph.compare('eq', distances, graph.scalar(0)), 'f64');
    weights = graph.where(graph.compare('gt', graph.reduce('max', same), graph.scalar(0)), same, inverse);
  } else if (asText(estimator.get('weights')) !== 'uniform') {
    estimator.unsupported('with weights of your own', "use weights='uniform' or weights='distance'");
  }
  const total = graph.reduce('sum', weights);
  const mean = graph.binary('div', graph.reduce('sum', graph.binary('mul', answers, weights)), total);
  const columnMean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const none = graph.compare('eq', graph.reduce('max', known), graph.scalar(0));
  return graph.where(none, graph.scalar(columnMean), mean);
}

/** sklearn/impute/_iterative.py, _knn.py */
export const MODEL_IMPUTER_TRANSLATORS: Record<string, Translator> = {
  IterativeImputer: translateIterativeImputer,
  KNNImputer: translateKnnImputer,
};
