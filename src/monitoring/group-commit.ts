import { AppError } from '../common/errors';

/** What one commit may hold, and ten times as much may wait. */
export interface GroupBounds<T> {
  items: number;
  bytes: number;
  bytesOf: (item: T) => number;
}

interface Waiting<T> {
  items: T[];
  bytes: number;
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
  private waitingBytes = 0;
  private running: Promise<void> | null = null;

  /** @param commit stores the items, all or none */
  constructor(
    private readonly commit: (items: T[]) => Promise<void>,
    private readonly bounds: GroupBounds<T>,
  ) {}

  /** @throws AppError storage_busy when too many items wait already; whatever the commit threw */
  async add(items: T[]): Promise<void> {
    const bytes = items.reduce((sum, item) => sum + this.bounds.bytesOf(item), 0);
    const isTooMuch = this.waitingItems + items.length > 10 * this.bounds.items;
    // What is alone is taken however large: its body was bounded.
    if (isTooMuch || (this.waitingItems > 0 && this.waitingBytes + bytes > 10 * this.bounds.bytes)) {
      throw new AppError('storage_busy', `The database does not keep up: ${this.waitingItems} entries wait already.`, {
        headers: { 'Retry-After': '1' },
      });
    }
    this.waitingItems += items.length;
    this.waitingBytes += bytes;
    const stored = new Promise<void>((resolve, reject) => this.waiting.push({ items, bytes, resolve, reject }));
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
    let bytes = 0;
    let end = 0;
    for (const next of this.waiting) {
      const isFull = count + next.items.length > this.bounds.items || bytes + next.bytes > this.bounds.bytes;
      if (end > 0 && isFull) break;
      count += next.items.length;
      bytes += next.bytes;
      end += 1;
    }
    this.waitingItems -= count;
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, end);
  }
}
