import type { Threads } from './threads';
import type { LoadReport } from './worker-host';

interface Told {
  /** Whether nothing waits and nothing runs. */
  isIdle(): boolean;
  /** The threads were let go. */
  asleep(): void;
  /** They are back and take batches. */
  awake(report: LoadReport): void;
  /** They could not be brought back; the next {@link Sleeper.wake} tries again. */
  failed(cause: unknown): void;
}

/** setTimeout fires at once beyond this. */
const LONGEST_MS = 2 ** 31 - 1;
/** Threads that were woken in a hurry tidy up when they have been quiet for so long. */
const TIDY_AFTER_MS = 1000;

/**
 * Lets the threads of an endpoint go when nothing has been asked of it for a time, and brings them back. What is asked
 * is noted with one store; one timer looks back when it fires.
 */
export class Sleeper {
  private timer: NodeJS.Timeout | null = null;
  private touchedAt = 0;
  private waking = false;
  private untidy = false;
  private stopped = false;

  /** @param timeoutMs absent: it never falls asleep */
  constructor(
    private readonly threads: Threads,
    private readonly timeoutMs: number | undefined,
    private readonly told: Told,
  ) {}

  /** Something was asked or answered at `now`, an instant of `performance.now()`. */
  touch(now: number): void {
    this.touchedAt = now;
  }

  /** Begins to watch threads that are there. */
  watch(): void {
    if (this.timeoutMs === undefined || this.stopped) return;
    this.touch(performance.now());
    this.wait();
  }

  /** From now on it neither watches nor tells. */
  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  /** Brings the threads back, with one start however often it is asked meanwhile. */
  wake(): void {
    if (this.waking) return;
    this.waking = true;
    const told = (tell: () => void): void => {
      this.waking = false;
      if (!this.stopped) tell();
    };
    this.threads.start(false).then(
      (report) => {
        this.untidy = true;
        told(() => this.told.awake(report));
      },
      (cause: unknown) => told(() => this.told.failed(cause)),
    );
  }

  private wait(): void {
    const quietMs = performance.now() - this.touchedAt;
    const delayMs = (this.timeoutMs as number) - quietMs;
    const nextMs = this.untidy ? Math.min(TIDY_AFTER_MS, delayMs) : delayMs;
    this.timer = setTimeout(this.look, Math.min(Math.max(1, Math.ceil(nextMs)), LONGEST_MS));
    // What would sleep need not keep the process alive.
    this.timer.unref();
  }

  private readonly look = (): void => {
    const now = performance.now();
    // A run under way is something being asked, however long it takes.
    if (!this.told.isIdle()) this.touch(now);
    const quietMs = now - this.touchedAt;
    if (quietMs >= (this.timeoutMs as number)) {
      this.threads.end();
      return this.told.asleep();
    }
    if (this.untidy && quietMs >= TIDY_AFTER_MS) {
      this.untidy = false;
      this.threads.tidy();
    }
    this.wait();
  };
}
