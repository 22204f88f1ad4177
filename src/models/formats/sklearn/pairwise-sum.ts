/**
 * The order of numpy.sum over contiguous numbers (numpy's `pairwise_sum`), whose last digit decides at a threshold.
 * @param round to the precision of the array after each addition: Math.fround for float32
 */
export function pairwiseSum(
  values: ArrayLike<number>,
  from = 0,
  count = values.length,
  round: (sum: number) => number = (sum) => sum,
): number {
  const add = (left: number, right: number): number => round(left + right);
  if (count < 8) {
    let sum = 0;
    for (let i = from; i < from + count; i++) sum = add(sum, values[i]!);
    return sum;
  }
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8);
    return add(pairwiseSum(values, from, half, round), pairwiseSum(values, from + half, count - half, round));
  }
  const whole = count - (count % 8);
  const r = Array.from({ length: 8 }, (_, i) => values[from + i]!);
  for (let i = 8; i < whole; i++) r[i % 8] = add(r[i % 8]!, values[from + i]!);
  let sum = add(add(add(r[0]!, r[1]!), add(r[2]!, r[3]!)), add(add(r[4]!, r[5]!), add(r[6]!, r[7]!)));
  for (let i = whole; i < count; i++) sum = add(sum, values[from + i]!);
  return sum;
}
