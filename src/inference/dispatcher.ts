import { AppError } from '../common/errors';
import { Deadlines, type Run } from './deadlines';
import type { EndpointOptions } from './endpoint-options';
import type { EndpointTally } from './endpoint-tally';
import type { Entry } from './entry';
import { type BatchResult, textBetween } from './protocol';
import type { Threads } from './threads';
import { WaitingQueue } from './waiting-queue';

const STUCK_GRACE_MS = 10_000;

interface Told {
  /** Something waits, and there are no threads. */
  noThreads(): void;
  /** A run has come back. */
  ended(): void;
}

/**
 * What waits and what runs, of one endpoint: gives free threads their next batch, and answers each entry exactly once,
 * with what came back or with why it did not. Work is posted only to a free thread, so whatever waits can still be
 * dropped, and what piles up while threads are busy is the next batch.
 */
export class Dispatcher {
  private readonly queue = new WaitingQueue();
  private readonly deadlines: Deadlines;
  private planned = false;
  /** Whether a batch may still wait for company. */
  private mayDelay = true;
  private delayTimer: NodeJS.Timeout | null = null;
  private wakeWaiter: (() => void) | null = null;

  constructor(
    private readonly options: EndpointOptions,
    private readonly threads: Threads,
    private readonly tally: EndpointTally,
    private readonly told: Told,
  ) {
    this.deadlines = new Deadlines(options.timeoutMs, options.stuckGraceMs ?? STUCK_GRACE_MS, this.queue, {
      late: (entry) => this.fail(entry, this.late()),
      stuck: (run, now) => this.noteStuck(run, now),
      done: () => this.queue.size === 0 && this.wakeWaiter?.(),
    });
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.queue.size;
  }

  /** Batches that threads have. */
  get running(): number {
    return this.deadlines.runs.size;
  }

  /** Of those the ones that have not come back long after their deadline. */
  get stuck(): number {
    return this.deadlines.stuckRuns;
  }

  get isIdle(): boolean {
    return this.queue.size === 0 && this.deadlines.runs.size === 0;
  }

  /** Whether a request that came now would be given to a thread at once. */
  get hasFreeThread(): boolean {
    return this.queue.size === 0 && this.freeThreads > 0;
  }

  /** Whether as many wait as may. */
  isFull(): boolean {
    return this.queue.isFull(this.options.batching.maxQueue);
  }

  /** Frees the places of clients that have gone. */
  dropAbandoned(): void {
    this.queue.dropAbandoned();
  }

  /** Puts a request behind those that wait. */
  push(entry: Entry): void {
    this.queue.push(entry);
    this.deadlines.watch(this.options.timeoutMs);
    this.plan();
  }

  /** Answers all that waits with an error. */
  failWaiting(error: AppError): void {
    for (const entry of this.queue.takeAll()) this.fail(entry, error);
    this.wakeWaiter?.();
  }

  /** Takes up a thread while something else goes on, so that nobody uses it or lets it go. */
  async occupy(work: () => Promise<void>): Promise<void> {
    const run = this.deadlines.begin([]);
    try {
      await work();
    } finally {
      this.ended(run);
    }
  }

  /** From now on batches wait for no company: those that wait are the last. */
  hasten(): void {
    this.mayDelay = false;
    this.plan();
  }

  /** Resolves when less waits or runs than now. Not to be asked again before it has. */
  changed(): Promise<void> {
    return new Promise((resolve) => (this.wakeWaiter = resolve));
  }

  /** Lets the timers go. Only when it is idle. */
  stop(): void {
    this.deadlines.clear();
    this.endDelay();
  }

  /**
   * Dispatches at the end of this turn of the event loop: what arrives in the same turn makes one batch. Waking a thread
   * is the dearest part of a small batch, so fewer of them are worth more than the microseconds.
   */
  plan(): void {
    if (this.planned || this.queue.size === 0) return;
    if (!this.threads.ready) return this.told.noThreads();
    if (this.freeThreads <= 0) return;
    this.planned = true;
    setImmediate(this.dispatch);
  }

  private get freeThreads(): number {
    return this.threads.ready ? this.options.workers - this.deadlines.runs.size : 0;
  }

  private readonly dispatch = (): void => {
    this.planned = false;
    while (this.queue.size > 0 && this.freeThreads > 0) {
      const batch = this.cut();
      if (!batch) return;
      if (batch.length > 0) void this.run(batch);
    }
    if (this.queue.size === 0) this.wakeWaiter?.();
  };

  /** The next batch without what need not be done any more; null when it may still wait for company. */
  private cut(): Entry[] | null {
    const { maxSize, maxDelayMs } = this.options.batching;
    const now = performance.now();
    const delayMs = this.queue.delayMs(now, { maxRows: maxSize, maxDelayMs: this.mayDelay ? maxDelayMs : 0 });
    if (delayMs > 0) {
      this.delayTimer ??= setTimeout(this.delayEnded, delayMs);
      return null;
    }
    this.endDelay();
    return this.queue.takeBatch(maxSize, this.freeThreads).filter((entry) => this.isWanted(entry, now));
  }

  private readonly delayEnded = (): void => {
    this.delayTimer = null;
    this.dispatch();
  };

  private endDelay(): void {
    if (this.delayTimer) clearTimeout(this.delayTimer);
    this.delayTimer = null;
  }

  private isWanted(entry: Entry, now: number): boolean {
    if (!entry.settled && entry.reply.isAbandoned()) entry.settled = true;
    if (!entry.settled && entry.submittedAt + this.options.timeoutMs <= now) this.fail(entry, this.late());
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
      for (const entry of entries) this.fail(entry, failure);
    }
    this.ended(run);
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
    this.plan();
    this.wakeWaiter?.();
    this.told.ended();
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
      if (error) this.fail(entry, AppError.fromData(error));
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

  private fail(entry: Entry, error: AppError): void {
    if (entry.settled) return;
    entry.settled = true;
    entry.reply.failed(error);
    this.tally.failed(entry, error);
  }

  private noteStuck(run: Run, now: number): void {
    const seconds = Math.round((now - run.startedAt) / 1000);
    const text = `A run of model "${this.options.modelId}" has not come back for ${seconds} s`;
    this.tally.noteFailure(new AppError('deadline_exceeded', text));
  }

  private late(): AppError {
    const { modelId, timeoutMs } = this.options;
    return new AppError('deadline_exceeded', `Model "${modelId}" did not answer within its ${timeoutMs / 1000} s`);
  }
}

function unexpected(error: unknown): AppError {
  return new AppError('internal', 'The answer could not be sent', { cause: error, reason: String(error) });
}
