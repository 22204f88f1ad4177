import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { ThreadMemory } from './thread-memory';

/** Makes doubles of `megabytes` without a pause of its own, keeps them, and says so. */
const HOLDER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const held = [];
  for (let i = 0; i < workerData; i += 8) held.push(new Float64Array(new Uint8Array(1e6)));
  parentPort.postMessage(held.length);
`;

it.each([
  [16, 200e6, 0],
  [400, 200e6, 1],
])('of threads that hold %p MB beside their heaps, %p bytes at most, ends %p', async (megabytes, maxBytes, ended) => {
  const thread = new Worker(HOLDER, { eval: true, workerData: megabytes });
  const memory = new ThreadMemory(() => [thread]);
  const end = (): Promise<unknown> => once(thread, 'exit');
  const result = await memory.bound(maxBytes, () =>
    ended ? end() : once(thread, 'message').then(([count]) => count as number),
  );
  expect(memory.ended).toBe(ended);
  expect(result).toEqual(ended ? [1] : 2);
});
