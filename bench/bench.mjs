// npm run bench: measures the server in its default configuration, beside what it is compared with, in one run.
// Figures are ratios within a round, as median and quartiles over the rounds. Writes bench/results/performance.{json,md};
// with --docs also docs/performance.md. Options: --rounds N (7), --seconds N (2), --only PART (all of them).
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { alternate, compare, spread } from './compare.mjs';
import { GENERATOR } from './load.mjs';
import { loadAverage, residentMb } from './process-stats.mjs';
import { toText } from './report.mjs';
import { numberRows } from './rows.mjs';
import { BenchServer, ROOT, startFloor } from './server.mjs';

const IRIS = path.join(ROOT, 'bench/models/iris_forest.pkl');
const CANCER = path.join(ROOT, 'bench/models/cancer_forest.pkl');
const ROW = '[5.1,3.5,1.4,0.2]';
const BATCH = { rows: 1000, features: 30 };
const MANY = 10;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

/** Single rows on many connections, and on one. */
async function measureSingles() {
  const floor = await startFloor();
  const server = await BenchServer.start();
  try {
    await server.upload('iris', IRIS);
    const own = await server.deploy('iris');
    const sides = {
      floor: { url: floor.url, pid: floor.pid, body: `{"features":${ROW}}` },
      infer: { url: own, pid: server.pid, body: `{"features":${ROW}}` },
      predict: { url: `${server.url}/predict`, pid: server.pid, body: `{"model_id":"iris","features":${ROW}}` },
    };
    const of = (results) => (name) => ({
      perSecond: compare(results[name], results.floor, 'perSecond'),
      cpuUs: compare(results[name], results.floor, 'cpuUs'),
      p50Ms: spread(results[name].map(({ p50Ms }) => p50Ms)),
      p99Ms: spread(results[name].map(({ p99Ms }) => p99Ms)),
    });
    const busy = of(await alternate(sides, { rounds, seconds, connections: 32 }));
    const alone = of(await alternate(sides, { rounds, seconds, connections: 1 }));
    return {
      busy: { floor: busy('floor'), infer: busy('infer'), predict: busy('predict') },
      alone: { floor: alone('floor'), infer: alone('infer'), predict: alone('predict') },
    };
  } finally {
    await server.remove();
    await floor.stop();
  }
}

/** 1,000 rows in one request against onnxruntime on the same graph. */
async function measureBatch() {
  const server = await BenchServer.start();
  try {
    await server.upload('cancer', CANCER);
    const url = await server.deploy('cancer');
    const features = numberRows(BATCH.rows, BATCH.features);
    const side = { url, pid: server.pid, body: JSON.stringify({ features }) };
    const graph = findGraph(server.dataDir);
    const ratios = [];
    const perSecond = { json: [], inProcess: [] };
    for (let round = 0; round < rounds; round++) {
      const runs = await runInProcess(graph);
      const results = await alternate({ json: side }, { rounds: 1, seconds, connections: 2 });
      perSecond.json.push(results.json[0].perSecond);
      perSecond.inProcess.push(runs);
      ratios.push(results.json[0].perSecond / runs);
    }
    return {
      bytes: side.body.length,
      ratio: spread(ratios),
      json: spread(perSecond.json),
      inProcess: spread(perSecond.inProcess),
    };
  } finally {
    await server.remove();
  }
}

async function runInProcess(graph) {
  const script = path.join(ROOT, 'bench/in-process.mjs');
  const args = [script, graph, String(BATCH.rows), String(BATCH.features), String(seconds)];
  const { stdout } = await promisify(execFile)(path.join(ROOT, 'node_modules/.bin/node'), args);
  return Number(stdout);
}

/** The compiled graph in the server's store. */
function findGraph(dataDir) {
  const files = fs.readdirSync(dataDir, { recursive: true }).filter((file) => file.endsWith('.onnx'));
  if (files.length !== 1) throw new Error(`expected one graph in the store, found ${files.length}`);
  return path.join(dataDir, files[0]);
}

/** Resident memory with 0, 1, 2 and 10 deployed models, each after a cold start, and how long that start took. */
async function measureMemory() {
  const starts = [];
  let server = await BenchServer.start();
  try {
    for (const models of [0, 1, 2, MANY]) {
      for (let i = starts.at(-1)?.models ?? 0; i < models; i++) {
        await server.upload(`iris_${i}`, IRIS);
        await server.deploy(`iris_${i}`);
      }
      const deployedMb = residentMb(server.pid);
      const startMs = [];
      const restedMb = [];
      for (let round = 0; round < Math.min(rounds, 5); round++) {
        await server.stop();
        const startedAt = performance.now();
        server = await BenchServer.start({ dataDir: server.dataDir });
        startMs.push(performance.now() - startedAt);
        await sleep(500);
        restedMb.push(residentMb(server.pid));
      }
      starts.push({ models, startMs: spread(startMs), residentMb: spread(restedMb), deployedMb });
    }
    return starts;
  } finally {
    await server.remove();
  }
}

const PARTS = { singles: measureSingles, batch: measureBatch, memory: measureMemory };
const wanted = options.only ? [options.only] : Object.keys(PARTS);
const report = {
  at: new Date().toISOString(),
  machine: { cpu: os.cpus()[0].model, cpus: os.availableParallelism(), memoryGb: Math.round(os.totalmem() / 1e9) },
  generator: GENERATOR,
  rounds,
  seconds,
  loadBefore: loadAverage(),
};
for (const part of wanted) {
  process.stderr.write(`measuring ${part}\n`);
  report[part] = await PARTS[part]();
}
report.loadAfter = loadAverage();

const text = toText(report);
const folder = path.join(ROOT, 'bench/results');
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, 'performance.json'), `${JSON.stringify(report, null, 2)}\n`);
fs.writeFileSync(path.join(folder, 'performance.md'), text);
if (options.docs) fs.writeFileSync(path.join(ROOT, 'docs/performance.md'), text);
process.stdout.write(text);
