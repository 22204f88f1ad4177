import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { anyMatrix } from './sparse-matrices';
import type { TranslationContext } from './translation';

/** Rows that a model keeps of what it was fitted on, [rows, columns] row-major. */
export interface Points {
  data: Float64Array;
  rows: number;
  columns: number;
}

/** Most rows that a kernel is computed with: all its values of a row are held at a time. */
export const MAX_KERNEL_POINTS = 10_000;

/**
 * Reads the rows that an estimator keeps, sparse ones as dense.
 * @throws AppError model_corrupt for another width, import_limit for too many
 */
export function pointsOf(estimator: Estimator, attribute: string, width: number, context: TranslationContext): Points {
  const { data, rows, columns } = anyMatrix(estimator, attribute, context);
  if (columns !== width || rows === 0) estimator.wrong(attribute, `rows of ${width} columns`, estimator.get(attribute));
  context.spendValues(data.length);
  return { data, rows, columns };
}

const MAX_HINTED = 16;

/** Notes a few of the rows, spread over all, as values to probe the model with. */
export function hintPoints(frame: Frame, { data, rows, columns }: Points): void {
  const step = Math.max(1, Math.floor(rows / MAX_HINTED));
  for (let column = 0; column < columns; column++) {
    const values: number[] = [];
    for (let row = 0; row < rows && values.length < MAX_HINTED; row += step) values.push(data[row * columns + column]!);
    frame.hint(column, values);
  }
}
