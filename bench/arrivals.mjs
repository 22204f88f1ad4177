import { latencySummary } from './statistics.mjs';

const NOT_YET = -1;

/**
 * Requests that arrive at a constant rate whatever the server does, and what became of each. Latency counts from when a
 * request was due, not from when it was sent: a generator that waits for a slow server would else leave out the very
 * requests that fared worst (coordinated omission).
 */
export class Arrivals {
  /**
   * @param rate requests a second
   * @param warmUpSeconds before what is told begins
   */
  constructor({ rate, seconds, warmUpSeconds = 0 }) {
    this.rate = rate;
    this.count = Math.max(1, Math.round(rate * (warmUpSeconds + seconds)));
    this.first = Math.min(this.count - 1, Math.round(rate * warmUpSeconds));
    this.startedAt = 0;
    this.lateMs = new Float32Array(this.count);
    this.doneMs = new Float64Array(this.count).fill(NOT_YET);
    this.statuses = new Uint16Array(this.count);
  }

  start(now) {
    this.startedAt = now;
  }

  /** When a request should be sent, in ms on the clock of {@link start}. */
  dueAt(index) {
    return this.startedAt + (index * 1000) / this.rate;
  }

  sent(index, now) {
    this.lateMs[index] = now - this.dueAt(index);
  }

  /** @param status of HTTP; 0 for a connection that broke */
  done(index, status, now) {
    this.doneMs[index] = now;
    this.statuses[index] = status;
  }

  /** What became of the requests after the warm-up. Answered a second: in the time in which those were due. */
  summary() {
    const [from, until] = [this.dueAt(this.first), this.dueAt(this.count)];
    const latencies = { ok: [], refused: [] };
    const result = { offered: this.count - this.first, failed: 0, unanswered: 0 };
    let answered = 0;
    for (let i = this.first; i < this.count; i++) {
      const status = this.statuses[i];
      if (this.doneMs[i] === NOT_YET) result.unanswered++;
      else if (status >= 200 && status < 300) latencies.ok.push(this.doneMs[i] - this.dueAt(i));
      else if (status === 429 || status === 503) latencies.refused.push(this.doneMs[i] - this.dueAt(i));
      else result.failed++;
    }
    // Those of the warm-up that were answered in the window count, as those of the window count that came after it.
    for (let i = 0; i < this.count; i++) {
      const ok = this.statuses[i] >= 200 && this.statuses[i] < 300;
      if (ok && this.doneMs[i] >= from && this.doneMs[i] < until) answered++;
    }
    return {
      ...result,
      rate: this.rate,
      okPerSecond: (answered / (until - from)) * 1000,
      ok: { count: latencies.ok.length, ...latencySummary(latencies.ok) },
      refused: { count: latencies.refused.length, ...latencySummary(latencies.refused) },
      late: latencySummary(this.lateMs.subarray(this.first)),
    };
  }
}
