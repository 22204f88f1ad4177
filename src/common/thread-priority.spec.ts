import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../test/support/built';

const MODULE = JSON.stringify(join(__dirname, '../../dist/common/thread-priority.js'));
const NICE_OF_ALL = `
  const fs = require('node:fs'), os = require('node:os');
  const niceOf = () => fs.readdirSync('/proc/self/task').map((thread) => [
    fs.readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim(), os.getPriority(Number(thread)),
    Number(thread) === process.pid ]);
`;

beforeAll(ensureBuilt, 120_000);

function nicenessAfter(script: string): [name: string, nice: number, isMain: boolean][] {
  const output = execFileSync(process.execPath, ['--eval', `${NICE_OF_ALL}${script}`]).toString();
  return JSON.parse(output) as [string, number, boolean][];
}

const own = getPriority();
const least = (nice: number): number => Math.min(19, nice);

describe('thread priorities', () => {
  test('a thread lowers itself and no other', () => {
    const worker = `require(${MODULE}).lowerThreadPriority(3); require('node:worker_threads').parentPort.postMessage(0);`;
    const threads = nicenessAfter(`
      const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(`${worker} setInterval(() => 0, 1000);`)}, { eval: true });
      worker.once('message', () => { console.log(JSON.stringify(niceOf())); process.exit(); });`);
    expect(threads.filter(([, nice]) => nice === least(own + 3))).toHaveLength(1);
    expect(threads.filter(([, nice]) => nice !== own)).toHaveLength(own === least(own + 3) ? 0 : 1);
  });

  test('the helpers of V8 and libuv are lowered, the main thread is not', () => {
    const threads = nicenessAfter(`
      require('node:fs').stat('/', () => {
        require(${MODULE}).lowerHelperThreads(4);
        console.log(JSON.stringify(niceOf()));
      });`);
    const helpers = threads.filter(([name]) => name === 'V8Worker' || name === 'libuv-worker');
    expect(new Set(helpers.map(([name]) => name))).toEqual(new Set(['V8Worker', 'libuv-worker']));
    for (const [, nice] of helpers) expect(nice).toBe(least(own + 4));
    expect(threads.find(([, , isMain]) => isMain)?.[1]).toBe(own);
  });

  test('a helper that has ended keeps no other from being lowered', () => {
    const threads = nicenessAfter(`
      const listed = fs.readdirSync;
      fs.stat('/', () => {
        fs.readdirSync = (path) => ['4194304', ...listed(path)];
        require(${MODULE}).lowerHelperThreads(4);
        fs.readdirSync = listed;
        console.log(JSON.stringify(niceOf()));
      });`).filter(([name]) => name === 'V8Worker' || name === 'libuv-worker');
    expect(threads.length).toBeGreaterThan(1);
    for (const [, nice] of threads) expect(nice).toBe(least(own + 4));
  });
});
