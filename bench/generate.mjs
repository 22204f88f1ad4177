// Runs the generator in a process of its own: reads what to do as JSON from its argument, prints what came of it. The
// body is read from a file, as it may be large and of any bytes.
import * as fs from 'node:fs';
import * as os from 'node:os';
import process from 'node:process';
import { Generator } from './generator.mjs';
import { inTurns } from './in-turns.mjs';

const PRIORITY = -10;

const { bodyFile, ahead = true, ...task } = JSON.parse(process.argv[2]);
const body = bodyFile ? fs.readFileSync(bodyFile) : '';
try {
  // Its own waiting for a core would be told as the server's latency; who may not ask for more does with what he has.
  if (ahead) os.setPriority(PRIORITY);
} catch (error) {
  if (error.code !== 'ERR_SYSTEM_ERROR') throw error;
}
process.stdout.write(`${JSON.stringify(await run())}\n`);

function run() {
  if (task.loads) return inTurns({ ...task, body });
  const generator = new Generator({ ...task, body });
  return task.rate ? generator.openLoop(task) : generator.closedLoop(task);
}
