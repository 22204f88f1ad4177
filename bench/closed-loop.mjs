import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { runBuiltIn } from './built-in-load.mjs';

const hasWrk = (() => {
  try {
    execFileSync('which', ['wrk']);
    return true;
  } catch {
    return false;
  }
})();

/** What makes the closed-loop load: wrk where it is installed. */
export const GENERATOR = hasWrk ? 'wrk, one thread' : 'built-in generator';

/**
 * Posts the same body over and over on keep-alive connections, each next request when the answer to the last has come.
 * @param task `url`, `body` as text or bytes, `connections`, `seconds`; may have `type`, the body's media type, and
 * `accept`, that of the answer
 * @returns {Promise<{count: number, perSecond: number, p50Ms: number, p99Ms: number}>} as the generator saw it
 */
export function closedLoop({ type = 'application/json', accept = '*/*', ...task }) {
  return (hasWrk ? runWrk : runBuiltIn)({ type, accept, ...task });
}

async function runWrk({ url, body, type, accept, connections, seconds }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-wrk-'));
  const [script, bodyFile] = ['post.lua', 'body'].map((name) => path.join(folder, name));
  fs.writeFileSync(bodyFile, body);
  fs.writeFileSync(script, wrkScript(bodyFile, type, accept));
  try {
    const args = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--timeout', '30s', '-s', script, url];
    const { stdout } = await promisify(execFile)('wrk', args);
    const result = /^RESULT (.*)$/m.exec(stdout)[1];
    const [count, perSecond, p50Us, p99Us, failed] = result.split(' ').map(Number);
    if (failed > 0) throw new Error(`${failed} requests to ${url} failed`);
    return { count, perSecond, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
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
