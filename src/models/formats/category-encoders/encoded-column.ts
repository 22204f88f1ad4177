import type { ValueId } from '../../graph/ir';
import type { PyValue } from '../pickle/records';
import { columnCategories, lookupCategories } from '../sklearn/categories';
import type { Estimator } from '../sklearn/estimator';
import type { Frame } from '../sklearn/frame';
import type { TranslationContext } from '../sklearn/translation';

/** What an encoder makes of one column: a row of numbers for each category, for null and for any other value. */
export interface EncodedColumn {
  /** Place of the column in the frame. */
  column: number;
  /** Names of the columns it becomes. */
  names: string[];
  /** Categories without the missing value. */
  categories: PyValue[];
  rows: ArrayLike<number>[];
  missing: ArrayLike<number>;
  unknown: ArrayLike<number>;
  /** The encoder fails on an unknown category. */
  closed: boolean;
  /** The encoder fails on a missing value. */
  refusesMissing: boolean;
}

/** The columns that an encoded one becomes; a missing value that is encoded as NaN is still missing in them. */
export function encode(estimator: Estimator, frame: Frame, encoded: EncodedColumn, context: TranslationContext): Frame {
  const { column, names, refusesMissing } = encoded;
  const value =
    names.length === 1 ? single(estimator, frame, encoded, context) : several(estimator, frame, encoded, context);
  const isLost = refusesMissing || !Array.from(encoded.missing).every(Number.isNaN);
  if (isLost) return frame.of(value);
  const source = frame.select(new Array<number>(names.length).fill(column));
  return source.derive(value, { missing: true, exact: false, toRaw: () => NaN });
}

function single(estimator: Estimator, frame: Frame, encoded: EncodedColumn, context: TranslationContext): ValueId {
  return lookup(estimator, frame, encoded, (row) => row[0] ?? NaN, context);
}

/**
 * Several columns: a 1 in one of them where the categories are told apart by that, else the place of the row that a
 * category has in a table, as one of zeros and ones, times the table. A row of NaN stays one.
 */
function several(estimator: Estimator, frame: Frame, encoded: EncodedColumn, context: TranslationContext): ValueId {
  const { graph } = context;
  const width = encoded.names.length;
  const all = [...encoded.rows, encoded.missing, encoded.unknown].filter((row) => !Number.isNaN(row[0] ?? NaN));
  const isPlain = all.every(isOneHot);
  const tables = new Map<ArrayLike<number>, number>(isPlain ? [] : all.map((row, at) => [row, at]));
  const placeOf = (row: ArrayLike<number>): number => {
    if (Number.isNaN(row[0] ?? NaN)) return NaN;
    return isPlain ? Array.prototype.indexOf.call(row, 1) : tables.get(row)!;
  };
  const place = lookup(estimator, frame, encoded, placeOf, context);
  const size = isPlain ? width : all.length;
  context.spendValues(size * width);
  const hits = graph.compare('eq', place, graph.row(Array.from({ length: size }, (_, at) => at)));
  const chosen = graph.cast(hits, 'f64');
  const weights = isPlain ? null : Float64Array.from(all.flatMap((row) => Array.from(row)));
  const value = weights === null ? chosen : graph.matmul(chosen, weights, width);
  const hasGaps = all.length < encoded.rows.length + 2;
  return hasGaps ? graph.where(graph.isnan(place), graph.scalar(NaN), value) : value;
}

function isOneHot(row: ArrayLike<number>): boolean {
  const others = Array.from(row).filter((value) => value !== 0);
  return others.length === 0 || (others.length === 1 && others[0] === 1);
}

function lookup(
  estimator: Estimator,
  frame: Frame,
  { column, categories, rows, missing, unknown, closed, refusesMissing }: EncodedColumn,
  code: (row: ArrayLike<number>) => number,
  context: TranslationContext,
): ValueId {
  context.spendValues(categories.length);
  const known = columnCategories(refusesMissing ? categories : [...categories, NaN], estimator, frame.label(column));
  const codes = [...rows, ...(refusesMissing ? [] : [missing])].map(code);
  const rules = { codes, unknown: code(unknown), closed, missing: refusesMissing ? 'refuse' : 'take' } as const;
  return lookupCategories(estimator, frame, column, known, rules, context);
}
