import { AppError } from '../../../common/errors';
import { MISSING_TEXT } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import { isNdArray, NumpyScalar } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { toValues } from '../pickle/numpy';
import { asList, asNumber, describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame, MissingPolicy } from './frame';
import type { Category } from './raw-columns';
import type { TranslationContext } from './translation';

/** The categories of one column of an encoder, in the order of their codes; null is the missing value. */
export interface ColumnCategories {
  kind: 'text' | 'number' | 'boolean';
  values: Category[];
  /** Place of NaN among them, -1 when it is not one. */
  nan: number;
  /** Place of None among them, -1 when it is not one. */
  none: number;
}

/**
 * Reads `categories_`: text, numbers or booleans, and None or NaN where the fit saw missing values.
 * @throws AppError model_unsupported for categories that JSON cannot carry, model_corrupt for doubled ones
 */
export function readCategories(encoder: Estimator, frame: Frame, context: TranslationContext): ColumnCategories[] {
  const lists = encoder.list('categories_');
  if (lists.length !== frame.width) {
    throw new AppError(
      'model_corrupt',
      `expected categories for ${frame.width} columns in ${encoder.name}, found ${lists.length}`,
    );
  }
  return lists.map((list, column) => {
    const items = isNdArray(list) ? toValues(list) : asList(list);
    if (!items || items.length === 0) encoder.wrong('categories_', 'lists of categories', list);
    context.spendValues(items.length);
    return columnCategories(items, encoder, frame.label(column));
  });
}

/** The categories of one column; see {@link readCategories}. */
export function columnCategories(items: PyValue[], encoder: Estimator, label: string): ColumnCategories {
  const found: ColumnCategories = { kind: 'number', values: [], nan: -1, none: -1 };
  items.forEach((item, index) => {
    const plain = item instanceof NumpyScalar ? item.value : item;
    if (plain === null) found.none = index;
    if (typeof plain === 'number' && Number.isNaN(plain)) found.nan = index;
    const missing = plain === null || index === found.nan;
    const value = missing || typeof plain === 'string' || typeof plain === 'boolean' ? plain : asNumber(plain);
    if (value === undefined) {
      encoder.unsupported(
        `with the category ${describe(plain)} in ${label}`,
        'use text, numbers or booleans as categories',
      );
    }
    found.values.push(missing ? null : (value as Category));
  });
  const kinds = new Set(found.values.filter((value) => value !== null).map((value) => typeof value));
  if (kinds.size > 1 && kinds.has('string')) {
    encoder.unsupported(
      `with text and numbers among the categories of ${label}`,
      'turn the column into text before fitting',
    );
  }
  if (kinds.has('string')) found.kind = 'text';
  else if (kinds.has('boolean') && kinds.size === 1) found.kind = 'boolean';
  const present = found.values.filter((value) => value !== null);
  if (new Set(found.kind === 'text' ? present : present.map(Number)).size < present.length) {
    throw new AppError('model_corrupt', `expected categories of ${label} that differ, found some twice`);
  }
  return found;
}

/** What an encoder makes of one column. */
export interface CategoryCodes {
  /** Output for each category. */
  codes: ArrayLike<number>;
  /** Output for any other value. */
  unknown: number;
  /** Any other value is an error in scikit-learn. */
  closed: boolean;
  missing: MissingPolicy;
}

/** The code of each value of one column, f64 [N,1]; notes the categories for the signature. */
export function lookupCategories(
  encoder: Estimator,
  frame: Frame,
  column: number,
  categories: ColumnCategories,
  { codes, unknown, closed, missing }: CategoryCodes,
  context: TranslationContext,
): ValueId {
  const { kind, values } = categories;
  const part = frame.select([column]);
  const x = kind === 'text' ? part.text(missing) : part.numbers(missing, kind);
  const known = values.filter((value) => value !== null);
  const open = kind === 'boolean' && known.length === 2; // nothing else can be sent
  if (!part.categories(0, known, closed && !open) && closed) {
    context.warn(
      `${encoder.name} would refuse unknown categories in column ${column} of its input; here they are encoded as ${unknown}`,
    );
  }
  part.hint(
    0,
    known.slice(0, 24).map((value) => (typeof value === 'boolean' ? Number(value) : value)),
  );
  // None and NaN are one null in JSON; None counts when a column was fitted with both.
  const skipped = categories.none >= 0 ? categories.nan : -1;
  if (skipped >= 0) context.warn(`${frame.label(column)} was fitted with both None and NaN; null is taken as None`);
  const kept = values.flatMap((value, index) => (index === skipped ? [] : [{ value, code: codes[index]! }]));
  const results = Float64Array.from(kept, ({ code }) => code);
  const keys =
    kind === 'text'
      ? kept.map(({ value }) => (value === null ? MISSING_TEXT : String(value)))
      : Float64Array.from(kept, ({ value }) => (value === null ? NaN : Number(value)));
  return context.graph.lookup(x, keys, results, unknown);
}

/** `_default_to_infrequent_mappings[column]` (1.1 and later): the code of each category after rare ones are grouped. */
export function infrequentMapping(encoder: Estimator, column: number, size: number): Float64Array | null {
  const value = encoder.get('_default_to_infrequent_mappings');
  const mapping = asList(value)?.[column];
  if (mapping === undefined || mapping === null) return null;
  const codes = isNdArray(mapping) ? toValues(mapping).map(asNumber) : undefined;
  if (
    !codes ||
    codes.length > size ||
    codes.some((code) => code === undefined || !(Number.isInteger(code) && code >= 0 && code < size))
  ) {
    return encoder.wrong('_default_to_infrequent_mappings', `codes for ${size} categories`, mapping);
  }
  return Float64Array.from(codes as number[]);
}
