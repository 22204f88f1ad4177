import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { releaseMemoryWhenQuiet } from './quiet-memory';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: object) => void;

/** Makes V8 take pages: garbage that its young generation and the old one spread over. */
function growHeap(bytes: number): unknown[] {
  return Array.from({ length: bytes / 1024 }, () => new Array<number>(128).fill(Math.random()));
}

describe('releaseMemoryWhenQuiet', () => {
  it('releases once after the heap has grown and nobody has asked anything, and not before', async () => {
    let end = (): void => undefined;
    let reading = true;
    const released: boolean[] = [];
    // Garbage of earlier tests would be collected in the midst of this one, and its heap would grow into their pages.
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    try {
      const done = new Promise<void>((resolve) => {
        end = releaseMemoryWhenQuiet(() => {
          released.push(reading);
          resolve();
        });
      });
      const kept = growHeap(64 * 1024 * 1024);
      // Four checks of the heap's size pass while files are read without a pause: that is not quiet.
      for (const until = performance.now() + 2500; performance.now() < until;) await readFile(__filename);
      expect(released).toEqual([]);
      reading = false;
      await done;
      expect(released).toEqual([false]);
      expect(kept.length).toBeGreaterThan(0);
    } finally {
      end();
    }
  });
});
