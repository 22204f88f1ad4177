import * as fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());
const END_TIMEOUT_MS = 10_000;

/** Of a process that may end while it is read. */
function readProc(pid, file) {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(error.code)) return '';
    throw error;
  }
}

/**
 * Processes that carry this mark in the environment they were started with: a server and all that it started, also
 * what has detached itself from its parent (Ray and Triton do).
 */
export function processesOf(mark) {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readProc(pid, 'environ').split('\0').includes(mark)).map(Number);
}

/** CPU seconds that they have used so far, with those of their children that have ended (proc(5), `stat`). */
export function cpuSecondsOf(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readProc(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    for (const field of [11, 12, 13, 14]) ticks += Number(fields[field] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Proportional set size of all of them in MB (10^6 bytes): a page that several processes map counts once in all. */
export function pssMb(pids) {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+) kB$/m.exec(readProc(pid, 'smaps_rollup'))?.[1] ?? 0));
  return (kilobytes.reduce((sum, kb) => sum + kb, 0) * 1024) / 1e6;
}

/** Ends all processes with this mark: asks first, and kills what has not gone in time. */
export async function endAll(mark, timeoutMs = END_TIMEOUT_MS) {
  const until = performance.now() + timeoutMs;
  signal(processesOf(mark), 'SIGTERM');
  while (processesOf(mark).length > 0 && performance.now() < until) await sleep(50);
  while (processesOf(mark).length > 0) {
    signal(processesOf(mark), 'SIGKILL');
    await sleep(50);
  }
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}
