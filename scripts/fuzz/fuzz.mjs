// Changes models by their structure and by what branches the changes reach, and asks for nothing but a refusal with a
// code or a model: no other error, no more than 2 s of processor time, no process that ends or hangs.
//   npm run fuzz -- --inputs 1000000 --seed 1 [--out folder]
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HANG_MS = 60_000;
const RUNNER_FLAGS = [
  '--max-old-space-size=2048',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
];

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: path.join(ROOT, 'coverage', 'fuzz') },
  },
});

const total = {
  inputs: 0,
  codes: {},
  slowest: { cpuMs: 0, bytes: null },
  grown: { kilobytes: 0, bytes: null },
  highestKilobytes: 0,
  restarts: 0,
  finds: new Map(),
};
const startedAt = performance.now();
const wanted = Number(values.inputs);
const temporary = mkdtempSync(path.join(os.tmpdir(), 'modelport-fuzz-'));
try {
  while (total.inputs < wanted) {
    const ended = await runOnce(Number(values.seed) + total.restarts, wanted - total.inputs);
    if (ended === 'finished' || ended === 'stuck') break;
    if (ended === 'broken') throw new Error('the runner could not start');
    total.restarts += 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
printReport();
process.exitCode = total.finds.size > 0 ? 1 : 0;

/** One runner until it has done its inputs or an input has ended it. */
function runOnce(seed, inputs) {
  const currentPath = path.join(temporary, 'current');
  const base = total.inputs;
  const child = fork(path.join(import.meta.dirname, 'runner.mjs'), { execArgv: RUNNER_FLAGS });
  let ended = null;
  let started = false;
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill('SIGKILL');
  }, HANG_MS);
  child.on('message', (message) => {
    timer.refresh();
    if (message.type === 'started') {
      started = true;
      console.log(`${message.seeds} seeds, seed ${seed}`);
    }
    if (message.type === 'find') keepFind(message.find, message.name ?? Buffer.from(message.bytes, 'base64'));
    if (message.type === 'progress') {
      merge(message, base);
      if (message.last) ended = 'finished';
    }
    if (message.type === 'broken') {
      console.error(message.message);
      ended = 'broken';
    }
  });
  child.send({ root: ROOT, seed, inputs, currentPath });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (ended === null) {
        const how = hangs ? `hangs for more than ${HANG_MS / 1000} s` : `ends the process with ${signal ?? code}`;
        keepFind(`an input that ${how}`, readFileSync(currentPath));
        // Every further runner would come to the same seed.
        if (!started) ended = 'stuck';
      }
      resolve(ended);
    });
  });
}

function merge({ at, codes, slowest, grown, highestKilobytes, kept, covered, total: branches }, base) {
  total.inputs = base + at;
  for (const [code, count] of Object.entries(codes)) total.codes[code] = (total.codes[code] ?? 0) + count;
  if (slowest.cpuMs > total.slowest.cpuMs) total.slowest = slowest;
  if (grown.kilobytes > total.grown.kilobytes) total.grown = grown;
  total.highestKilobytes = Math.max(total.highestKilobytes, highestKilobytes);
  Object.assign(total, { kept, covered, branches });
  if (total.inputs % 50_000 === 0) console.log(summary());
}

/** @param input its bytes, or the name of a seed */
function keepFind(what, input) {
  const known = total.finds.get(what);
  total.finds.set(what, (known ?? 0) + 1);
  if (known !== undefined) return;
  console.log(`FIND ${what} -> ${typeof input === 'string' ? `the seed ${input}` : store('find', input)}`);
}

function store(kind, bytes) {
  mkdirSync(values.out, { recursive: true });
  const name = `${kind}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`;
  const file = path.join(values.out, name);
  writeFileSync(file, bytes);
  return file;
}

function summary() {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${total.inputs} inputs in ${seconds.toFixed(0)} s, ${total.covered} of ${total.branches} branches, ${total.kept} kept, ${total.finds.size} finds`;
}

function printReport() {
  console.log(summary());
  const codes = Object.entries(total.codes).sort(([, a], [, b]) => b - a);
  for (const [code, count] of codes) console.log(`  ${String(count).padStart(9)}  ${code}`);
  const { slowest, grown, highestKilobytes } = total;
  if (slowest.bytes) {
    const file = store('slowest', Buffer.from(slowest.bytes, 'base64'));
    console.log(`slowest input: ${slowest.cpuMs.toFixed(0)} ms of processor time -> ${file}`);
  }
  console.log(`highest resident memory: ${Math.round(highestKilobytes / 1024)} MB`);
  if (grown.bytes) {
    const file = store('largest', Buffer.from(grown.bytes, 'base64'));
    console.log(`largest growth by one input: ${Math.round(grown.kilobytes / 1024)} MB -> ${file}`);
  }
  console.log(`restarts: ${total.restarts}`);
  for (const [what, count] of total.finds) console.log(`find (${count} times): ${what}`);
}
