/** Counts of a histogram as plain numbers, for the hot path: an observation is a short search and three additions. */
export class Distribution {
  sum = 0;
  /** Observations by bucket, each on its own; the last bucket is what exceeds every bound. */
  private readonly counts: Float64Array;

  /** @param bounds upper bounds in ascending order, each included in its bucket as Prometheus has it */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }

  /** Pairs of `le` and the number of observations up to it, the last being `+Inf` and the count of all. */
  *cumulative(): Generator<[le: number | '+Inf', count: number]> {
    let total = 0;
    for (const [i, count] of this.counts.entries()) {
      total += count;
      yield [this.bounds[i] ?? '+Inf', total];
    }
  }
}
