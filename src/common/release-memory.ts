import { setFlagsFromString } from 'node:v8';

/**
 * Leaves the young generations of threads started from now on to their own limits: the flags that hold that of the main
 * thread at its size are the whole process's, go before such limits, and are read when a heap is made.
 */
export function leaveYoungGenerationsToThreads(): void {
  setFlagsFromString('--min-semi-space-size=0');
  setFlagsFromString('--max-semi-space-size=0');
}

/**
 * Gives the memory that a start has left behind back to the system: loading code makes V8's young generation grow to
 * its full size and fills the old one with what is used once. The flags of the start keep a semi-space at 8 MB: shrunk
 * to 1 MB it measured 15 % or more of the CPU time a request, and grown as far as V8 likes 90 MB more under load, for
 * nothing that could be measured. They also let the heap grow threefold before the next collection of the whole of it:
 * left alone, V8 allows little more than 8 MB, and a body of 10 MB, which counts, cost 10 to 25 ms of the HTTP thread.
 * The bytecode of what ran while starting goes as well, 3 MB; V8 would drop it after six collections of the whole heap.
 * Blocks its thread for tens of milliseconds: for the end of a start, before the thread has anything to answer.
 * Does nothing unless the process was started with `--expose-gc`.
 */
export function releaseStartupMemory(): void {
  // All threads see this for a moment: one that collects just then compiles again what it needs.
  setFlagsFromString('--bytecode-old-age=1');
  releaseMemory();
  setFlagsFromString('--bytecode-old-age=6');
}

/** Gives back what a load has left behind, and keeps the code. As {@link releaseStartupMemory} in all else. */
export function releaseMemory(): void {
  // The flavour that also shrinks the heap is the one that V8 itself takes under pressure.
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
