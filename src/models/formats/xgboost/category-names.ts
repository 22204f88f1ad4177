import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import type { Frame } from '../sklearn/frame';
import type { TranslationContext } from '../sklearn/translation';
import { isObject, listAt, member, numbersAt } from './json-members';
import type { JsonObject } from './json-members';
import type { XgboostModel } from './read-xgboost-model';

/**
 * The columns of a row as numbers, categories as their codes. XGBoost 3.1 and newer keep the categories of the data frame
 * (`cats`, src/data/cat_container.cc), so that clients send the categories themselves; before, only the codes are known.
 */
export function codedColumns(model: XgboostModel, frame: Frame, context: TranslationContext): ValueId {
  const columns = model.categories ? readCategories(model.categories, model.major === 3 && model.minor < 4) : [];
  const known = columns.map((column) => column !== null && column.length > 0);
  if (!known.includes(true)) {
    if (model.types?.includes('c')) {
      context.warn(
        'categorical columns take the codes that XGBoost was given (in pandas, column.cat.codes), not the categories',
      );
    }
    return frame.numbers('take');
  }
  const parts = Array.from({ length: frame.width }, (_, index) => {
    const column = frame.select([index]);
    const categories = columns[index];
    if (!categories || categories.length === 0) return column.numbers('take');
    frame.categories(index, categories, true);
    frame.hint(index, categories.slice(0, 64));
    const codes = Float64Array.from(categories, (_category, code) => code);
    const texts = categories.filter((category) => typeof category === 'string');
    return texts.length === categories.length
      ? context.graph.lookup(column.text('take'), texts, codes, NaN)
      : context.graph.lookup(column.numbers('take'), Float64Array.from(categories, Number), codes, NaN);
  });
  return context.graph.concat(parts);
}

/** For each column its categories by code, null for one that is no category; names are `cut` up to 3.3. */
function readCategories(cats: JsonObject, cut: boolean): ((string | number)[] | null)[] {
  return Array.from(listAt(cats, 'enc'), (column) => {
    if (!isObject(column)) return null;
    if (member(column, 'offsets') === undefined) return Array.from(numbersAt(column, 'values'));
    const values = Uint8Array.from(numbersAt(column, 'values'));
    // A name has as many bytes as it had characters then.
    if (cut && values.some((byte) => byte >= 0x80)) {
      throw new AppError(
        'model_unsupported',
        'XGBoost before 3.4 keeps only a part of the names of categories that are not ASCII; rename those categories, or train with XGBoost 3.4 or newer',
      );
    }
    return texts(numbersAt(column, 'offsets'), values);
  });
}

/** Texts as bytes one after another, each from one offset to the next. */
function texts(offsets: ArrayLike<number>, values: Uint8Array): string[] {
  const bytes = Buffer.from(values);
  return Array.from({ length: Math.max(0, offsets.length - 1) }, (_, index) => {
    const [from, to] = [offsets[index]!, offsets[index + 1]!];
    if (!(from >= 0 && from <= to && to <= bytes.length)) {
      throw new AppError(
        'model_corrupt',
        `expected categories of XGBoost within ${bytes.length} bytes, found ${from} to ${to}`,
      );
    }
    return bytes.toString('utf8', from, to);
  });
}
