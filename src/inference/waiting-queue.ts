import { cutBatch, remainingDelay } from './batcher';
import type { Entry } from './entry';
import { Fifo } from './fifo';
import type { BatchResult } from './protocol';

/** Work that one thread is given at a time when more waits than one run takes, in milliseconds of runs and in runs. */
const POST_MS = 2;
const MAX_RUNS = 8;

/** Bodies that wait for one deployment hold no more memory than about this, however few requests they are. */
const MAX_WAITING_BYTES = 512_000_000;

/** The requests that wait for a thread, in the order they came, and which of them make the next batch. */
export class WaitingQueue {
  private readonly entries = new Fifo<Entry>();
  private bytesPerRow = Infinity;
  private rowsPerMs = 0;
  private waitingBytes = 0;

  get size(): number {
    return this.entries.size;
  }

  push(entry: Entry): void {
    this.waitingBytes += entry.body.byteLength;
    this.entries.push(entry);
  }

  takeAll(): Entry[] {
    return this.take(this.entries.size);
  }

  /** How long the next batch may still wait for company, in milliseconds; not to be asked of an empty queue. */
  delayMs(now: number, limits: { maxRows: number; maxDelayMs: number }): number {
    if (limits.maxDelayMs <= 0) return 0;
    const rows = this.rowsUpTo(limits.maxRows).reduce((sum, count) => sum + count, 0);
    return remainingDelay({ rows, oldestAt: (this.entries.at(0) as Entry).submittedAt }, now, limits);
  }

  /**
   * Removes and returns what one thread is given: one run of about `maxRows` rows, where a longer request goes alone. Of
   * a cheap model under a backlog its share of that, as several runs that the thread cuts itself: a turn of the event
   * loop reads as many requests as there are connections, and with one run in each turn the threads would starve.
   * @param threads how many are free to share what waits
   */
  takeBatch(maxRows: number, threads: number): Entry[] {
    const one = cutBatch(this.rowsUpTo(maxRows), maxRows);
    const share = Math.ceil(this.entries.size / threads);
    const most = Math.min(maxRows * MAX_RUNS, Math.floor(this.rowsPerMs * POST_MS));
    if (share <= one || most <= maxRows) return this.take(one);
    return this.take(Math.max(one, Math.min(share, cutBatch(this.rowsUpTo(most), most))));
  }

  /** Bytes say how many rows there are, once a batch has shown how long a row is; the worker counts exactly. */
  learn(bytes: number, rows: number, runs: BatchResult['runs']): void {
    if (rows > 0) this.bytesPerRow = bytes / rows;
    let [computed, ms] = [0, 0];
    for (const run of runs) {
      computed += run.rows;
      ms += run.computeMs;
    }
    if (ms > 0) this.rowsPerMs = computed / ms;
  }

  /** Whether as many wait as may, or as much; the places of clients that have gone are freed first. */
  isFull(maxQueue: number): boolean {
    if (this.size < maxQueue && this.waitingBytes < MAX_WAITING_BYTES) return false;
    this.dropAbandoned();
    return this.size >= maxQueue || this.waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Frees the places of clients that have gone. */
  dropAbandoned(): void {
    this.keep((entry) => {
      if (!entry.settled && entry.reply.isAbandoned()) entry.settled = true;
      return !entry.settled;
    });
  }

  /** Frees the places of what has been answered meanwhile. */
  dropSettled(): void {
    this.keep((entry) => !entry.settled);
  }

  private take(count: number): Entry[] {
    const taken = this.entries.take(count);
    for (const { body } of taken) this.waitingBytes -= body.byteLength;
    return taken;
  }

  private keep(isKept: (entry: Entry) => boolean): void {
    this.entries.filter((entry) => {
      const kept = isKept(entry);
      if (!kept) this.waitingBytes -= entry.body.byteLength;
      return kept;
    });
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (let i = 0; i < this.entries.size; i++) yield this.entries.at(i) as Entry;
  }

  /** Whether the next entry alone has as many rows as one run takes, as far as that is known. */
  startsWithFullRun(maxRows: number): boolean {
    const first = this.entries.at(0);
    return first !== undefined && this.rowsOf(first) >= maxRows;
  }

  /** Rows of the first entries, as far as they are needed to fill a run. */
  private rowsUpTo(maxRows: number): number[] {
    const rows: number[] = [];
    let sum = 0;
    for (let i = 0; i < this.entries.size && sum < maxRows; i++) {
      const count = this.rowsOf(this.entries.at(i) as Entry);
      rows.push(count);
      sum += count;
    }
    return rows;
  }

  private rowsOf({ body }: Entry): number {
    return Math.max(1, Math.round(body.byteLength / this.bytesPerRow));
  }
}
