import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const AUTOCANNON = fileURLToPath(new URL('autocannon-load.mjs', import.meta.url));
const run = promisify(execFile);

const hasWrk = (() => {
  try {
    execFileSync('which', ['wrk']);
    return true;
  } catch {
    return false;
  }
})();

/** What makes the closed-loop load: wrk where it is installed. */
export const GENERATOR = hasWrk ? 'wrk, one thread' : 'autocannon';

/**
 * Posts the same body over and over on keep-alive connections, each next request when the answer to the last has come.
 * @param task `url`, `body` as text or bytes, `connections`, `seconds`; may have `type`, the body's media type, and
 * `accept`, that of the answer
 * @param generator wrk is the steadier one: it takes a fraction of the processor time that autocannon takes
 * @returns {Promise<{count: number, perSecond: number, p50Ms: number, p99Ms: number}>} as the generator saw it
 */
export async function closedLoop({ type = 'application/json', accept = '*/*', ...task }, generator = GENERATOR) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-load-'));
  try {
    const bodyFile = path.join(folder, 'body');
    fs.writeFileSync(bodyFile, task.body);
    const by = generator === 'autocannon' ? runAutocannon : runWrk;
    const { failed, ...seen } = await by({ ...task, type, accept, bodyFile }, folder);
    if (failed > 0) throw new Error(`${failed} requests to ${task.url} failed`);
    return seen;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function runAutocannon({ url, bodyFile, type, accept, connections, seconds }) {
  const task = { url, bodyFile, type, accept, connections, seconds: Math.ceil(seconds) };
  const { stdout } = await run(process.execPath, [AUTOCANNON, JSON.stringify(task)]);
  return JSON.parse(stdout);
}

async function runWrk({ url, bodyFile, type, accept, connections, seconds }, folder) {
  const script = path.join(folder, 'post.lua');
  fs.writeFileSync(script, wrkScript(bodyFile, type, accept));
  const args = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--timeout', '30s', '-s', script, url];
  const { stdout } = await run('wrk', args);
  const result = /^RESULT (.*)$/m.exec(stdout)[1];
  const [count, perSecond, p50Us, p99Us, failed] = result.split(' ').map(Number);
  return { count, perSecond, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000, failed };
}

/** The body is read from a file: Lua's literals do not take any bytes. */
function wrkScript(bodyFile, type, accept) {
  return `wrk.method = "POST"
wrk.headers["Content-Type"] = "${type}"
wrk.headers["Accept"] = "${accept}"
wrk.body = io.open("${bodyFile}", "rb"):read("*a")
done = function(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("RESULT %d %f %d %d %d\\n", summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed))
end
`;
}
