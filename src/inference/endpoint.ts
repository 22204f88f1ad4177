import { AppError } from '../common/errors';
import type { ModelMetrics } from '../monitoring/metrics';
import { cutBatch, remainingDelay } from './batcher';
import type { Entry } from './entry';
import { Fifo } from './fifo';
import { LatencyWindow } from './latency-window';
import type { BatchResult, WorkerModel } from './protocol';
import { type LoadReport, WorkerHost } from './worker-host';

export type EndpointState = 'starting' | 'running' | 'draining' | 'stopped' | 'stuck' | 'failed';
export type Outcome = 'ok' | 'invalid' | 'rejected' | 'timeout' | 'error';

export interface Batching {
  /** Most rows in one run. */
  maxSize: number;
  /** How long a request may wait for company. */
  maxDelayMs: number;
  /** Most requests that wait. */
  maxQueue: number;
}

export interface EndpointOptions {
  modelId: string;
  version: number;
  environment: string;
  model: WorkerModel;
  workers: number;
  /** From the arrival of a whole request to its answer. */
  timeoutMs: number;
  batching: Batching;
  metrics: ModelMetrics;
  /** How long loading and warming up may take. */
  startTimeoutMs?: number;
  /** What the loaded model takes as measured at upload; the gauge adds the heaps of its threads. */
  modelBytes?: number;
  /** Told of failures that are the server's or the model's, with the runtime's own words. */
  onFailure?: (error: AppError) => void;
}

export interface EndpointStats {
  queueDepth: number;
  requestsTotal: number;
  errorsTotal: number;
  /** Seconds, over the last requests. */
  latency: { p50: number; p95: number; p99: number };
  lastError: string | null;
  heapBytes: number;
}

/** A batch on its way through a thread. */
interface Run {
  entries: Entry[];
  startedAt: number;
  stuck: boolean;
}

const START_TIMEOUT_MS = 120_000;
/** A run this far past the deadline of its requests counts as one that may never return. */
const STUCK_GRACE_MS = 10_000;

/**
 * One deployed version of a model: its one queue, its threads, its deadlines. Work is posted only to a free thread, so
 * whatever waits can still be dropped, and what piles up while threads are busy is the next batch.
 */
