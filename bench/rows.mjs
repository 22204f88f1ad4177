/** Rows of numbers from 0 to 100, the same in every process that asks for them. */
export function numberRows(rows, features) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: features }, (_, i) => (((row * features + i) * 7919) % 100_000) / 1000),
  );
}
