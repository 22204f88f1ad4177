import { readSeries, readTable } from '../pickle/pandas-tables';
import { NumpyScalar, PyDict } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asList, asNumber } from '../sklearn/arrays';
import { columnNames } from '../sklearn/column-names';
import type { Estimator } from '../sklearn/estimator';
import type { TranslationContext } from '../sklearn/translation';
import type { EncodedColumn } from './encoded-column';

/** What the OrdinalEncoder of this library gives for an unknown category. */
const UNKNOWN = -1;
/** What it gives for a missing value that the fit did not have. */
const MISSING = -2;

const ADVICE = 'fit the encoder with category_encoders 2.2 or newer and pandas 1.1 or newer';

/** A column that is encoded: its place among the columns of the fit, and what the encoder calls it. */
export interface FittedColumn {
  place: number;
  key: PyValue;
  name: string;
}

/** Up to 2.4 a BinaryEncoder holds the encoder that knows all of it. */
export function holderOf(estimator: Estimator): Estimator {
  return estimator.has('base_n_encoder') ? estimator.child('base_n_encoder') : estimator;
}

/** Names of the columns of the fit: `feature_names_in_`, before 2.6 what the OrdinalEncoder inside calls its output. */
export function fittedNames(estimator: Estimator): string[] | undefined {
  const holder = holderOf(estimator);
  const inner = holder.has('ordinal_encoder') ? holder.child('ordinal_encoder') : holder;
  for (const owner of [estimator, inner]) {
    const given = owner.get('feature_names_in_');
    const names = given === undefined ? undefined : columnNames(given);
    if (names) return names;
  }
  const before = inner.get('feature_names');
  return before === undefined ? undefined : columnNames(before);
}

/** Names of what comes out, without columns that were dropped: `feature_names_out_`, before 2.6 `feature_names`. */
export function outputNames(estimator: Estimator): string[] | undefined {
  const holder = holderOf(estimator);
  const given = holder.get('feature_names_out_') ?? holder.get('feature_names');
  return given === undefined ? undefined : columnNames(given);
}

/** The columns that are encoded. @throws AppError model_corrupt for one that the fit did not have */
export function fittedColumns(estimator: Estimator, names: readonly string[]): FittedColumn[] {
  const holder = holderOf(estimator);
  return holder.list('cols').map((key): FittedColumn => {
    const name = columnNames([key])?.[0] ?? '';
    const place = names.indexOf(name);
    return place < 0
      ? estimator.wrong('cols', `columns of ${names.slice(0, 8).join(', ')}`, key)
      : { place, key, name };
  });
}

/** What a column becomes by numbers that the encoder has for each category itself. */
export function direct(
  estimator: Estimator,
  { place, name }: FittedColumn,
  codes: ReadonlyMap<PyValue, number>,
  others: { missing: number; unknown: number },
): EncodedColumn {
  const categories = [...codes.keys()].filter((key) => !isMissing(key));
  return {
    column: place,
    names: [name],
    categories,
    rows: categories.map((key) => [codes.get(key)!]),
    missing: [others.missing],
    unknown: [others.unknown],
    closed: estimator.text('handle_unknown') === 'error',
    refusesMissing: estimator.text('handle_missing') === 'error',
  };
}

/** What a column becomes by the number of its category and the row of a table, or the value, for that number. */
export function byOrdinal(
  estimator: Estimator,
  { place }: FittedColumn,
  ordinals: Ordinals,
  { names, rowOf }: CodeTable,
  context: TranslationContext,
): EncodedColumn {
  context.spendValues((ordinals.codes.length + 2) * names.length);
  const nothing = new Float64Array(names.length).fill(NaN);
  const row = (code: number): ArrayLike<number> => rowOf(Number.isNaN(code) ? MISSING : code) ?? nothing;
  return {
    column: place,
    names,
    categories: ordinals.categories,
    rows: ordinals.codes.map(row),
    missing: row(ordinals.missing),
    unknown: row(UNKNOWN),
    closed: estimator.text('handle_unknown') === 'error',
    refusesMissing: estimator.text('handle_missing') === 'error',
  };
}

