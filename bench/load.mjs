import { closedLoop } from './closed-loop.mjs';
import { cpuSeconds } from './process-stats.mjs';

/**
 * Loads a server of one process, closed loop.
 * @param task as {@link closedLoop} takes it, with the `pid` of the server
 * @returns {Promise<{perSecond: number, cpuUs: number, p50Ms: number, p99Ms: number}>} throughput, CPU time of the
 * server a request in microseconds, and latency as the generator saw it
 */
export async function load({ url, pid, body, type, accept, connections, seconds }) {
  const before = cpuSeconds(pid);
  const seen = await closedLoop({ url, body, type, accept, connections, seconds });
  const cpuUs = ((cpuSeconds(pid) - before) / seen.count) * 1e6;
  return { perSecond: seen.perSecond, cpuUs, p50Ms: seen.p50Ms, p99Ms: seen.p99Ms };
}
