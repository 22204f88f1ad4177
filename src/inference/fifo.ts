/** A first-in first-out queue on an array; taking from the front does not move what stays. */
export class Fifo<T> {
  /** Those before `head` are taken, and no longer here. */
  private items: (T | undefined)[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** The item at a place counted from the front. */
  at(index: number): T | undefined {
    return this.items[this.head + index];
  }

  /** Removes and returns the first `count` items. */
  take(count: number): T[] {
    const taken = this.items.slice(this.head, this.head + count) as T[];
    // Under a backlog the array lives on, and an answered request would with its body.
    this.items.fill(undefined, this.head, this.head + taken.length);
    this.head += taken.length;
    if (this.head === this.items.length) {
      this.items = [];
      this.head = 0;
    } else if (this.head > 1024) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return taken;
  }

  /** Keeps the items for which `keep` holds, in order. */
  filter(keep: (item: T) => boolean): void {
    this.items = (this.items.slice(this.head) as T[]).filter(keep);
    this.head = 0;
  }
}