/** The number of each category of a column. */
export interface Ordinals {
  categories: PyValue[];
  codes: number[];
  /** That of a missing value; -1 where the fit had none and did not care. */
  missing: number;
}

/** `mapping` of an OrdinalEncoder, for one column. @throws AppError */
export function readOrdinals(encoder: Estimator, column: FittedColumn, context: TranslationContext): Ordinals {
  const mapping = mappingOf(encoder, column);
  const given = mapping instanceof PyDict ? [...mapping.entries()] : entriesOf(mapping, context);
  if (!given) return encoder.unsupported(`with a mapping of ${column.name} that cannot be read`, ADVICE);
  const entries = given.map(([key, code]): [PyValue, number] => [
    plain(key),
    asNumber(code) ?? encoder.wrong('mapping', 'whole numbers', code),
  ]);
  const present = entries.filter(([key]) => !isMissing(key));
  return {
    categories: present.map(([key]) => key),
    codes: present.map(([, code]) => code),
    missing: entries.find(([key]) => isMissing(key))?.[1] ?? UNKNOWN,
  };
}

/** What there is for each number of a category. */
export interface CodeTable {
  names: string[];
  rowOf: (code: number) => ArrayLike<number> | undefined;
}

/** `mapping` of an encoder of several columns: a list of dicts with a DataFrame each. @throws AppError */
export function readCodeTable(estimator: Estimator, column: FittedColumn, context: TranslationContext): CodeTable {
  const table = readTable(mappingOf(estimator, column));
  const names = table && columnNames(table.columns);
  if (!table || !names) return estimator.unsupported(`with a mapping of ${column.name} that cannot be read`, ADVICE);
  context.spendValues(names.length * table.index.length);
  const cells = names.map((_, at) => table.column(at).map((cell) => asNumber(plain(cell)) ?? NaN));
  const places = new Map(table.index.map((code, row): [number | undefined, number] => [asNumber(code), row]));
  return {
    names,
    rowOf: (code) => {
      const row = places.get(code);
      return row === undefined ? undefined : cells.map((values) => values[row]!);
    },
  };
}

/** `mapping` of an encoder of one number for each category: a dict with a Series each. @throws AppError */
export function readCodeValues(estimator: Estimator, column: FittedColumn, context: TranslationContext): CodeTable {
  const mapping = estimator.require('mapping');
  const series = mapping instanceof PyDict ? entriesOf(mapping.get(column.key), context) : undefined;
  if (!series) return estimator.unsupported(`with a mapping of ${column.name} that cannot be read`, ADVICE);
  const values = new Map(series.map(([code, value]) => [asNumber(code), asNumber(plain(value)) ?? NaN]));
  return {
    names: [column.name],
    rowOf: (code) => {
      const value = values.get(code);
      return value === undefined ? undefined : [value];
    },
  };
}

/** Index and values of a Series, side by side. */
export function entriesOf(value: PyValue | undefined, context: TranslationContext): [PyValue, PyValue][] | undefined {
  const series = readSeries(value);
  context.spendValues(series?.index.length ?? 0);
  return series?.index.map((key, at) => [plain(key), series.values[at]!]);
}

/** None, NaN and pandas.NA, which a record sends as null. */
export function isMissing(value: PyValue): boolean {
  return value === null || (typeof value === 'number' && Number.isNaN(value));
}

export function plain(value: PyValue): PyValue {
  return value instanceof NumpyScalar ? value.value : value;
}

function mappingOf(estimator: Estimator, { key, name }: FittedColumn): PyValue | undefined {
  const list = asList(estimator.require('mapping')) ?? estimator.wrong('mapping', 'a list', estimator.get('mapping'));
  const found = list.find((item) => item instanceof PyDict && plain(item.get('col') ?? null) === plain(key));
  if (found instanceof PyDict) return found.get('mapping');
  return estimator.unsupported(`without categories of ${name}`, 'leave the column out of cols');
}
