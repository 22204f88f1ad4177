import { AppError } from '../../../common/errors';
import { PyDict, PyObject } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asList, asNumber, asText, describe } from './arrays';
import { isPassthrough, transformWith, weighted } from './composition';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { featureNames } from './input-shape';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Transformers side by side, each over its own columns, in the order of `transformers_`
 * (sklearn/compose/_column_transformer.py).
 */
function translateColumnTransformer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const names = featureNames(estimator, frame.width);
  const parts = estimator.list('transformers_').flatMap((entry): Frame[] => {
    const [name, step, columns] = asList(entry) ?? [];
    const title = asText(name) ?? '?';
    if (asText(step) === 'drop') return [];
    const indices = fittedIndices(estimator, title) ?? columnIndices(estimator, columns, frame.width, names);
    if (indices.length === 0) return [];
    const part = frame.select(indices);
    if (isPassthrough(step)) return [weighted(estimator, title, part, context)];
    if (!(step instanceof PyObject))
      throw new AppError('model_corrupt', `expected a transformer under '${title}', found ${describe(step)}`);
    return [weighted(estimator, title, transformWith(estimator.wrap(step, 'transformers_'), part, context), context)];
  });
  if (parts.length === 0)
    estimator.unsupported('that drops every column', 'give it a transformer for at least one column');
  const sparse = estimator.boolean('sparse_output_', false);
  const all = parts[0]!.beside(...parts.slice(1));
  return { task: 'transform', frame: all.stored(sparse && (all.sparse || true)) };
}

/** Columns as resolved in the fit (since 1.0). */
function fittedIndices(estimator: Estimator, name: string): number[] | undefined {
  const resolved = estimator.get('_transformer_to_input_indices');
  const indices = resolved instanceof PyDict ? asList(resolved.get(name))?.map(asNumber) : undefined;
  return indices?.every((index) => index !== undefined) ? indices : undefined;
}

/** Columns as written: one or several names or numbers, a slice of either, or a mask. */
function columnIndices(
  estimator: Estimator,
  columns: PyValue | undefined,
  width: number,
  names: string[] | null,
): number[] {
  if (columns instanceof PyObject && columns.className === 'slice')
    return sliceIndices(estimator, columns, width, names);
  const single = asText(columns) ?? asNumber(columns);
  const items = single === undefined ? asList(columns) : [single];
  if (!items) return estimator.wrong('transformers_', 'names or numbers of columns', columns);
  if (items.length === width && items.every((item) => typeof item === 'boolean')) {
    return items.flatMap((used, index) => (used ? [index] : []));
  }
  return items.map((item) => columnIndex(estimator, item, width, names));
}

function columnIndex(estimator: Estimator, item: PyValue, width: number, names: string[] | null): number {
  const text = asText(item);
  const place = text === undefined ? asNumber(item) : names?.indexOf(text);
  const index = place !== undefined && place < 0 && text === undefined ? place + width : place;
  if (index === undefined || !(Number.isInteger(index) && index >= 0 && index < width)) {
    throw new AppError(
      'model_corrupt',
      `expected one of the ${width} columns of ${estimator.name}, found ${describe(item)}`,
    );
  }
  return index;
}

function sliceIndices(estimator: Estimator, slice: PyObject, width: number, names: string[] | null): number[] {
  const [start, stop, step] = slice.args;
  const stride = step === undefined || step === null ? 1 : asNumber(step);
  if (stride !== 1) return estimator.wrong('transformers_', 'a slice with step 1', slice);
  const bound = (value: PyValue | undefined, fallback: number, inclusive: number): number => {
    if (value === undefined || value === null) return fallback;
    const number = asNumber(value);
    if (number !== undefined) return Math.max(0, Math.min(width, number < 0 ? number + width : number));
    return columnIndex(estimator, value, width, names) + inclusive; // a slice of names includes its end, as in pandas
  };
  const [from, to] = [bound(start, 0, 0), bound(stop, width, 1)];
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** sklearn/compose/_column_transformer.py */
export const COLUMN_TRANSLATORS: Record<string, Translator> = { ColumnTransformer: translateColumnTransformer };
