import type { ValueId } from '../../graph/ir';
import type { Frame } from '../sklearn/frame';
import type { TranslationContext } from '../sklearn/translation';
import type { LightgbmModel } from './read-lightgbm-model';

/**
 * The columns of a row as numbers. Columns that were categories in a pandas data frame take the categories themselves and
 * become their codes, as `Booster.predict` does for data frames; unknown ones are missing.
 */
export function codedColumns(model: LightgbmModel, frame: Frame, context: TranslationContext): ValueId {
  const lists = model.pandasCategories;
  const places = model.categorical.flatMap((categorical, index) => (categorical ? [index] : []));
  if (!lists || lists.length !== places.length || !lists.every(isUniform)) {
    if (lists) context.warn('categorical columns take the codes of their categories in pandas, column.cat.codes');
    return frame.numbers('take');
  }
  const parts = Array.from({ length: frame.width }, (_, index) => {
    const column = frame.select([index]);
    const categories = lists[places.indexOf(index)] as (string | number | boolean)[] | undefined;
    if (!categories || categories.length === 0) return column.numbers('take');
    frame.categories(index, categories, false);
    const codes = Float64Array.from(categories, (_category, code) => code);
    if (typeof categories[0] === 'string')
      return context.graph.lookup(column.text('take'), categories as string[], codes, NaN);
    const kind = typeof categories[0] === 'boolean' ? 'boolean' : 'number';
    return context.graph.lookup(column.numbers('take', kind), Float64Array.from(categories, Number), codes, NaN);
  });
  return context.graph.concat(parts);
}

function isUniform(categories: unknown[]): boolean {
  const kind = typeof categories[0];
  return (
    ['string', 'number', 'boolean', 'undefined'].includes(kind) && categories.every((value) => typeof value === kind)
  );
}
