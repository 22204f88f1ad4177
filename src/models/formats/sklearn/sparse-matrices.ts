import { PyDict, PyObject } from '../pickle/records';
import { asList, asNumber, asNumbers } from './arrays';
import type { Estimator } from './estimator';
import type { TranslationContext } from './translation';

/** A matrix [rows, columns] in row-major order. */
export interface Matrix {
  data: Float64Array;
  rows: number;
  columns: number;
}

/**
 * A matrix that is stored dense, or by compressed rows or columns as scipy.sparse has them (`csr_matrix`, `csc_matrix`
 * and the arrays of the same names), as a dense one.
 * @throws AppError model_corrupt for indices that lie outside, model_unsupported for another format, import_limit
 */
export function anyMatrix(estimator: Estimator, attribute: string, context: TranslationContext): Matrix {
  const value = estimator.require(attribute);
  if (!(value instanceof PyObject)) return estimator.matrix(attribute);
  const { rows, columns, byRow, data, indices, starts } = storedOf(estimator, attribute, value);
  context.spendValues(rows * columns);
  const [outer, inner] = byRow ? [rows, columns] : [columns, rows];
  const rises = starts.every((start, i) => start >= (i === 0 ? 0 : starts[i - 1]!));
  const stored = starts.at(-1) ?? 0;
  if (starts.length !== outer + 1 || !rises || stored > data.length || stored > indices.length) {
    return estimator.wrong(attribute, 'a sparse matrix', value);
  }
  const dense = new Float64Array(rows * columns);
  for (let i = 0; i < outer; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = indices[at]!;
      if (!(j >= 0 && j < inner)) return estimator.wrong(attribute, `indices below ${inner}`, value);
      dense[byRow ? i * columns + j : j * columns + i]! += data[at]!;
    }
  }
  return { data: dense, rows, columns };
}

interface Stored {
  rows: number;
  columns: number;
  byRow: boolean;
  data: Float64Array;
  indices: Float64Array;
  starts: Float64Array;
}

function storedOf(estimator: Estimator, attribute: string, value: PyObject): Stored {
  const format = /^cs([rc])_(matrix|array)$/.exec(value.className)?.[1];
  const state = value.state instanceof PyDict ? value.state : null;
  if (!format || !value.path.startsWith('scipy.sparse') || !state) {
    return estimator.unsupported(`with ${attribute} as ${value.className}`, 'use dense_output or a dense array');
  }
  const [rows = NaN, columns = NaN] = asList(state.get('_shape') ?? state.get('shape'))?.map(asNumber) ?? [];
  const [data, indices, starts] = ['data', 'indices', 'indptr'].map((key) => asNumbers(state.get(key))?.data);
  const sized = Number.isInteger(rows) && rows > 0 && Number.isInteger(columns) && columns > 0;
  if (!sized || !data || !indices || !starts) return estimator.wrong(attribute, 'a sparse matrix', value);
  return { rows, columns, byRow: format === 'r', data, indices, starts };
}
