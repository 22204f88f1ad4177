/** Runs one task at a time for each key, in the order of arrival; different keys do not wait for each other. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs a task when every earlier one of its key has ended, however it ended. @returns what the task does */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const previous = this.tails.get(key) ?? Promise.resolve();
    // A failed predecessor is its own caller's concern; the next in line runs all the same.
    const current = previous.then(task, task);
    this.tails.set(key, current);
    try {
      return await current;
    } finally {
      if (this.tails.get(key) === current) this.tails.delete(key);
    }
  }
}
