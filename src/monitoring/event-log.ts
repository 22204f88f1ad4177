import type { AppLogger } from '../common/logger';
import type { LogEntry, LogLevel, LogStore } from './log-store';
import type { Metrics } from './metrics';

const FLUSH_MS = 500;
const MAX_BUFFERED = 10_000;
/** Name of this server among the services whose logs are kept. */
export const OWN_SERVICE = 'modelport';

const PINO_LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const;

/**
 * The server's own events: each is a line of the process's log at once, and within a second a row among the logs.
 * Reporting never waits and never fails; what the database cannot take in time is dropped, oldest first, and counted.
 */
export class EventLog {
  private buffer: LogEntry[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: LogStore,
    private readonly logger: AppLogger,
    private readonly metrics: Metrics,
  ) {}

  /** @param attributes what the event is about, such as `model_id` and `request_id` */
  event(level: LogLevel, message: string, attributes: Record<string, unknown> = {}): void {
    this.logger.write(PINO_LEVELS[level], message, attributes);
    this.buffer.push({ service: OWN_SERVICE, level, message, timestampMs: Date.now(), attributes });
    this.dropExcess();
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Stores what is buffered. When the database is locked, the events are kept for the next flush. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.buffer.length === 0) return;
    const events = this.buffer;
    this.buffer = [];
    try {
      await this.store.addLogs(events);
    } catch (error) {
      this.logger.write('warn', `events could not be stored: ${String(error)}`, { events: events.length });
      this.buffer = [...events, ...this.buffer];
      this.dropExcess();
      this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
    }
  }

  /** The last flush, at shutdown; what cannot be stored now is counted as dropped. */
  async close(): Promise<void> {
    await this.flush();
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.metrics.droppedEvents.inc(this.buffer.length);
    this.buffer = [];
  }

  private dropExcess(): void {
    const excess = this.buffer.length - MAX_BUFFERED;
    if (excess <= 0) return;
    this.buffer.splice(0, excess);
    this.metrics.droppedEvents.inc(excess);
  }
}
