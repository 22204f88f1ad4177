/**
 * How many entries from the front of a queue go into one batch: as many as keep the sum of rows within `maxRows`, and
 * always at least one, as an entry with more rows than that runs alone.
 */
export function cutBatch(rows: ArrayLike<number>, maxRows: number): number {
  let sum = 0;
  let count = 0;
  while (count < rows.length) {
    sum += rows[count] as number;
    if (sum > maxRows && count > 0) break;
    count++;
  }
  return count;
}

/**
 * How long a batch may still wait for company, in milliseconds: not at all when it is full or nobody asked for a delay,
 * otherwise until its oldest entry has waited `maxDelayMs`.
 */
export function remainingDelay(
  waiting: { rows: number; oldestAt: number },
  now: number,
  limits: { maxRows: number; maxDelayMs: number },
): number {
  if (limits.maxDelayMs <= 0 || waiting.rows >= limits.maxRows) return 0;
  return Math.max(0, waiting.oldestAt + limits.maxDelayMs - now);
}
