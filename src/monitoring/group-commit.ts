import { AppError } from '../common/errors';

interface Waiting<T> {
  items: T[];
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Joins the writes of many callers: one commit runs at a time, and what arrives meanwhile shares the next one. A caller
 * is answered when the commit that holds its items has ended, and shares its failure.
 */
export class GroupCommit<T> {
  private waiting: Waiting<T>[] = [];
  private waitingItems = 0;
  private running: Promise<void> | null = null;

  /**
   * @param commit stores the items, all or none
   * @param maxItems most items of one commit, and of those that wait ten times as many
   */
  constructor(
    private readonly commit: (items: T[]) => Promise<void>,
    private readonly maxItems: number,
  ) {}

  /** @throws AppError storage_busy when too many items wait already; whatever the commit threw */
  async add(items: T[]): Promise<void> {
    if (this.waitingItems + items.length > 10 * this.maxItems) {
      throw new AppError('storage_busy', `The database does not keep up: ${this.waitingItems} entries wait already.`, {
        headers: { 'Retry-After': '1' },
      });
    }
    this.waitingItems += items.length;
    const stored = new Promise<void>((resolve, reject) => this.waiting.push({ items, resolve, reject }));
    this.running ??= this.work().finally(() => (this.running = null));
    return stored;
  }

  /** Resolves when all that was added so far has been committed or refused. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.takeGroup();
      try {
        await this.commit(group.flatMap(({ items }) => items));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  }

  private takeGroup(): Waiting<T>[] {
    let count = 0;
    let end = 0;
    do count += this.waiting[end++]!.items.length;
    while (end < this.waiting.length && count + this.waiting[end]!.items.length <= this.maxItems);
    this.waitingItems -= count;
    return this.waiting.splice(0, end);
  }
}
