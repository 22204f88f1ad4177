import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Gives the memory that a start has left behind back to the system: loading code makes V8's young generation grow to
 * its full size and fills the old one with what is used once. It grows again where load asks for it; the flag
 * `--min-semi-space-size` of the start keeps it from shrinking to 1 MB, which measured 15 % or more of the CPU time a request.
 * Blocks its thread for tens of milliseconds: for the end of a start, before the thread has anything to answer.
 * What it calls is V8's own function for embedders' tests, which flags make visible to contexts made afterwards
 * (v8/src/extensions/gc-extension.cc); the flavour that also shrinks the heap is the one V8 itself takes under pressure.
 */
export function releaseStartupMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
