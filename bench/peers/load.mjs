import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { runBuiltIn } from '../built-in-load.mjs';

const hasWrk = (() => {
  try {
    execFileSync('which', ['wrk']);
    return true;
  } catch {
    return false;
  }
})();

/** What makes the load: wrk where it is installed. */
export const GENERATOR = hasWrk ? 'wrk, one thread' : 'built-in generator';

const generate = (what) => (hasWrk ? runWrk : runBuiltIn)(what);

/**
 * Posts the same body over and over on keep-alive connections, closed loop. Unlike bench/load.mjs it waits half a
 * minute for an answer, and counts the CPU time of all processes of the server.
 * @param server from servers.mjs
 * @returns throughput, CPU time of the server a request in microseconds, and latency as the generator saw it
 */
export async function load(server, { body, connections, seconds }) {
  const before = server.side.cpuSeconds();
  const seen = await generate({ url: server.url, body, connections, seconds });
  if (seen.count === 0) throw new Error(`${server.url} answered nothing in ${seconds} s`);
  const cpuUs = ((server.side.cpuSeconds() - before) / seen.count) * 1e6;
  return { perSecond: seen.perSecond, cpuUs, p50Ms: seen.p50Ms, p99Ms: seen.p99Ms };
}

/** Load that nobody measures: a process that has had nothing to do for a while first tidies up. */
export async function warmUp(server, { body, connections }) {
  await generate({ url: server.url, body, connections, seconds: 1 });
}

async function runWrk({ url, body, connections, seconds }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-wrk-'));
  const script = path.join(folder, 'post.lua');
  fs.writeFileSync(script, wrkScript(body));
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url];
    const { stdout } = await promisify(execFile)('wrk', args);
    const result = /^RESULT (.*)$/m.exec(stdout)[1];
    const [count, perSecond, p50Us, p99Us, failed] = result.split(' ').map(Number);
    if (failed > 0) throw new Error(`${failed} requests to ${url} failed`);
    return { count, perSecond, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Lua's long brackets take any text that does not close them. */
function wrkScript(body) {
  return `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[${body}]==]
done = function(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("RESULT %d %f %d %d %d\\n", summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed))
end
`;
}
