// npm run bench: measures the server in its default configuration, beside what it is compared with, in one run.
// Figures are ratios within a round where they can be, as median and quartiles over the rounds. Prints the report and
// writes it, its JSON and its pictures to bench/results/.
//   --quick            fewer and shorter rounds: some minutes, to see that all of it works
//   --only NAME,...    some of the measures
//   --json FILE        where the JSON goes
//   --docs             also writes docs/performance.md and docs/performance/*.svg
//   --twice            all of it two times, and tells of each target what both runs had
//   --rounds N, --seconds N
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { GENERATOR } from './closed-loop.mjs';
import { CorePace } from './core-pace.mjs';
import { measureBatches } from './measures/batches.mjs';
import { measureEventLoop } from './measures/event-loop.mjs';
import { measureGrowth } from './measures/growth.mjs';
import { measureManyModels } from './measures/many-models.mjs';
import { measureOverload } from './measures/overload.mjs';
import { measureSingles } from './measures/singles.mjs';
import { measureSleepers } from './measures/sleepers.mjs';
import { measureStarts } from './measures/starts.mjs';
import { loadAverage } from './process-stats.mjs';
import { toPictures, toText } from './report.mjs';
import { NODE, ROOT } from './server.mjs';

const MEASURES = {
  singles: measureSingles,
  overload: measureOverload,
  batches: measureBatches,
  starts: measureStarts,
  models: measureManyModels,
  sleepers: measureSleepers,
  eventloop: measureEventLoop,
  growth: measureGrowth,
};

const FULL = {
  rounds: 7,
  seconds: 2,
  warmUpSeconds: 1,
  openSeconds: 2,
  heavyRounds: 5,
  heavySeconds: 6,
  growthRounds: 2,
  sleepers: 990,
  wakes: 20,
};
const QUICK = {
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 1,
  openSeconds: 1,
  heavyRounds: 1,
  heavySeconds: 3,
  growthRounds: 1,
  sleepers: 90,
  wakes: 5,
};

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
});

function readPlan() {
  const plan = { ...(options.quick ? QUICK : FULL) };
  for (const key of ['rounds', 'seconds']) if (options[key] !== undefined) plan[key] = Number(options[key]);
  return plan;
}

function readVersions() {
  const require = createRequire(import.meta.url);
  return {
    modelport: require('../package.json').version,
    node: execFileSync(NODE, ['--version']).toString().trim(),
    onnxruntime: require('onnxruntime-node/package.json').version,
  };
}

function readMachine() {
  const [{ model }] = os.cpus();
  return {
    cpu: model,
    cpus: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 1e9),
    release: os.release(),
  };
}

function write(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

async function runBench() {
  const wanted = options.only?.split(',') ?? Object.keys(MEASURES);
  const unknown = wanted.filter((name) => !(name in MEASURES));
  if (unknown.length > 0)
    throw new Error(`--only takes ${Object.keys(MEASURES).join(', ')}; found ${unknown.join(', ')}`);
  const plan = readPlan();
  const [startedAt, loadBefore] = [performance.now(), loadAverage()];
  const pace = new CorePace();
  const sections = [];
  const failures = [];
  for (const name of wanted) {
    const from = performance.now();
    const elapsed = () => Math.round((performance.now() - from) / 1000);
    try {
      const section = await MEASURES[name](plan);
      // A measure of what this server does not have answers nothing.
      if (section) sections.push({ name, seconds: elapsed(), ...section });
      process.stderr.write(`${name}: ${elapsed()} s\n`);
    } catch (error) {
      // The others are worth having all the same.
      failures.push({ name, error: String(error) });
      process.stderr.write(`${name} failed after ${elapsed()} s: ${error.stack}\n`);
      process.exitCode = 1;
    }
  }
  return {
    at: new Date().toISOString(),
    machine: readMachine(),
    versions: readVersions(),
    generator: GENERATOR,
    plan,
    loadBefore,
    loadAfter: loadAverage(),
    pace: pace.stop(),
    took: (performance.now() - startedAt) / 1000,
    sections,
    failures,
  };
}

const earlier = options.twice ? await runBench() : null;
const report = { ...(await runBench()), earlier };
const inRoot = (...parts) => path.join(ROOT, ...parts);
write(options.json ?? inRoot('bench/results/performance.json'), `${JSON.stringify(report, null, 2)}\n`);
const places = [inRoot('bench/results'), ...(options.docs ? [inRoot('docs')] : [])];
for (const place of places) {
  write(path.join(place, 'performance.md'), toText(report, 'performance'));
  for (const [name, picture] of Object.entries(toPictures(report)))
    write(path.join(place, 'performance', name), picture);
}
process.stdout.write(toText(report, 'performance'));
