import { closedLoop } from '../closed-loop.mjs';

/**
 * Loads a server, closed loop. Unlike bench/load.mjs it counts the CPU time of all processes of the server.
 * @param server from servers.mjs
 * @returns throughput, CPU time of the server a request in microseconds, and latency as the generator saw it
 */
export async function load(server, { body, connections, seconds }) {
  const before = server.side.cpuSeconds();
  const seen = await closedLoop({ url: server.url, body, connections, seconds });
  if (seen.count === 0) throw new Error(`${server.url} answered nothing in ${seconds} s`);
  const cpuUs = ((server.side.cpuSeconds() - before) / seen.count) * 1e6;
  return { perSecond: seen.perSecond, cpuUs, p50Ms: seen.p50Ms, p99Ms: seen.p99Ms };
}

/** Load that nobody measures: a process that has had nothing to do for a while first tidies up. */
export async function warmUp(server, { body, connections }) {
  await closedLoop({ url: server.url, body, connections, seconds: 1 });
}
