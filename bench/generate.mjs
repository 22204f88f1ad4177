// Runs the generator in a process of its own: reads what to do as JSON from its argument, prints what came of it. The
// body is read from a file, as it may be large and of any bytes.
import * as fs from 'node:fs';
import * as os from 'node:os';
import process from 'node:process';
import { Generator } from './generator.mjs';

const PRIORITY = -10;

const { bodyFile, rate, seconds, warmUpSeconds, ahead = true, ...target } = JSON.parse(process.argv[2]);
try {
  // Its own waiting for a core would be told as the server's latency; who may not ask for more does with what he has.
  if (ahead) os.setPriority(PRIORITY);
} catch (error) {
  if (error.code !== 'ERR_SYSTEM_ERROR') throw error;
}
const generator = new Generator({ ...target, body: bodyFile ? fs.readFileSync(bodyFile) : '' });
const result = rate
  ? await generator.openLoop({ rate, seconds, warmUpSeconds })
  : await generator.closedLoop({ seconds, warmUpSeconds });
process.stdout.write(`${JSON.stringify(result)}\n`);
