import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFree } from '../is-free.mjs';
import { cpuSecondsOf, endAll, pssMb, processesOf } from './process-tree.mjs';

const START_TIMEOUT_MS = 180_000;
/** Answers of 500 after which a server is given up. */
const MOST_BROKEN = 20;
const MARK = 'MODELPORT_PEER';
const live = new Set();
let started = 0;

/** Ends every server of this run, for when the run itself is ended. */
export async function stopAll() {
  await Promise.all([...live].map((side) => side.stop()));
}

/** One server under measurement, with every process that belongs to it. */
export class Side {
  /**
   * @param command program and arguments
   * @param log file that takes what it prints
   */
  constructor({ command, env, cwd, log }) {
    const mark = randomUUID();
    this.mark = `${MARK}=${mark}`;
    this.log = log;
    const out = fs.openSync(log, 'w');
    const [program, ...args] = command;
    this.startedAt = performance.now();
    this.child = spawn(program, args, {
      cwd,
      stdio: ['ignore', out, out],
      env: { ...process.env, OMP_NUM_THREADS: '1', ...env, [MARK]: mark },
    });
    fs.closeSync(out);
    live.add(this);
  }

  get pids() {
    return processesOf(this.mark);
  }

  /** CPU seconds of all its processes so far. */
  cpuSeconds() {
    return cpuSecondsOf(this.pids);
  }

  pssMb() {
    return pssMb(this.pids);
  }

  /** Asks until the answer is a success; returns it. The first answer is when a server has started. */
  async untilAnswers(url, body) {
    const headers = { 'content-type': 'application/json' };
    const until = performance.now() + START_TIMEOUT_MS;
    let last = 'no connection';
    let broken = 0;
    while (performance.now() < until && this.child.exitCode === null && broken < MOST_BROKEN) {
      const init = body === undefined ? {} : { method: 'POST', headers, body };
      const response = await fetch(url, init).catch(() => null);
      const text = await response?.text();
      if (response?.ok) {
        this.startMs = performance.now() - this.startedAt;
        return body === undefined ? text : JSON.parse(text);
      }
      if (response?.status === 500) broken++;
      if (response) last = `${response.status} ${text}`;
      await sleep(20);
    }
    const printed = fs.readFileSync(this.log, 'utf8').slice(-3000);
    throw new Error(`${path.basename(this.log, '.log')} did not answer at ${url} (${last}):\n${printed}`);
  }

  async stop() {
    await endAll(this.mark);
    live.delete(this);
  }
}

/** A port with `count - 1` free ones after it. */
export async function freePort(count = 4) {
  for (; started < 800; started++) {
    const base = 24_000 + started * 10;
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)));
    if (!free.every(Boolean)) continue;
    started++;
    return base;
  }
  throw new Error('no free ports');
}
