import type { AppLogger } from '../common/logger';
import type { LogStore } from './log-store';

const PRUNE_EVERY_MS = 60_000;

/** Keeps the logs within their bounds while the process runs. */
export class LogRetention {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly store: LogStore,
    private readonly logger: AppLogger,
    private readonly everyMs = PRUNE_EVERY_MS,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.prune().finally(() => (this.running = null));
    }, this.everyMs).unref();
  }

  /** Stops, and waits for a piece of work that has begun. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  private async prune(): Promise<void> {
    try {
      await this.store.prune();
    } catch (error) {
      this.logger.write('warn', `old logs could not be deleted: ${String(error)}`);
    }
  }
}
