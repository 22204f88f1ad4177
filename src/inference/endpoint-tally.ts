import type { AppError } from '../common/errors';
import type { Outcome } from '../monitoring/metrics';
import type { EndpointOptions, EndpointStats } from './endpoint-options';
import type { Entry } from './entry';
import { LatencyWindow } from './latency-window';
import type { BatchResult } from './protocol';
import { SlowPredictions } from './slow-predictions';

type TallyOptions = Pick<EndpointOptions, 'metrics' | 'workers' | 'modelBytes' | 'timeoutMs' | 'onFailure' | 'onSlow'>;

/** What an endpoint has done so far: for its status, and written on to the metrics. */
export class EndpointTally {
  private readonly latencies = new LatencyWindow();
  private requestsTotal = 0;
  private errorsTotal = 0;
  private lastError: string | null = null;
  private bytesPerThread = 0;
  private readonly slow: SlowPredictions;

  constructor(private readonly options: TallyOptions) {
    this.slow = new SlowPredictions(options.timeoutMs, (prediction) => options.onSlow?.(prediction));
  }

  started(loadMs: number, heapBytes: number): void {
    this.options.metrics.setLoad(loadMs / 1000);
    this.setHeap(heapBytes / this.options.workers);
  }

  /** Its threads were let go, or were never started. */
  fellAsleep(): void {
    this.bytesPerThread = 0;
    this.options.metrics.fellAsleep();
  }

  awoke(): void {
    this.options.metrics.awoke();
  }

  /** Heaps of all threads. */
  get heapBytes(): number {
    return this.bytesPerThread * this.options.workers;
  }

  answered(entry: Entry, rows: number, now: number): void {
    const latencyS = (now - entry.submittedAt) / 1000;
    this.latencies.add(latencyS);
    this.requestsTotal++;
    const queueS = (entry.dispatchedAt - entry.submittedAt) / 1000;
    this.options.metrics.record({ outcome: 'ok', rows, latencyS, queueS });
    this.slow.note(latencyS, queueS, rows, now);
  }

  /** A request that never waited, and was a run of its own. */
  answeredInline(rows: number, latencyS: number): void {
    this.latencies.add(latencyS);
    this.requestsTotal++;
    this.options.metrics.recordInline(rows, latencyS);
  }

  failed(entry: Entry, error: AppError): void {
    const queueS = entry.dispatchedAt > 0 ? (entry.dispatchedAt - entry.submittedAt) / 1000 : undefined;
    this.countFailure(error, (performance.now() - entry.submittedAt) / 1000, queueS);
  }

  /** A request that was refused before it joined the queue. */
  refused(error: AppError): void {
    this.countFailure(error, 0, undefined);
  }

  /** Runs and heap of a batch that came back. */
  ran({ runs, heapBytes }: BatchResult): void {
    for (const { rows, computeMs } of runs) this.options.metrics.batch({ rows, computeS: computeMs / 1000 });
    if (heapBytes !== this.bytesPerThread) this.setHeap(heapBytes);
  }

  noteFailure(error: AppError): void {
    this.lastError = error.reason ? `${error.message}: ${error.reason}` : error.message;
    this.options.onFailure?.(error);
  }

  stats(queueDepth: number): EndpointStats {
    const { requestsTotal, errorsTotal, lastError, heapBytes } = this;
    return { queueDepth, requestsTotal, errorsTotal, latency: this.latencies.quantiles(), lastError, heapBytes };
  }

  private countFailure(error: AppError, latencyS: number, queueS: number | undefined): void {
    this.requestsTotal++;
    this.errorsTotal++;
    const outcome = outcomeOf(error);
    this.options.metrics.record({ outcome, rows: 0, latencyS, ...(queueS !== undefined && { queueS }) });
    if (outcome === 'error' || outcome === 'timeout') this.noteFailure(error);
  }

  private setHeap(bytesPerThread: number): void {
    this.bytesPerThread = bytesPerThread;
    this.options.metrics.setMemory((this.options.modelBytes ?? 0) + bytesPerThread * this.options.workers);
  }
}

function outcomeOf(error: AppError): Outcome {
  if (error.status === 504) return 'timeout';
  if (error.status === 429 || error.status === 503) return 'rejected';
  return error.status < 500 ? 'invalid' : 'error';
}
