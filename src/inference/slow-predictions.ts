/** Longer than this is slow, or than half of the deployment's timeout where that is shorter. */
const SLOW_MS = 1_000;
/** Where all predictions are slow, one in this time is told of. */
const QUIET_MS = 1_000;

/** A prediction that was answered late. */
export interface SlowPrediction {
  /** From the arrival of the whole request to its answer. */
  latencyS: number;
  /** How much of it the request waited for a thread. */
  queueS: number;
  rows: number;
  /** Slow ones since the last that was told of. */
  others: number;
}

/** Tells of the slow predictions of one deployment, of a few where there are many. */
export class SlowPredictions {
  private readonly slowS: number;
  private toldAt = -Infinity;
  private others = 0;

  constructor(
    timeoutMs: number,
    private readonly tell: (slow: SlowPrediction) => void,
  ) {
    this.slowS = Math.min(SLOW_MS, timeoutMs / 2) / 1000;
  }

  /** @param now of `performance.now()` */
  note(latencyS: number, queueS: number, rows: number, now: number): void {
    if (latencyS < this.slowS) return;
    if (now - this.toldAt < QUIET_MS) {
      this.others++;
      return;
    }
    this.tell({ latencyS, queueS, rows, others: this.others });
    this.others = 0;
    this.toldAt = now;
  }
}
