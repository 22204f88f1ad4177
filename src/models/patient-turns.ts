import { availableParallelism } from 'node:os';

/** How long others wait for one that runs: longer than usual files take, and short beside what a hostile one may. */
const PATIENCE_MS = 2_000;

/**
 * Lets tasks that compute without a pause run one after the other where two at once would leave no processor to
 * requests, in the order of arrival. One that takes long is not waited for: another may begin beside it.
 */
export class PatientTurns {
  private running = 0;
  /** Of the running ones, those that others wait for still. */
  private fresh = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly mostFresh: number;

  /**
   * @param most tasks that ever run at once
   * @param processors of which one is left to requests
   */
  constructor(
    private readonly most: number,
    processors = availableParallelism(),
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.mostFresh = Math.max(1, Math.min(most, processors - 1));
  }

  /** Runs the task when its turn has come; answers and throws what it does. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.waiting.length > 0 || !this.isFree()) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.begin();
    let isFresh = true;
    const leaveFresh = (): void => {
      if (isFresh) this.fresh--;
      isFresh = false;
      this.next();
    };
    const patience = setTimeout(leaveFresh, this.patienceMs);
    try {
      return await task();
    } finally {
      clearTimeout(patience);
      this.running--;
      leaveFresh();
    }
  }

  private isFree(): boolean {
    return this.running < this.most && this.fresh < this.mostFresh;
  }

  private begin(): void {
    this.running++;
    this.fresh++;
  }

  private next(): void {
    while (this.waiting.length > 0 && this.isFree()) {
      this.begin();
      this.waiting.shift()?.();
    }
  }
}
