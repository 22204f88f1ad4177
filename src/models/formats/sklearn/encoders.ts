import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asList, asNumber } from './arrays';
import { infrequentMapping, lookupCategories, readCategories } from './categories';
import type { ColumnCategories } from './categories';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** Where the categories of a column go in the one-hot output. */
interface OneHotColumns {
  /** Output column of each category, -1 for a dropped one. */
  codes: number[];
  /** Output column of unknown values, -1 for all zeros. */
  unknown: number;
  width: number;
}

/** One column for each category, rare ones grouped, dropped ones left out (sklearn/preprocessing/_encoders.py). */
function translateOneHot(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const closed = (estimator.text('handle_unknown') ?? 'error') === 'error';
  if (estimator.has('n_values') && !(estimator.text('n_values') === 'auto' && estimator.has('categories_'))) {
    estimator.unsupported('with n_values, which only scikit-learn before 0.22 has,', 'fit it again with 0.22 or newer');
  }
  const blocks = readCategories(estimator, frame, context).flatMap((categories, column): ValueId[] => {
    const { codes, unknown, width } = oneHotColumns(estimator, categories, column);
    const missing = categories.nan >= 0 || categories.none >= 0 ? 'take' : 'refuse';
    const code = lookupCategories(estimator, frame, column, categories, { codes, unknown, closed, missing }, context);
    if (width === 0) return [];
    return [graph.cast(graph.compare('eq', code, graph.row(Array.from({ length: width }, (_, i) => i))), 'f64')];
  });
  if (blocks.length === 0) estimator.unsupported('that drops every category', 'leave the columns out of the model');
  // `sparse` before 1.2.
  const sparse = estimator.boolean('sparse_output', estimator.boolean('sparse', true));
  return { task: 'transform', frame: frame.of(graph.concat(blocks)).stored(sparse) };
}

function oneHotColumns(estimator: Estimator, { values }: ColumnCategories, column: number): OneHotColumns {
  const mapping = infrequentMapping(estimator, column, values.length);
  if (mapping && mapping.length !== values.length)
    estimator.wrong('_default_to_infrequent_mappings', `${values.length} codes`, null);
  const grouped = values.map((_, index) => (mapping ? mapping[index]! : index));
  const groups = grouped.reduce((most, group) => Math.max(most, group), 0) + 1;
  const drop = droppedGroup(estimator, column);
  if (drop >= groups) estimator.wrong('drop_idx_', `below ${groups}`, drop);
  const place = (group: number): number => (group === drop ? -1 : drop >= 0 && group > drop ? group - 1 : group);
  const handling = estimator.text('handle_unknown');
  const toInfrequent = mapping !== null && (handling === 'infrequent_if_exist' || handling === 'warn');
  return {
    codes: grouped.map(place),
    unknown: toInfrequent ? place(groups - 1) : -1,
    width: drop >= 0 ? groups - 1 : groups,
  };
}

/**
 * The group that is left out, -1 for none: `_drop_idx_after_grouping` since 1.2, where `drop_idx_` became the place of a
 * category; before, `drop_idx_` is the group's.
 */
function droppedGroup(estimator: Estimator, column: number): number {
  const attribute = estimator.get('_drop_idx_after_grouping') === undefined ? 'drop_idx_' : '_drop_idx_after_grouping';
  const value = estimator.get(attribute);
  if (value === undefined || value === null) return -1;
  const list = asList(value) ?? estimator.wrong(attribute, 'a list', value);
  const index = list[column];
  if (index === null) return -1;
  const number = asNumber(index);
  if (number !== undefined && Number.isInteger(number) && number >= 0) return number;
  return estimator.wrong(attribute, 'places of categories', index);
}

/** The place of each category as a number (`OrdinalEncoder.transform`). */
function translateOrdinal(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const useEncoded = estimator.text('handle_unknown') === 'use_encoded_value';
  const unknown = useEncoded ? estimator.number('unknown_value') : NaN;
  const encodedMissing = asNumber(estimator.get('encoded_missing_value')) ?? NaN; // a parameter since 1.1, NaN before
  const all = readCategories(estimator, frame, context);
  const values = all.map((categories, column) => {
    const { nan, none } = categories;
    const mapping = infrequentMapping(estimator, column, categories.values.length);
    const codes = categories.values.map((_, index) => (index === nan ? encodedMissing : (mapping?.[index] ?? index)));
    if (mapping && mapping.length < codes.length - Number(nan >= 0)) {
      throw new AppError(
        'model_corrupt',
        `expected ${codes.length} codes for column ${column} of ${estimator.name}, found ${mapping.length}`,
      );
    }
    const missing = none >= 0 || nan >= 0 ? 'take' : 'refuse';
    return lookupCategories(
      estimator,
      frame,
      column,
      categories,
      { codes, unknown, closed: !useEncoded, missing },
      context,
    );
  });
  const encoded = context.graph.concat(values);
  // A missing value that is encoded as NaN is still missing for the next step.
  const lost = all.map(({ nan, none }) => !(nan >= 0 && none < 0 && Number.isNaN(encodedMissing)));
  const columns = frame.derive(encoded, { missing: true, exact: false, toRaw: () => NaN });
  const plain = frame.of(encoded);
  const pick = lost.map((isLost, column) => (isLost ? column : frame.width + column));
  return { task: 'transform', frame: plain.beside(columns).select(pick) };
}

/** Encoders of categories (sklearn/preprocessing/_encoders.py). */
export const ENCODER_TRANSLATORS: Record<string, Translator> = {
  OneHotEncoder: translateOneHot,
  OrdinalEncoder: translateOrdinal,
};
