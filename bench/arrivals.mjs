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

  /** Calls back with status and latency in ms of each request after the warm-up; null for one without an answer. */
  eachMeasured(tell) {
    for (let i = this.first; i < this.count; i++) {
      if (this.doneMs[i] === NOT_YET) tell(null);
      else tell(this.statuses[i], this.doneMs[i] - this.dueAt(i));
    }
  }

  /**
   * How many were answered with 2xx in the time in which those after the warm-up were due. Those of the warm-up that were
   * answered then count, as those do not that were answered later.
   */
  goodput() {
    const [from, until] = [this.dueAt(this.first), this.dueAt(this.count)];
    let answered = 0;
    for (let i = 0; i < this.count; i++) {
      if (isOk(this.statuses[i]) && this.doneMs[i] >= from && this.doneMs[i] < until) answered++;
    }
    return { answered, seconds: (until - from) / 1000 };
  }
}

/** What became of the requests after the warm-up, in one stretch of arrivals or in several taken together. */
export function summarize(stretches) {
  const result = { offered: 0, failed: 0, unanswered: 0 };
  const latencies = { ok: [], refused: [], late: [] };
  let [answered, seconds] = [0, 0];
  for (const arrivals of stretches) {
    result.offered += arrivals.count - arrivals.first;
    arrivals.eachMeasured((status, ms) => {
      if (status === null) result.unanswered++;
      else if (isOk(status)) latencies.ok.push(ms);
      else if (status === 429 || status === 503) latencies.refused.push(ms);
      else result.failed++;
    });
    for (const ms of arrivals.lateMs.subarray(arrivals.first)) latencies.late.push(ms);
    const good = arrivals.goodput();
    answered += good.answered;
    seconds += good.seconds;
  }
  return {
    ...result,
    rate: stretches[0].rate,
    okPerSecond: answered / seconds,
    ok: { count: latencies.ok.length, ...latencySummary(latencies.ok) },
    refused: { count: latencies.refused.length, ...latencySummary(latencies.refused) },
    late: latencySummary(latencies.late),
  };
}

function isOk(status) {
  return status >= 200 && status < 300;
}
