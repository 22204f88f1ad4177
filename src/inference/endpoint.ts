import { AppError } from '../common/errors';
import { Deadlines, type Run } from './deadlines';
import type { EndpointOptions, EndpointState, EndpointStats } from './endpoint-options';
import { EndpointTally } from './endpoint-tally';
import type { Entry } from './entry';
import { InlineLane } from './inline/inline-lane';
import { type BatchResult, textBetween, type WorkerModel } from './protocol';
import { Sleeper } from './sleeper';
import { type Host, Threads } from './threads';
import { WaitingQueue } from './waiting-queue';
import { type LoadReport, WorkerHost } from './worker-host';

export type { EndpointOptions, EndpointState, EndpointStats } from './endpoint-options';

const START_TIMEOUT_MS = 120_000;
const STUCK_GRACE_MS = 10_000;

/**
 * One deployed version of a model: its one queue, its threads, its deadlines. Work is posted only to a free thread, so
 * whatever waits can still be dropped, and what piles up while threads are busy is the next batch.
 */
export class Endpoint {
  readonly modelId: string;
  readonly version: number;
  readonly environment: string;
  /** What tells this deployment's HTTP metrics from others'. */
  readonly httpLabels: { model_id: string; version: string };
  private phase: Exclude<EndpointState, 'stuck'> = 'starting';
  private readonly threads: Threads;
  private readonly sleeper: Sleeper;
  private readonly tally: EndpointTally;
  private readonly queue = new WaitingQueue();
  private readonly deadlines: Deadlines;
  private readonly inline: InlineLane;
  /** Made once, as taking down where an error comes from costs as much as answering it. */
  private readonly full: AppError;
  private dispatchPlanned = false;
  private delayTimer: NodeJS.Timeout | null = null;
  /** Wakes whoever waits for the queue and the runs to end. */
  private wakeDrain: (() => void) | null = null;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly options: EndpointOptions,
    makeHost: () => Host = () =>
      new WorkerHost(options.model, options.workers, (error) => this.tally.noteFailure(error)),
  ) {
    ({ modelId: this.modelId, version: this.version, environment: this.environment } = options);
    this.httpLabels = { model_id: options.modelId, version: String(options.version) };
    const bound = options.batching.maxQueue;
    this.full = new AppError('queue_full', `Model "${this.modelId}" has ${bound} requests waiting, which is its bound`);
    this.tally = new EndpointTally(options);
    const { timeoutMs, stuckGraceMs = STUCK_GRACE_MS } = options;
    this.deadlines = new Deadlines(timeoutMs, stuckGraceMs, this.queue, {
      late: (entry) => this.settleFailed(entry, this.late()),
      stuck: (run, now) => this.noteStuck(run, now),
      done: () => this.queue.size === 0 && this.wakeDrain?.(),
    });
    this.threads = new Threads(makeHost, options.startTimeoutMs ?? START_TIMEOUT_MS);
    this.inline = new InlineLane(options, (entries) => this.threads.run(entries));
    this.sleeper = new Sleeper(this.threads, options.idleTimeoutMs, {
      isIdle: () => this.queue.size === 0 && this.deadlines.runs.size === 0,
      asleep: () => {
        this.inline.close();
        this.tally.fellAsleep();
      },
      awake: (report) => {
        this.tally.awoke();
        this.opened(report);
      },
      failed: (cause) => this.wakeFailed(cause),
    });
  }

  /** Threads that it has now: none while it sleeps. */
  get workers(): number {
    return this.threads.ready ? this.options.workers : 0;
  }

  /** What its threads were given. */
  get model(): Readonly<WorkerModel> {
    return this.options.model;
  }

  /** Loaded copies of the model and the heaps of their threads. */
  get memoryBytes(): number {
    return this.threads.ready ? (this.options.modelBytes ?? 0) + this.tally.heapBytes : 0;
  }

  get state(): EndpointState {
    const alive = this.phase === 'running' || this.phase === 'draining';
    return alive && this.deadlines.stuckRuns > 0 ? 'stuck' : this.phase;
  }

  /**
   * Loads the model on every thread and warms it up; the endpoint then takes requests.
   * @throws AppError when a thread could not; the threads are let go
   */
  async start(): Promise<LoadReport> {
    try {
      const report = await this.threads.start(true);
      this.open();
      this.opened(report);
      await this.proveInline();
      return report;
    } catch (error) {
      this.phase = 'failed';
      this.options.metrics.remove();
      throw error;
    }
  }

  /** Takes requests from now on without a thread; the first one wakes it. */
  startAsleep(): void {
    this.open();
    this.tally.fellAsleep();
  }

  /** Why no request may come in now, to be asked before its body is read; the refusal is counted. */
  refusal(): AppError | null {
    let error: AppError | null = null;
    if (this.phase !== 'running') error = this.notReady(`is ${this.phase}`);
    else if (this.deadlines.stuckRuns >= this.options.workers) error = this.notReady('does not come back from a run');
    else if (this.queue.isFull(this.options.batching.maxQueue)) error = this.full;
    if (error) this.tally.refused(error);
    return error;
  }

  /** Takes a request in; its reply is called exactly once, later. Refuses it by its reply when there is no room. */
  submit(entry: Entry): void {
    const refusal = this.refusal();
    if (refusal) {
      entry.settled = true;
      return entry.reply.failed(refusal);
    }
    this.sleeper.touch(entry.submittedAt);
    if (this.answerInline(entry)) return;
    this.queue.push(entry);
    this.deadlines.watch(this.options.timeoutMs);
    this.planDispatch();
  }

  /** Counts a request that was refused before it got here, such as one with too large a body. */
  countRefusal = (error: AppError): void => this.tally.refused(error);

  stats(): EndpointStats {
    this.queue.dropAbandoned();
    return this.tally.stats(this.queue.size);
  }

  /** For a swap: answers what waits and runs, takes nothing new, then lets the threads go. */
  async retire(): Promise<void> {
    this.closing ??= this.close();
    await this.closing;
  }

  /**
   * For a stop: drops what waits with 503, answers what runs, then lets the threads go. A run that never returns does
   * not keep this: its thread is left alone, as ending one inside native code aborts the process.
   */
  async drain(): Promise<void> {
    if (this.phase === 'running') this.phase = 'draining';
    const error = this.notReady('is being stopped');
    for (const entry of this.queue.takeAll()) this.settleFailed(entry, error);
    this.wakeDrain?.();
    await this.retire();
  }

  /** Takes up a thread meanwhile, so that nobody else uses it or lets it go. */
  private async proveInline(): Promise<void> {
    if (!this.inline.due) return;
    const run = this.deadlines.begin([]);
    await this.inline.prove();
    this.ended(run);
  }

  /**
   * Answers a request without a thread if it can be, and would have had one at once: nobody who waits is passed.
   * @returns false when it is one for a thread
   */
  private answerInline(entry: Entry): boolean {
    const isFree = this.queue.size === 0 && this.deadlines.runs.size < this.workers;
    const text = isFree ? this.inline.answer(entry) : null;
    if (text === null) return false;
    const now = performance.now();
    entry.settled = true;
    entry.reply.answered(text, now);
    this.tally.answeredInline(this.inline.rows, (now - entry.submittedAt) / 1000);
    return true;
  }

  private async close(): Promise<void> {
    if (this.phase === 'stopped' || this.phase === 'failed') return;
    this.phase = 'draining';
    while (this.queue.size > 0 || this.deadlines.runs.size > 0) {
      if (this.queue.size === 0 && this.deadlines.stuckRuns === this.deadlines.runs.size) {
        this.options.metrics.remove();
        void this.closeWhenBack();
        return;
      }
      await this.untilWoken();
    }
    await this.letGo();
  }

  private async closeWhenBack(): Promise<void> {
    while (this.deadlines.runs.size > 0) await this.untilWoken();
    await this.letGo();
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => (this.wakeDrain = resolve));
  }

  private async letGo(): Promise<void> {
    this.sleeper.stop();
    this.deadlines.clear();
    if (this.delayTimer) clearTimeout(this.delayTimer);
    this.phase = 'stopped';
    this.options.metrics.remove();
    await this.threads.close();
  }

  private open(): void {
    this.phase = 'running';
    this.options.metrics.open({ queueDepth: () => this.queue.size, workers: () => this.workers });
  }

  private opened(report: LoadReport): void {
    this.tally.started(report.loadMs, report.heapBytes);
    this.inline.expect();
    this.sleeper.watch();
    this.planDispatch();
  }

  private wakeFailed(cause: unknown): void {
    const reason = cause instanceof AppError ? (cause.reason ?? cause.message) : String(cause);
    const text = `Model "${this.modelId}" was asleep and could not be woken`;
    const error = new AppError('not_ready', text, { reason, cause });
    this.tally.noteFailure(error);
    for (const entry of this.queue.takeAll()) this.settleFailed(entry, error);
    this.wakeDrain?.();
  }

  /**
   * Dispatches at the end of this turn of the event loop: what arrives in the same turn makes one batch. Waking a thread
   * is the dearest part of a small batch, so fewer of them are worth more than the microseconds.
   */
  private planDispatch(): void {
    if (this.dispatchPlanned || this.queue.size === 0) return;
    if (!this.threads.ready) return this.sleeper.wake();
    if (this.deadlines.runs.size >= this.options.workers) return;
    this.dispatchPlanned = true;
    setImmediate(this.dispatch);
  }

  private readonly dispatch = (): void => {
    this.dispatchPlanned = false;
    while (this.queue.size > 0 && this.deadlines.runs.size < this.workers) {
      const batch = this.cut();
      if (!batch) return;
      if (batch.length > 0) void this.run(batch);
    }
    if (this.queue.size === 0) this.wakeDrain?.();
  };

  private readonly endDelay = (): void => {
    this.delayTimer = null;
    this.dispatch();
  };

  /** The next batch without what need not be done any more; null when it may still wait for company. */
  private cut(): Entry[] | null {
    const { maxSize, maxDelayMs } = this.options.batching;
    const now = performance.now();
    const limits = { maxRows: maxSize, maxDelayMs: this.phase === 'running' ? maxDelayMs : 0 };
    const delayMs = this.queue.delayMs(now, limits);
    if (delayMs > 0) {
      this.delayTimer ??= setTimeout(this.endDelay, delayMs);
      return null;
    }
    if (this.delayTimer) clearTimeout(this.delayTimer);
    this.delayTimer = null;
    const free = this.workers - this.deadlines.runs.size;
    return this.queue.takeBatch(maxSize, free).filter((entry) => this.isWanted(entry, now));
  }

  private isWanted(entry: Entry, now: number): boolean {
    if (!entry.settled && entry.reply.isAbandoned()) entry.settled = true;
    if (!entry.settled && entry.submittedAt + this.options.timeoutMs <= now) this.settleFailed(entry, this.late());
    return !entry.settled;
  }

  private async run(entries: Entry[]): Promise<void> {
    const run = this.deadlines.begin(entries);
    let bytes = 0;
    for (const entry of entries) {
      entry.dispatchedAt = run.startedAt;
      bytes += entry.body.byteLength;
    }
    try {
      const result = await this.threads.run(entries);
      this.hurry(run);
      this.settle(entries, result, bytes);
    } catch (error) {
      const failure = error instanceof AppError ? error : unexpected(error);
      for (const entry of entries) this.settleFailed(entry, failure);
    }
    this.ended(run);
    if (this.inline.due && this.queue.size === 0 && this.deadlines.runs.size === 0) void this.proveInline();
  }

  /**
   * Gives the thread its next work before the answers go out, where a request that fills a run waits: to it company is
   * nothing, and sending large answers and reading large bodies takes a good part of what it runs.
   */
  private hurry(run: Run): void {
    if (!this.queue.startsWithFullRun(this.options.batching.maxSize)) return;
    this.deadlines.runs.delete(run);
    this.dispatch();
  }

  /** The end of a run: its thread is free. */
  private ended(run: Run): void {
    this.deadlines.runs.delete(run);
    this.sleeper.touch(performance.now());
    this.planDispatch();
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
        entry.reply.answered(result.binaries?.[i] ?? textBetween(result, start, end), now);
        this.tally.answered(entry, rows, now);
      }
      start = end;
    }
    this.queue.learn(bytes, totalRows, result.runs);
    this.tally.ran(result);
  }

  private settleFailed(entry: Entry, error: AppError): void {
    if (entry.settled) return;
    entry.settled = true;
    entry.reply.failed(error);
    this.tally.failed(entry, error);
  }

  private noteStuck(run: Run, now: number): void {
    const text = `A run of model "${this.modelId}" has not come back for ${Math.round((now - run.startedAt) / 1000)} s`;
    this.tally.noteFailure(new AppError('deadline_exceeded', text));
  }

  private notReady(why: string): AppError {
    return new AppError('not_ready', `Model "${this.modelId}" ${why}`);
  }

  private late(): AppError {
    const seconds = this.options.timeoutMs / 1000;
    return new AppError('deadline_exceeded', `Model "${this.modelId}" did not answer within its ${seconds} s`);
  }
}

function unexpected(error: unknown): AppError {
  return new AppError('internal', 'The answer could not be sent', { cause: error, reason: String(error) });
}
