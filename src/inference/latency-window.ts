const SIZE = 1024;

/** Latencies of the last 1,024 requests, in seconds. Writing is one store; only asking sorts. */
export class LatencyWindow {
  /** Made with the first request: of many models, most may never see one. */
  private seconds: Float64Array | null = null;
  private count = 0;

  add(latencyS: number): void {
    (this.seconds ??= new Float64Array(SIZE))[this.count++ % SIZE] = latencyS;
  }

  /** Quantiles by nearest rank; zero before the first request. */
  quantiles(): { p50: number; p95: number; p99: number } {
    if (!this.seconds) return { p50: 0, p95: 0, p99: 0 };
    const known = this.seconds.slice(0, Math.min(this.count, SIZE)).sort();
    const at = (share: number): number => known[Math.max(0, Math.ceil(share * known.length) - 1)] ?? 0;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
