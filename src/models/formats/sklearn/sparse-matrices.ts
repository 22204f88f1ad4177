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
  const format = /^cs([rc])_(matrix|array)$/.exec(value.className)?.[1];
  const state = value.state instanceof PyDict ? value.state : null;
  if (!format || !value.path.startsWith('scipy.sparse') || !state) {
    return estimator.unsupported(`with ${attribute} as ${value.className}`, 'use dense_output or a dense array');
  }
  const [rows, columns] = asList(state.get('_shape') ?? state.get('shape'))?.map(asNumber) ?? [];
  const [data, indices, starts] = ['data', 'indices', 'indptr'].map((key) => asNumbers(state.get(key))?.data);
  if (rows === undefined || columns === undefined || !data || !indices || !starts) {
    return estimator.wrong(attribute, 'a sparse matrix', value);
  }
  context.spendValues(rows * columns);
  const [outer, inner] = format === 'r' ? [rows, columns] : [columns, rows];
  if (starts.length !== outer + 1 || starts[outer]! > data.length || indices.length < starts[outer]!) {
    return estimator.wrong(attribute, 'a sparse matrix', value);
  }
  const dense = new Float64Array(rows * columns);
  for (let i = 0; i < outer; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const j = indices[at]!;
      if (!(j >= 0 && j < inner)) return estimator.wrong(attribute, `indices below ${inner}`, value);
      dense[format === 'r' ? i * columns + j : j * columns + i]! += data[at]!;
    }
  }
  return { data: dense, rows, columns };
}
