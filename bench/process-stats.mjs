import * as fs from 'node:fs';
import { execFileSync } from 'node:child_process';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** CPU seconds that a process has used so far, all threads together. */
export function cpuSeconds(pid) {
  return readCpu(`/proc/${pid}/stat`);
}

/** CPU seconds of the main thread, which in Node is the one of HTTP, and of all threads together. */
export function cpuByThread(pid) {
  return { main: readCpu(`/proc/${pid}/task/${pid}/stat`), all: cpuSeconds(pid) };
}

/** proc(5), `stat`: utime and stime. */
function readCpu(file) {
  const fields = fs
    .readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10^6 bytes). */
export function residentMb(pid) {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(kb) * 1024) / 1e6;
}

/** What the machine is doing: average number of runnable processes over the last minute. */
export function loadAverage() {
  return Number(fs.readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}

/**
 * What the first thread of a process has had of the cores so far, in milliseconds: those in which it ran, and those in
 * which it could have but others did. https://docs.kernel.org/scheduler/sched-stats.html; NaN where there is no such file.
 */
export function mainThreadMs(pid) {
  const file = `/proc/${pid}/task/${pid}/schedstat`;
  const [ran, waited] = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split(' ') : [];
  return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
}
