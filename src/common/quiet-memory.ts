import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { releaseMemory } from './release-memory';

const CHECK_MS = 500;
/** Events of input and output in {@link CHECK_MS} that still are quiet: a probe may ask, a client that goes on may not. */
const QUIET_EVENTS = 2;
const QUIET_CHECKS = 3;
/** Of a heap that has grown by less there is nothing to win that is worth a collection. */
const WORTH_BYTES = 12 * 1024 * 1024;

/**
 * Gives back what a load has left in the heap of this thread once its clients have been quiet for one and a half
 * seconds: V8 keeps the pages of the young generation, and what garbage has spread over in the old one, until more is
 * asked of it. Blocks the thread as {@link releaseMemory} does, and as that, does nothing without `--expose-gc`.
 * The heap grows by so much only in thousands of requests, so that few can meet it.
 * @returns ends it
 */
export function releaseMemoryWhenQuiet(release: () => void = releaseMemory): () => void {
  let least = heapBytes();
  let events = eventCount();
  let quietChecks = 0;
  const timer = setInterval(() => {
    const before = events;
    events = eventCount();
    quietChecks = events - before <= QUIET_EVENTS ? quietChecks + 1 : 0;
    if (quietChecks < QUIET_CHECKS) return;
    least = Math.min(least, heapBytes());
    if (heapBytes() - least < WORTH_BYTES) return;
    release();
    least = heapBytes();
    quietChecks = 0;
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Pages that V8 has and the system has given. */
function heapBytes(): number {
  return getHeapStatistics().total_physical_size;
}

/** Sockets, files and threads that had something for this thread so far; timers do not count. */
function eventCount(): number {
  return performance.nodeTiming.uvMetricsInfo.events;
}
