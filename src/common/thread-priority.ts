import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Steps of niceness behind the HTTP thread, of what a request may wait for and of what nobody waits for. */
export const BEHIND_REQUESTS = 5;
const IN_THE_BACKGROUND = constants.priority.PRIORITY_BELOW_NORMAL;

/** Names of the threads that V8 and libuv help themselves with: compilation, garbage and files. */
const HELPERS = new Set(['V8Worker', 'libuv-worker']);

/**
 * Lets other threads of the process, the one that answers requests above all, go before the one that calls; what it
 * starts is behind as well. Where the system has no priorities of threads (Linux has) nothing changes.
 * @param steps of niceness
 */
export function lowerThreadPriority(steps: number = IN_THE_BACKGROUND): void {
  if (process.platform !== 'linux') return;
  attempt(() => lower(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), steps));
}

/** Lets the HTTP thread go before the threads that V8 and libuv have started by now. Linux only. */
export function lowerHelperThreads(steps: number = BEHIND_REQUESTS): void {
  if (process.platform !== 'linux') return;
  for (const thread of attempt(() => readdirSync('/proc/self/task')) ?? []) {
    attempt(() => {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
      if (HELPERS.has(name)) lower(Number(thread), steps);
    });
  }
}

function lower(thread: number, steps: number): void {
  setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority(thread) + steps));
}

/** A system that does not allow it, or a thread that has ended meanwhile, is no reason not to serve. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
