import type { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 50;

/** A thread of a pool, as far as it is looked at. */
export type WatchedThread = Pick<Worker, 'getHeapStatistics' | 'terminate'>;

/**
 * Ends threads of which one holds more memory than it may. A heap has a limit of the engine's; arrays of numbers and
 * bytes lie outside it, and a file of bytes becomes eight times as many when they are read as doubles.
 */
export class ThreadMemory {
  private tasks = 0;
  private timer: NodeJS.Timeout | null = null;
  private maxBytes = 0;
  /** Threads that were ended. */
  ended = 0;

  constructor(private readonly threads: () => readonly WatchedThread[]) {}

  /**
   * Runs a task with a bound for each thread; of tasks at the same time, the largest bound holds.
   * @throws what the task throws, which for one whose thread was ended is whatever the pool says of it
   */
  async bound<T>(maxBytes: number, task: () => Promise<T>): Promise<T> {
    this.tasks += 1;
    this.maxBytes = Math.max(this.maxBytes, maxBytes);
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
    try {
      return await task();
    } finally {
      this.tasks -= 1;
      if (this.tasks === 0) this.stop();
    }
  }

  private stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.maxBytes = 0;
  }

  private async look(): Promise<void> {
    await Promise.all(this.threads().map((thread) => this.lookAt(thread)));
  }

  private async lookAt(thread: WatchedThread): Promise<void> {
    // One that is starting or has ended has none to tell.
    const held = await thread.getHeapStatistics().catch(() => null);
    if (!held || this.tasks === 0 || held.external_memory + held.used_heap_size <= this.maxBytes) return;
    this.ended += 1;
    // eslint-disable-next-line no-restricted-syntax -- no onnxruntime is ever loaded in these
    await thread.terminate();
  }
}
