/* global describe, it, expect */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpuSecondsOf, endAll, processesOf, pssMb } from './process-tree.mjs';

/** A process that starts another which detaches itself, as some servers do; both print a line when they run. */
const PARENT = `
const child = require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { detached: true, stdio: 'inherit' });
child.unref();
console.log('parent');
setInterval(() => {}, 1000);`;
const CHILD = `
process.on('SIGTERM', () => {});
while (process.cpuUsage().user < 200_000);
console.log('child');
setInterval(() => {}, 1000);`;

async function startFamily() {
  const mark = `MODELPORT_PEER_TEST=${randomUUID()}`;
  const [name, value] = mark.split('=');
  const stdio = ['ignore', 'pipe', 'inherit'];
  const parent = spawn(process.execPath, ['-e', PARENT, CHILD], { stdio, env: { ...process.env, [name]: value } });
  let printed = '';
  while (!printed.includes('parent') || !printed.includes('child')) {
    printed += (await once(parent.stdout, 'data')).toString();
  }
  return { mark, parent };
}

describe('process tree', () => {
  it('finds, measures and ends a server with what detached itself and does not listen', async () => {
    const { mark, parent } = await startFamily();
    try {
      const pids = processesOf(mark);
      expect(pids).toContain(parent.pid);
      expect(pids).toHaveLength(2);
      expect(cpuSecondsOf(pids)).toBeGreaterThan(0.15);
      expect(pssMb(pids)).toBeGreaterThan(pssMb([parent.pid]));
    } finally {
      await endAll(mark, 500);
    }
    expect(processesOf(mark)).toEqual([]);
  });

  it('counts a process that is not there as nothing', () => {
    expect(cpuSecondsOf([2 ** 30])).toBe(0);
    expect(pssMb([2 ** 30])).toBe(0);
  });
});
