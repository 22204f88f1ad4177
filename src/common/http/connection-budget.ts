import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** An idle connection takes about 6 KB, so that these are 120 MB. */
const MOST_CONNECTIONS = 20_000;
/** Descriptors that are left to threads (about five each), files and listeners, unless that is most of them. */
const LEAST_RESERVE = 256;
const TOLD_EVERY_MS = 60_000;

/** Where the end of the budget is told, at most once a minute: how many were refused since the last time. */
export type OnRefused = (refused: number, bound: number) => void;

/**
 * Bounds the connections of all listeners together. Without, they would take the last descriptor of the process, and
 * then no model could be deployed and no thread replaced. One beyond it is closed as soon as it is there.
 */
export class ConnectionBudget {
  private open = 0;
  private untold = 0;
  private toldAtMs = -Infinity;
  private onRefused: OnRefused = () => undefined;
  /** Connections closed for being too many. */
  refused = 0;

  constructor(
    readonly bound: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Who is told from now on. */
  tell(onRefused: OnRefused): void {
    this.onRefused = onRefused;
  }

  /** Whether the connection may stay; one that may not has been closed. */
  admits(socket: Socket): boolean {
    if (this.open >= this.bound) {
      socket.destroy();
      this.refuse();
      return false;
    }
    this.open += 1;
    socket.once('close', this.release);
    return true;
  }

  private readonly release = (): void => {
    this.open -= 1;
  };

  private refuse(): void {
    this.refused += 1;
    this.untold += 1;
    if (this.now() - this.toldAtMs < TOLD_EVERY_MS) return;
    this.onRefused(this.untold, this.bound);
    this.toldAtMs = this.now();
    this.untold = 0;
  }
}

/** How many connections there may be where a process may have so many descriptors: three quarters of them at most. */
export function boundOf(descriptors: number): number {
  const reserve = Math.max(LEAST_RESERVE, descriptors / 4);
  return Math.floor(Math.min(MOST_CONNECTIONS, Math.max(descriptors - reserve, descriptors / 4)));
}

/** The soft limit, which Node raises to the hard one at its start. */
function descriptorLimit(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return Number(limit ?? Number.MAX_SAFE_INTEGER);
  } catch {
    // Not Linux.
    return Number.MAX_SAFE_INTEGER;
  }
}

/** Of this process. */
export const connections = new ConnectionBudget(boundOf(descriptorLimit()));
