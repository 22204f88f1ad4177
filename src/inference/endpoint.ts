import { AppError } from '../common/errors';
import { Dispatcher } from './dispatcher';
import type { EndpointOptions, EndpointState, EndpointStats } from './endpoint-options';
import { EndpointTally } from './endpoint-tally';
import type { Entry } from './entry';
import { InlineLane } from './inline/inline-lane';
import type { WorkerModel } from './protocol';
import { Sleeper } from './sleeper';
import { type Host, Threads } from './threads';
import { type LoadReport, WorkerHost } from './worker-host';

export type { EndpointOptions, EndpointState, EndpointStats } from './endpoint-options';

/**
 * One deployed version of a model: what it takes in and refuses, and its life from start over sleep to end. What has
 * been taken in is answered at once here, or by its threads through the {@link Dispatcher}.
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
  private readonly dispatcher: Dispatcher;
  private readonly inline: InlineLane;
  /** Made once, as taking down where an error comes from costs as much as answering it. */
  private readonly full: AppError;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly options: EndpointOptions,
    makeHost: () => Host = () =>
      new WorkerHost(options.model, options.workers, (error) => this.tally.noteFailure(error)),
  ) {
    ({ modelId: this.modelId, version: this.version, environment: this.environment } = options);
    this.httpLabels = { model_id: options.modelId, version: String(options.version) };
    const bound = options.batching.maxQueue;
    this.full = new AppError(
      'queue_full',
      `Model "${this.modelId}" already has as many requests waiting as it may (${bound})`,
    );
    this.tally = new EndpointTally(options);
    this.threads = new Threads(makeHost);
    this.inline = new InlineLane(options, (entries) => this.threads.run(entries));
    this.dispatcher = new Dispatcher(options, this.threads, this.tally, {
      noThreads: () => this.sleeper.wake(),
      ended: () => this.runEnded(),
    });
    this.sleeper = new Sleeper(this.threads, options.idleTimeoutMs, {
      isIdle: () => this.dispatcher.isIdle,
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
    return alive && this.dispatcher.stuck > 0 ? 'stuck' : this.phase;
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
    const error = this.whyNot();
    if (error) this.tally.refused(error);
    return error;
  }

  /** Whether a request that came now would not be refused. Unlike {@link refusal} it counts nothing. */
  get hasRoom(): boolean {
    return this.whyNot() === null;
  }

  /** Takes a request in; its reply is called exactly once, later. Refuses it by its reply when there is no room. */
  submit(entry: Entry): void {
    const refusal = this.refusal();
    if (refusal) {
      entry.settled = true;
      return entry.reply.failed(refusal);
    }
    this.sleeper.touch(entry.submittedAt);
    if (!this.answerInline(entry)) this.dispatcher.push(entry);
  }

  /** Counts a request that was refused before it got here, such as one with too large a body. */
  countRefusal = (error: AppError): void => this.tally.refused(error);

  stats(): EndpointStats {
    this.dispatcher.dropAbandoned();
    return this.tally.stats(this.dispatcher.waiting);
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
    this.dispatcher.failWaiting(this.notReady('is being stopped'));
    await this.retire();
  }

  private whyNot(): AppError | null {
    if (this.phase !== 'running') return this.notReady(`is ${this.phase}`);
    if (this.dispatcher.stuck >= this.options.workers) return this.notReady('does not come back from a run');
    return this.dispatcher.isFull() ? this.full : null;
  }

  private async proveInline(): Promise<void> {
    if (this.inline.due) await this.dispatcher.occupy(() => this.inline.prove());
  }

  /**
   * Answers a request without a thread if it can be, and would have had one at once: nobody who waits is passed.
   * @returns false when it is one for a thread
   */
  private answerInline(entry: Entry): boolean {
    const text = this.dispatcher.hasFreeThread ? this.inline.answer(entry) : null;
    if (text === null) return false;
    const now = performance.now();
    entry.settled = true;
    entry.reply.answered(text, now);
    this.tally.answeredInline(this.inline.rows, (now - entry.submittedAt) / 1000);
    return true;
  }

  private runEnded(): void {
    this.sleeper.touch(performance.now());
    if (this.dispatcher.isIdle) void this.proveInline();
  }

  private async close(): Promise<void> {
    if (this.phase === 'stopped' || this.phase === 'failed') return;
    this.phase = 'draining';
    this.dispatcher.hasten();
    while (!this.dispatcher.isIdle) {
      if (this.dispatcher.waiting === 0 && this.dispatcher.stuck === this.dispatcher.running) {
        this.options.metrics.remove();
        void this.closeWhenBack();
        return;
      }
      await this.dispatcher.changed();
    }
    await this.letGo();
  }

  private async closeWhenBack(): Promise<void> {
    while (this.dispatcher.running > 0) await this.dispatcher.changed();
    await this.letGo();
  }

  private async letGo(): Promise<void> {
    this.sleeper.stop();
    this.dispatcher.stop();
    this.phase = 'stopped';
    this.options.metrics.remove();
    await this.threads.close();
  }

  private open(): void {
    this.phase = 'running';
    this.options.metrics.open({ queueDepth: () => this.dispatcher.waiting, workers: () => this.workers });
  }

  private opened(report: LoadReport): void {
    this.tally.started(report.loadMs, report.heapBytes);
    this.inline.expect();
    this.sleeper.watch();
    this.dispatcher.plan();
  }

  private wakeFailed(cause: unknown): void {
    const reason = cause instanceof AppError ? (cause.reason ?? cause.message) : String(cause);
    const text = `Model "${this.modelId}" was asleep and could not be woken`;
    const error = new AppError('not_ready', text, { reason, cause });
    this.tally.noteFailure(error);
    this.dispatcher.failWaiting(error);
  }

  private notReady(why: string): AppError {
    return new AppError('not_ready', `Model "${this.modelId}" ${why}`);
  }
}