export class Endpoint {
  readonly modelId: string;
  readonly version: number;
  readonly environment: string;
  readonly workers: number;
  private phase: Exclude<EndpointState, 'stuck'> = 'starting';
  private readonly host: WorkerHost;
  private readonly queue = new Fifo<Entry>();
  private readonly runs = new Set<Run>();
  private readonly latencies = new LatencyWindow();
  private dispatchPlanned = false;
  private delayTimer: NodeJS.Timeout | null = null;
  private watchTimer: NodeJS.Timeout | null = null;
  private bytesPerRow = Infinity;
  private requestsTotal = 0;
  private errorsTotal = 0;
  private lastError: string | null = null;
  private heapBytes = 0;
  /** Called whenever a run ends or is found stuck; whoever drains waits for it. */
  private wakeDrain: (() => void) | null = null;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly options: EndpointOptions,
    host?: WorkerHost,
  ) {
    ({ modelId: this.modelId, version: this.version, environment: this.environment, workers: this.workers } = options);
    this.host = host ?? new WorkerHost(options.model, options.workers, (error) => this.noteThreadError(error));
  }

  get state(): EndpointState {
    const alive = this.phase === 'running' || this.phase === 'draining';
    return alive && this.stuckRuns() > 0 ? 'stuck' : this.phase;
  }

  /**
   * Loads the model on every thread and warms it up; the endpoint then takes requests.
   * @throws AppError when a thread could not; the threads are let go
   */
  async start(): Promise<LoadReport> {
    try {
      const report = await this.host.start(this.options.startTimeoutMs ?? START_TIMEOUT_MS);
      this.phase = 'running';
      this.heapBytes = report.heapBytes / this.workers;
      this.options.metrics.setLoad(report.loadMs / 1000);
      this.options.metrics.setQueueDepth(() => this.queue.size);
      this.reportMemory();
      return report;
    } catch (error) {
      this.phase = 'failed';
      this.lastError = error instanceof AppError ? sentence(error) : String(error);
      void this.host.close();
      throw error;
    }
  }

  /** Whether a request may come in, to be asked before its body is read; the refusal is counted. */
  refusal(): AppError | null {
    let error: AppError | null = null;
    if (this.phase !== 'running') error = notReady(`Model "${this.modelId}" is ${this.phase}`);
    else if (this.stuckRuns() >= this.workers)
      error = notReady(`Model "${this.modelId}" does not come back from a run`);
    else if (this.isFull()) error = this.queueFull();
    if (error) this.countRefusal(error);
    return error;
  }

  /** Takes a request in; its reply is called exactly once, later. Refuses it by its reply when there is no room. */
  submit(entry: Entry): void {
    const refusal = this.refusal();
    if (refusal) {
      entry.settled = true;
      return entry.reply.failed(refusal);
    }
    this.queue.push(entry);
    this.watch(this.options.timeoutMs);
    // Not at once: requests that arrive in the same turn of the event loop make one batch.
    if (!this.dispatchPlanned && this.runs.size < this.workers) {
      this.dispatchPlanned = true;
      setImmediate(this.dispatch);
    }
  }

  /** Counts a request that was refused before it got here, such as one with too large a body. */
  countRefusal(error: AppError): void {
    this.count(outcomeOf(error), 0, 0);
    if (error.status >= 500 && error.code !== 'not_ready') this.noteFailure(error);
  }

  stats(): EndpointStats {
    this.dropAbandoned();
    return {
      queueDepth: this.queue.size,
      requestsTotal: this.requestsTotal,
      errorsTotal: this.errorsTotal,
      latency: this.latencies.quantiles(),
      lastError: this.lastError,
      heapBytes: this.heapBytes * this.workers,
    };
  }

  /** For a swap: answers what waits and runs, takes nothing new, then lets the threads go. */
  async retire(): Promise<void> {
    this.closing ??= this.close();
    await this.closing;
  }

  /** For a stop: drops what waits with 503, answers what runs, then lets the threads go. */
  async drain(): Promise<void> {
    this.phase = 'draining';
    const error = notReady(`Model "${this.modelId}" is being stopped`);
    for (const entry of this.queue.take(this.queue.size)) this.settleFailed(entry, error);
    this.wakeDrain?.();
    await this.retire();
  }

  /**
   * A run that never returns would keep a drain for ever: the threads are then left alone, as terminating one inside
   * native code aborts the process, and let go if it ever comes back.
   */
  private async close(): Promise<void> {
    if (this.phase === 'stopped' || this.phase === 'failed') return;
    this.phase = 'draining';
    while (this.queue.size > 0 || this.runs.size > 0) {
      if (this.runs.size > 0 && this.stuckRuns() === this.runs.size && this.queue.size === 0) {
        void this.closeWhenBack();
        return;
      }
      await new Promise<void>((resolve) => (this.wakeDrain = resolve));
    }
    await this.letGo();
  }

  private async closeWhenBack(): Promise<void> {
    while (this.runs.size > 0) await new Promise<void>((resolve) => (this.wakeDrain = resolve));
    await this.letGo();
  }

  private async letGo(): Promise<void> {
    if (this.watchTimer) clearTimeout(this.watchTimer);
    if (this.delayTimer) clearTimeout(this.delayTimer);
    this.phase = 'stopped';
    await this.host.close();
  }

  private readonly dispatch = (): void => {
    this.dispatchPlanned = false;
    while (this.queue.size > 0 && this.runs.size < this.workers) {
      const batch = this.cut();
      if (!batch) return;
      if (batch.length > 0) void this.run(batch);
    }
    if (this.queue.size === 0) this.wakeDrain?.();
  };

  /** The next batch without what need not be done any more; null when it may still wait for company. */
  private cut(): Entry[] | null {
    const { batching } = this.options;
    const now = performance.now();
    const rows: number[] = [];
    let sum = 0;
    for (let i = 0; i < this.queue.size && sum < batching.maxSize; i++) {
      sum += rows[rows.push(this.estimateRows(this.queue.at(i) as Entry)) - 1] as number;
    }
    const oldestAt = (this.queue.at(0) as Entry).submittedAt;
    const limits = { maxRows: batching.maxSize, maxDelayMs: this.phase === 'running' ? batching.maxDelayMs : 0 };
    const delay = remainingDelay({ rows: sum, oldestAt }, now, limits);
    if (delay > 0) {
      this.delayTimer ??= setTimeout(() => {
        this.delayTimer = null;
        this.dispatch();
      }, delay);
      return null;
    }
    const batch = this.queue.take(cutBatch(rows, batching.maxSize));
    return batch.filter((entry) => this.isWanted(entry, now));
  }

  /** Bytes say how many rows there are, once a batch has shown how long a row is; the worker counts exactly. */
  private estimateRows({ body }: Entry): number {
    return Math.max(1, Math.round(body.byteLength / this.bytesPerRow));
  }

  private isWanted(entry: Entry, now: number): boolean {
    if (entry.settled) return false;
    if (entry.reply.isAbandoned()) {
      entry.settled = true;
      return false;
    }
    if (entry.submittedAt + this.options.timeoutMs > now) return true;
    this.settleFailed(entry, this.deadlineExceeded());
    return false;
  }

  private async run(entries: Entry[]): Promise<void> {
    const run: Run = { entries, startedAt: performance.now(), stuck: false };
    for (const entry of entries) entry.dispatchedAt = run.startedAt;
    this.runs.add(run);
    let bytes = 0;
    for (const { body } of entries) bytes += body.byteLength;
    try {
      this.settle(entries, await this.host.run(entries), bytes);
    } catch (error) {
      const failure =
        error instanceof AppError
          ? error
          : new AppError('internal', 'The answer could not be sent', { cause: error, reason: String(error) });
      for (const entry of entries) this.settleFailed(entry, failure);
    }
    this.runs.delete(run);
    this.dispatch();
    this.wakeDrain?.();
  }

  private settle(entries: Entry[], result: BatchResult, bytes: number): void {
    const now = performance.now();
    let start = 0;
    let totalRows = 0;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry;
      const end = result.ends[i] as number;
      const rows = result.rows[i] as number;
      const error = result.errors?.[i];
      totalRows += rows;
      if (error) this.settleFailed(entry, AppError.fromData(error));
      else if (!entry.settled) {
        entry.settled = true;
        entry.reply.answered(result.text.slice(start, end));
        const latencyS = (now - entry.submittedAt) / 1000;
        this.latencies.add(latencyS);
        this.count('ok', rows, latencyS, (entry.dispatchedAt - entry.submittedAt) / 1000);
      }
      start = end;
    }
    for (const { rows, computeMs } of result.runs) this.options.metrics.batch({ rows, computeS: computeMs / 1000 });
    if (totalRows > 0) this.bytesPerRow = bytes / totalRows;
    if (result.heapBytes !== this.heapBytes) {
      this.heapBytes = result.heapBytes;
      this.reportMemory();
    }
  }

  private settleFailed(entry: Entry, error: AppError): void {
    if (entry.settled) return;
    entry.settled = true;
    entry.reply.failed(error);
    const queueS = entry.dispatchedAt > 0 ? (entry.dispatchedAt - entry.submittedAt) / 1000 : undefined;
    this.count(outcomeOf(error), 0, (performance.now() - entry.submittedAt) / 1000, queueS);
    if (error.status >= 500 && error.code !== 'not_ready') this.noteFailure(error);
  }

  private count(outcome: Outcome, rows: number, latencyS: number, queueS?: number): void {
    this.requestsTotal++;
    if (outcome !== 'ok') this.errorsTotal++;
    this.options.metrics.record({ outcome, rows, latencyS, ...(queueS !== undefined && { queueS }) });
  }

  private noteFailure(error: AppError): void {
    this.lastError = sentence(error);
    this.options.onFailure?.(error);
  }

  private noteThreadError(error: Error): void {
    this.noteFailure(
      new AppError('worker_lost', 'A worker thread ended by itself and is replaced', { reason: error.message }),
    );
  }

  private reportMemory(): void {
    this.options.metrics.setMemory((this.options.modelBytes ?? 0) + this.heapBytes * this.workers);
  }

  /** One timer for all deadlines: they come in the order of the queue, as every request has the same timeout. */
  private watch(delayMs: number): void {
    if (this.watchTimer) return;
    this.watchTimer = setTimeout(this.expire, Math.max(1, Math.ceil(delayMs)));
    // The requests' own sockets keep the process alive, the timer need not.
    this.watchTimer.unref();
  }

  private readonly expire = (): void => {
    this.watchTimer = null;
    const now = performance.now();
    const { timeoutMs } = this.options;
    let next = Infinity;
    const check = (entry: Entry): void => {
      if (entry.settled) return;
      const left = entry.submittedAt + timeoutMs - now;
      if (left <= 0) this.settleFailed(entry, this.deadlineExceeded());
      else next = Math.min(next, left);
    };
    for (const run of this.runs) {
      run.entries.forEach(check);
      const left = run.startedAt + timeoutMs + STUCK_GRACE_MS - now;
      if (left > 0) next = Math.min(next, left);
      else if (!run.stuck) this.markStuck(run);
    }
    for (let i = 0; i < this.queue.size; i++) check(this.queue.at(i) as Entry);
    this.queue.filter((entry) => !entry.settled);
    if (next < Infinity) this.watch(next);
    if (this.queue.size === 0) this.wakeDrain?.();
  };

  private markStuck(run: Run): void {
    run.stuck = true;
    const seconds = Math.round((performance.now() - run.startedAt) / 1000);
    this.noteFailure(
      new AppError('deadline_exceeded', `A run of model "${this.modelId}" has not come back for ${seconds} s`),
    );
    this.wakeDrain?.();
  }

  private stuckRuns(): number {
    let stuck = 0;
    for (const run of this.runs) if (run.stuck) stuck++;
    return stuck;
  }

  private isFull(): boolean {
    if (this.queue.size < this.options.batching.maxQueue) return false;
    this.dropAbandoned();
    return this.queue.size >= this.options.batching.maxQueue;
  }

  /** Frees the places of clients that have gone. */
  private dropAbandoned(): void {
    this.queue.filter((entry) => {
      if (!entry.settled && entry.reply.isAbandoned()) entry.settled = true;
      return !entry.settled;
    });
  }

  private queueFull(): AppError {
    const { maxQueue } = this.options.batching;
    return new AppError('queue_full', `Model "${this.modelId}" has ${maxQueue} requests waiting, which is its bound`);
  }

  private deadlineExceeded(): AppError {
    const seconds = this.options.timeoutMs / 1000;
    return new AppError(
      'deadline_exceeded',
      `Model "${this.modelId}" did not answer within its timeout of ${seconds} s`,
    );
  }
}

function notReady(text: string): AppError {
  return new AppError('not_ready', text);
}

function sentence(error: AppError): string {
  return error.reason ? `${error.message}: ${error.reason}` : error.message;
}

function outcomeOf(error: AppError): Outcome {
  if (error.status === 504) return 'timeout';
  if (error.status === 429 || error.status === 503) return 'rejected';
  return error.status < 500 ? 'invalid' : 'error';
}
