import { readTable } from '../pickle/pandas-tables';
import { PyDict } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber } from '../sklearn/arrays';
import { columnNames } from '../sklearn/column-names';
import { constantRows } from '../sklearn/dummy';
import type { Estimator } from '../sklearn/estimator';
import type { Frame } from '../sklearn/frame';
import type { Translation, TranslationContext, Translator } from '../sklearn/translation';
import { countedColumn } from './count-encoder';
import { encode } from './encoded-column';
import type { EncodedColumn } from './encoded-column';
import { byOrdinal, direct, fittedColumns, fittedNames, holderOf, isMissing, outputNames, plain } from './read-columns';
import { readCodeTable, readCodeValues, readOrdinals } from './read-columns';
import type { FittedColumn } from './read-columns';

type ReadColumn = (estimator: Estimator, column: FittedColumn, context: TranslationContext) => EncodedColumn;

/** Encoders of contrasts put a column of ones first up to 2.6. */
const INTERCEPT = 'intercept';

/**
 * An encoder of category_encoders: the columns of `cols` become one or several in their place, the others stay
 * (category_encoders/utils.py `BaseEncoder`). Of what comes out the columns are taken that the fit noted, in its order,
 * which leaves out those that drop_invariant dropped.
 */
function encoderOf(read: ReadColumn): Translator {
  return (estimator: Estimator, frame: Frame, context: TranslationContext): Translation => {
    const names = fittedNames(estimator);
    if (names && names.length < frame.width && estimator.boolean('drop_invariant', false)) {
      estimator.unsupported(
        'with drop_invariant of category_encoders before 2.6, which does not record its columns,',
        'fit it again with 2.6 or newer, or with drop_invariant=False',
      );
    }
    if (names?.length !== frame.width) {
      return estimator.wrong('feature_names_in_', `${frame.width} names`, estimator.get('feature_names_in_'));
    }
    const encoded = new Map(
      fittedColumns(estimator, names).map((column) => [column.place, read(estimator, column, context)]),
    );
    const parts = names.flatMap((name, place): { part: Frame; names: string[] }[] => {
      const column = encoded.get(place);
      if (!column) return [{ part: frame.select([place]), names: [name] }];
      if (column.names.length === 0) return []; // contrasts of a single category
      return [{ part: encode(estimator, frame, column, context), names: column.names }];
    });
    if (parts.length === 0) estimator.unsupported('that keeps no column', 'leave the columns out of the model');
    const made = parts.flatMap((part) => part.names);
    const all = parts[0]!.part.beside(...parts.slice(1).map(({ part }) => part));
    return { task: 'transform', frame: inOrder(estimator, all, made, frame, context) };
  };
}

function inOrder(
  estimator: Estimator,
  all: Frame,
  made: readonly string[],
  frame: Frame,
  context: TranslationContext,
): Frame {
  const wanted = outputNames(estimator);
  if (!wanted) return estimator.wrong('feature_names_out_', 'names of columns', estimator.get('feature_names_out_'));
  const hasOnes = wanted.includes(INTERCEPT) && !made.includes(INTERCEPT);
  const complete = hasOnes ? all.beside(frame.of(constantRows([1], frame, context))) : all;
  const known = hasOnes ? [...made, INTERCEPT] : made;
  if (new Set(known).size < known.length) {
    estimator.unsupported('whose columns come out with one name twice', 'rename the columns before fitting');
  }
  const places = wanted.map((name) => known.indexOf(name));
  if (places.includes(-1) || places.length === 0) {
    return estimator.wrong('feature_names_out_', `some of ${known.slice(0, 8).join(', ')}`, wanted[places.indexOf(-1)]);
  }
  return complete.select(places);
}

/** category_encoders/ordinal.py `OrdinalEncoder.ordinal_encoding`: unknown -1; a missing value's -2 is NaN if asked. */
function ordinal(estimator: Estimator, column: FittedColumn, context: TranslationContext): EncodedColumn {
  const { categories, codes, missing } = readOrdinals(estimator, column, context);
  const gap = estimator.text('handle_missing') === 'return_nan' ? -2 : undefined;
  const unknown = estimator.text('handle_unknown') === 'value' ? -1 : NaN;
  const shown = (code: number): number => (code === gap ? NaN : code);
  const values = new Map<PyValue, number>(categories.map((category, at) => [category, shown(codes[at]!)]));
  return direct(estimator, column, values, { missing: missing === -1 ? unknown : shown(missing), unknown });
}

