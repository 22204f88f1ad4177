import { AppError } from '../common/errors';
import type { LoadReport, WorkerHost } from './worker-host';

/** How long loading and warming up may take. */
const START_TIMEOUT_MS = 120_000;

export type Host = Pick<WorkerHost, 'start' | 'run' | 'tidy' | 'close'>;

/**
 * The threads of one endpoint: none, starting, or there. They may come and go many times; there is at most one set of
 * them at any time, so that a model that is woken while its threads are still going waits until they are gone.
 */
export class Threads {
  private host: Host | null = null;
  /** The part of a start that may be inside onnxruntime. */
  private loading: Promise<LoadReport> | null = null;
  private closed = false;
  /** The end of the last set. One whose start failed may hang in a load, and is waited for by the next start only. */
  private ending: Promise<void> = Promise.resolve();
  private startFailed = false;

  constructor(private readonly makeHost: () => Host) {}

  /** Whether they have loaded the model and take batches. */
  get ready(): boolean {
    return this.host !== null;
  }

  /**
   * Has them load the model and warm up. Not to be asked again before it has answered.
   * @param tidy false when a request waits for them
   * @throws AppError when one could not; all are let go then
   */
  async start(tidy: boolean): Promise<LoadReport> {
    await this.ending;
    if (this.closed) throw new AppError('not_ready', 'The deployment is ending');
    const host = this.makeHost();
    try {
      this.loading = host.start(START_TIMEOUT_MS, tidy);
      const report = await this.loading;
      this.startFailed = false;
      this.host = host;
      return report;
    } catch (error) {
      // Not awaited: a load that takes for ever must not keep the failure from being told.
      this.startFailed = true;
      this.ending = host.close();
      throw error;
    } finally {
      this.loading = null;
    }
  }

  /** Answers a batch; only for threads that are ready. */
  run(entries: Parameters<Host['run']>[0]): ReturnType<Host['run']> {
    return (this.host as Host).run(entries);
  }

  /** After a start that was not: has them give back what it left behind. Only for threads that have nothing to do. */
  tidy(): void {
    // A thread that is lost over it is told as lost by its pool.
    this.host?.tidy().catch(() => undefined);
  }

  /** Lets them go. Only for threads that have nothing to do. */
  end(): void {
    if (this.host) this.ending = this.host.close();
    this.host = null;
  }

  /** Lets them go for good, after a start that is under way: ending a thread inside a load aborts the process. */
  async close(): Promise<void> {
    this.closed = true;
    // Its failure is told to whoever started it.
    await this.loading?.catch(() => undefined);
    this.end();
    if (!this.startFailed) await this.ending;
  }
}
