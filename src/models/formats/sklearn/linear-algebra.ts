/** [rows, columns] to [columns, rows], both row-major. */
export function transpose(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[row * columns + column]!;
  }
  return out;
}

/** The inverse of a lower triangular matrix [n, n], row-major; its diagonal must not be zero. */
export function inverseLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    inverse[column * n + column] = 1 / lower[column * n + column]!;
    for (let row = column + 1; row < n; row++) {
      let sum = 0;
      for (let k = column; k < row; k++) sum += lower[row * n + k]! * inverse[k * n + column]!;
      inverse[row * n + column] = -sum / lower[row * n + row]!;
    }
  }
  return inverse;
}

/**
 * Solves `a @ x = b` for a symmetric positive definite `a` [n, n] and `b` [n, columns] by Cholesky's factors; null when
 * `a` is not positive definite.
 */
export function solvePositive(a: Float64Array, b: Float64Array, n: number): Float64Array | null {
  const lower = cholesky(a, n);
  if (!lower) return null;
  const columns = b.length / n;
  const x = Float64Array.from(b);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < row; k++) subtract(x, row, k, lower[row * n + k]!, columns);
    divide(x, row, lower[row * n + row]!, columns);
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) subtract(x, row, k, lower[k * n + row]!, columns);
    divide(x, row, lower[row * n + row]!, columns);
  }
  return x;
}

function cholesky(a: Float64Array, n: number): Float64Array | null {
  const lower = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = a[row * n + column]!;
      for (let k = 0; k < column; k++) sum -= lower[row * n + k]! * lower[column * n + k]!;
      if (row !== column) lower[row * n + column] = sum / lower[column * n + column]!;
      else if (sum > 0) lower[row * n + row] = Math.sqrt(sum);
      else return null;
    }
  }
  return lower;
}

function subtract(x: Float64Array, row: number, from: number, factor: number, columns: number): void {
  for (let j = 0; j < columns; j++) x[row * columns + j]! -= factor * x[from * columns + j]!;
}

function divide(x: Float64Array, row: number, divisor: number, columns: number): void {
  for (let j = 0; j < columns; j++) x[row * columns + j]! /= divisor;
}

/** `a @ b` of [rows, inner] and [inner, columns]. */
export function multiply(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k]!;
      for (let j = 0; j < columns; j++) product[row * columns + j]! += factor * b[k * columns + j]!;
    }
  }
  return product;
}