/** Encoders with a table of numbers for the number of each category: one-hot, binary and contrasts. */
function tabled(estimator: Estimator, column: FittedColumn, context: TranslationContext): EncodedColumn {
  const holder = holderOf(estimator);
  const ordinals = readOrdinals(holder.child('ordinal_encoder'), column, context);
  return byOrdinal(holder, column, ordinals, readCodeTable(holder, column, context), context);
}

/** Encoders with one number for the number of each category: means of the target, weights of evidence. */
function valued(estimator: Estimator, column: FittedColumn, context: TranslationContext): EncodedColumn {
  const ordinals = readOrdinals(estimator.child('ordinal_encoder'), column, context);
  return byOrdinal(estimator, column, ordinals, readCodeValues(estimator, column, context), context);
}

/**
 * Sums and counts of the target by category, whose mean is answered, the mean of all for a category of one row
 * (category_encoders/leave_one_out.py); `prior` rows of the mean of all are added (category_encoders/cat_boost.py).
 */
function averaged(prior: (estimator: Estimator) => number): ReadColumn {
  return (estimator, column, context) => {
    const mapping = estimator.require('mapping');
    const table = mapping instanceof PyDict ? readTable(mapping.get(column.key)) : undefined;
    const [sum, count] = ['sum', 'count'].map((name) => {
      const at = columnNames(table?.columns ?? [])?.indexOf(name) ?? -1;
      return table && at >= 0 ? table.column(at).map((cell) => asNumber(plain(cell)) ?? NaN) : undefined;
    });
    if (!table || !sum || !count) return estimator.wrong('mapping', `sums and counts of ${column.name}`, mapping);
    context.spendValues(table.index.length);
    const mean = estimator.number('_mean');
    const a = prior(estimator);
    const means = new Map(
      table.index.map((key, row): [PyValue, number] => {
        return [plain(key), count[row]! > 1 ? (sum[row]! + mean * a) / (count[row]! + a) : mean];
      }),
    );
    const ofNull = [...means].find(([key]) => isMissing(key))?.[1];
    const missing = estimator.text('handle_missing') === 'value' ? (ofNull ?? mean) : NaN;
    return direct(estimator, column, means, {
      missing,
      unknown: estimator.text('handle_unknown') === 'value' ? mean : NaN,
    });
  };
}

/** Up to 2.2 `a` stood in the denominator alone; those fits are told by attributes that 2.5 renamed. */
function addedRows(estimator: Estimator): number {
  const a = estimator.number('a');
  if (a !== 1 && !estimator.has('invariant_cols')) tooOld(estimator, 'with a other than 1');
  return a;
}

/** What 2.3 and older counted of missing and unknown categories follows other rules; they held no OrdinalEncoder. */
function counted(estimator: Estimator, column: FittedColumn, context: TranslationContext): EncodedColumn {
  return estimator.has('ordinal_encoder') ? countedColumn(estimator, column, context) : tooOld(estimator, 'fitted');
}

function tooOld(estimator: Estimator, what: string): never {
  return estimator.unsupported(`${what} before category_encoders 2.5`, 'fit it again with 2.5 or newer');
}

/** Classes of category_encoders, 2.2 to 2.11. */
export const CATEGORY_ENCODER_TRANSLATORS: ReadonlyMap<string, Translator> = new Map(
  Object.entries({
    BackwardDifferenceEncoder: encoderOf(tabled),
    BaseNEncoder: encoderOf(tabled),
    BinaryEncoder: encoderOf(tabled),
    CatBoostEncoder: encoderOf(averaged(addedRows)),
    CountEncoder: encoderOf(counted),
    GLMMEncoder: encoderOf(valued),
    GrayEncoder: encoderOf(tabled),
    HelmertEncoder: encoderOf(tabled),
    JamesSteinEncoder: encoderOf(valued),
    LeaveOneOutEncoder: encoderOf(averaged(() => 0)),
    MEstimateEncoder: encoderOf(valued),
    OneHotEncoder: encoderOf(tabled),
    OrdinalEncoder: encoderOf(ordinal),
    PolynomialEncoder: encoderOf(tabled),
    QuantileEncoder: encoderOf(valued),
    SumEncoder: encoderOf(tabled),
    TargetEncoder: encoderOf(valued),
    WOEEncoder: encoderOf(valued),
  }),
);
