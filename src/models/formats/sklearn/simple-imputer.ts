import { AppError } from '../../../common/errors';
import { MISSING_TEXT } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import { NumpyScalar, PyGlobal, PyObject } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber, asNumbers, asText } from './arrays';
import type { Estimator } from './estimator';
import type { Frame, MissingPolicy } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** What stands for a missing value: NaN, None or pandas.NA (JSON null), or a value of its own. */
export type MissingMark = { null: true } | { null: false; value: number | string };

/** What replaces missing values in a column; null when the fit saw none to learn from. */
type Statistic = number | string | null;

/**
 * Fills missing values with `statistics_`, leaves columns out that were all missing in the fit, and adds a column for
 * each where something was missing if asked (sklearn/impute/_base.py `SimpleImputer.transform`).
 */
function translateSimpleImputer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const statistics = readStatistics(estimator, frame);
  const mark = missingMark(estimator);
  const isText = textColumns(estimator, statistics, frame);
  const groups = [true, false].map((text) =>
    statistics.flatMap((_, column) => (isText[column] === text ? [column] : [])),
  );
  const filled: Frame[] = [];
  const masks: ValueId[] = [];
  groups.forEach((columns, group) => {
    if (columns.length === 0) return;
    const { values, mask } = fill(
      frame.select(columns),
      columns.map((column) => statistics[column] ?? null),
      group === 0,
      mark,
      context,
    );
    filled.push(values);
    masks.push(mask);
  });
  const order = groups.flat();
  const place = (column: number): number => order.indexOf(column);
  const kept = statistics.flatMap((statistic, column) =>
    statistic !== null || keepsEmpty(estimator) ? [place(column)] : [],
  );
  let result = filled[0]!.beside(...filled.slice(1)).select(kept);
  if (estimator.boolean('add_indicator', false)) {
    const indicator = context.graph.cast(context.graph.concat(masks), 'f64');
    result = result.beside(frame.of(indicator).select(indicatorColumns(estimator).map(place)));
  }
  if (result.width === 0) estimator.unsupported('that leaves no column', 'leave the columns out of the model');
  return { task: 'transform', frame: result };
}

function fill(
  part: Frame,
  statistics: Statistic[],
  text: boolean,
  mark: MissingMark,
  context: TranslationContext,
): { values: Frame; mask: ValueId } {
  const { graph } = context;
  const policy: MissingPolicy = mark.null ? 'take' : 'refuse';
  statistics.forEach((statistic, column) => statistic !== null && part.hint(column, [statistic]));
  const x = text ? part.text(policy) : part.numbers(policy);
  const mask = missingMask(x, text, mark, context);
  const fillers = text
    ? graph.texts(statistics.map((value) => String(value ?? '')))
    : graph.row(statistics.map((value) => Number(value ?? NaN)));
  return { values: part.derive(graph.where(mask, fillers, x), { missing: false, exact: true }), mask };
}

/** Where values are what stands for missing; a mark of the other type matches nothing. */
export function missingMask(x: ValueId, text: boolean, mark: MissingMark, { graph }: TranslationContext): ValueId {
  if (mark.null) return text ? graph.compare('eq', x, graph.texts([MISSING_TEXT])) : graph.isnan(x);
  if ((typeof mark.value === 'string') !== text) {
    return text ? graph.compare('eq', x, graph.texts(['\uffffnever'])) : graph.compare('lt', x, x);
  }
  return graph.compare('eq', x, typeof mark.value === 'string' ? graph.texts([mark.value]) : graph.scalar(mark.value));
}

function readStatistics(estimator: Estimator, frame: Frame): Statistic[] {
  const items = estimator.list('statistics_');
  if (items.length !== frame.width) {
    throw new AppError(
      'model_corrupt',
      `expected ${frame.width} statistics in ${estimator.name}, found ${items.length}`,
    );
  }
  return items.map((item): Statistic => {
    if (item === null || isPandasNa(item)) return null;
    const text = asText(item);
    if (text !== undefined) return text;
    const number = asNumber(item) ?? estimator.wrong('statistics_', 'numbers or text', item);
    return Number.isNaN(number) ? null : number;
  });
}

/** A column is text when its statistic is, or when it has none and the others, of an object array, are text. */
function textColumns(estimator: Estimator, statistics: Statistic[], frame: Frame): boolean[] {
  const numeric =
    asNumbers(estimator.get('statistics_')) !== undefined && estimator.array('statistics_').dtype.kind !== 'O';
  const anyText = statistics.some((statistic) => typeof statistic === 'string');
  return statistics.map((statistic, column) => {
    if (statistic !== null) return typeof statistic === 'string';
    return frame.kind(column) === 'text' || (!numeric && anyText);
  });
}

/** Up to 1.7 a constant also fills columns without any value; 1.2 brought a parameter for every strategy. */
function keepsEmpty(estimator: Estimator): boolean {
  if (estimator.boolean('keep_empty_features', false)) return true;
  return estimator.text('strategy') === 'constant' && !estimator.atLeast(1, 8);
}

function indicatorColumns(estimator: Estimator): number[] {
  return estimator
    .child('indicator_')
    .list('features_')
    .map((item) => asNumber(item) ?? estimator.wrong('indicator_', 'columns', item));
}

/** What the estimator takes for missing. @throws AppError model_corrupt for a mark that is no number or text */
export function missingMark(estimator: Estimator): MissingMark {
  const value = estimator.require('missing_values');
  if (value === null || isPandasNa(value)) return { null: true };
  const text = asText(value);
  if (text !== undefined) return { null: false, value: text };
  const number = asNumber(value) ?? estimator.wrong('missing_values', 'a number, text or None', value);
  return Number.isNaN(number) ? { null: true } : { null: false, value: number };
}

function isPandasNa(value: PyValue): boolean {
  const plain = value instanceof NumpyScalar ? value.value : value;
  const path = plain instanceof PyObject || plain instanceof PyGlobal ? plain.path : '';
  return path.startsWith('pandas.') && /\b(NA|C_NA|NAType)$/.test(path);
}

/** Imputers (sklearn/impute/_base.py). */
export const IMPUTER_TRANSLATORS: Record<string, Translator> = { SimpleImputer: translateSimpleImputer };
