import type { Entry } from './entry';
import type { WaitingQueue } from './waiting-queue';

/** A batch on its way through a thread. */
export interface Run {
  entries: Entry[];
  startedAt: number;
  /** It has not come back long after the deadline of its requests. */
  stuck: boolean;
}

interface Told {
  late(entry: Entry): void;
  stuck(run: Run, now: number): void;
  /** After each look at the deadlines. */
  done(): void;
}

/** Watches over the deadlines of what waits and what runs: one timer, as every request has the same timeout. */
export class Deadlines {
  readonly runs = new Set<Run>();
  private timer: NodeJS.Timeout | null = null;
  private everStuck = false;

  constructor(
    private readonly timeoutMs: number,
    private readonly stuckGraceMs: number,
    private readonly queue: WaitingQueue,
    private readonly told: Told,
  ) {}

  get stuckRuns(): number {
    // Asked for every request, and hardly ever true.
    if (!this.everStuck) return 0;
    let stuck = 0;
    for (const run of this.runs) if (run.stuck) stuck++;
    return stuck;
  }

  /** Adds a run that begins now. */
  begin(entries: Entry[]): Run {
    const run: Run = { entries, startedAt: performance.now(), stuck: false };
    this.runs.add(run);
    return run;
  }

  /** Looks at the deadlines after `delayMs` unless that is planned already. */
  watch(delayMs: number): void {
    if (this.timer) return;
    this.timer = setTimeout(this.expire, Math.max(1, Math.ceil(delayMs)));
    // The requests' own sockets keep the process alive, the timer need not.
    this.timer.unref();
  }

  clear(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  private readonly expire = (): void => {
    this.timer = null;
    const now = performance.now();
    let next = Infinity;
    const check = (entry: Entry): void => {
      const left = entry.submittedAt + this.timeoutMs - now;
      if (left <= 0) this.told.late(entry);
      else if (!entry.settled) next = Math.min(next, left);
    };
    for (const run of this.runs) {
      run.entries.forEach(check);
      const left = run.startedAt + this.timeoutMs + this.stuckGraceMs - now;
      if (left > 0) next = Math.min(next, left);
      else if (!run.stuck) {
        run.stuck = true;
        this.everStuck = true;
        this.told.stuck(run, now);
      }
    }
    for (const entry of this.queue) check(entry);
    this.queue.dropSettled();
    if (next < Infinity) this.watch(next);
    this.told.done();
  };
}
