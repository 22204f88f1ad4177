import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, NODE } from './server.mjs';

/** A generator that takes more than this of a core, or sends this late at p99, may be what limits the figures. */
const BUSY_SHARE = 0.9;
const LATE_MS = 1;

/** The generator's garbage is collected where it is made, and seldom: helpers of V8 would make it wait for a core. */
const FLAGS = ['--single-threaded-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/**
 * Requests at a constant rate, from a process of its own.
 * @param task `url`, `rate`, `seconds`, `body`; may have `method`, `type`, `connections`, `maxConnections`, and `ahead:
 *   false` for a generator that takes its turn at the cores like the server
 * @returns what {@link Generator} answers; `limited` says that the generator itself was too slow
 */
export async function openLoop({ body, warmUpSeconds = 0.5, ...task }) {
  const result = await generate({ warmUpSeconds, ...task }, body);
  return { ...result, limited: isLimited(result) };
}

/**
 * Several constant rates, or servers, in short turns, from one process of its own.
 * @param task as {@link inTurns} takes it
 * @returns what that answers, with `limited` for each turn
 */
export async function openLoopsInTurns({ body, ...task }) {
  const loads = await generate(task, body);
  for (const load of Object.values(loads)) for (const turn of load.turns) turn.limited = isLimited(turn);
  return loads;
}

/** Requests as fast as they are answered, from the same generator, so that its own cost is in both. */
export function saturate({ url, type, body, connections, seconds, warmUpSeconds = 0.5 }) {
  return generate({ url, type, connections, seconds, warmUpSeconds }, body);
}

function isLimited({ generatorShare, late }) {
  return generatorShare > BUSY_SHARE || late.p99Ms > LATE_MS;
}

async function generate(task, body) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-load-'));
  try {
    const bodyFile = body === undefined ? null : path.join(folder, 'body');
    if (bodyFile) fs.writeFileSync(bodyFile, body);
    const script = [path.join(ROOT, 'bench/generate.mjs'), JSON.stringify({ ...task, bodyFile })];
    const { stdout } = await promisify(execFile)(NODE, [...FLAGS, ...script]);
    return JSON.parse(stdout);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
