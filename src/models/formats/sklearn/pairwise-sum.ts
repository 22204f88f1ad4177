/** The order of numpy.sum over contiguous doubles (numpy's `pairwise_sum`), whose last digit decides at a threshold. */
export function pairwiseSum(values: ArrayLike<number>, from = 0, count = values.length): number {
  if (count < 8) {
    let sum = 0;
    for (let i = from; i < from + count; i++) sum += values[i]!;
    return sum;
  }
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8);
    return pairwiseSum(values, from, half) + pairwiseSum(values, from + half, count - half);
  }
  const whole = count - (count % 8);
  const r = Array.from({ length: 8 }, (_, i) => values[from + i]!);
  for (let i = 8; i < whole; i++) r[i % 8]! += values[from + i]!;
  let sum = r[0]! + r[1]! + (r[2]! + r[3]!) + (r[4]! + r[5]! + (r[6]! + r[7]!));
  for (let i = whole; i < count; i++) sum += values[from + i]!;
  return sum;
}
