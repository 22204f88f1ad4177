// npm run bench:peers: measures Modelport beside other model servers in one run: the same models, the same rows, the
// same generator, one machine, in turn. Makes their Python environments and trains the models when they are missing.
// Writes bench/results/peers.{json,md}; with --docs also docs/peers.md. Options: --rounds N (6), --seconds N (1),
// --only NAME of a peer and --model NAME of a large model (again for more), --part singles|large, --quick (one round),
// --cache FOLDER of environments and models, --python PROGRAM, --root FOLDER of the checkout of Modelport that is
// measured (this one).
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GENERATOR } from '../closed-loop.mjs';
import { compare, spread } from '../compare.mjs';
import { CorePace } from '../core-pace.mjs';
import { loadAverage } from '../process-stats.mjs';
import { checkAnswers } from './answers.mjs';
import { Environments } from './environments.mjs';
import { LARGE_MODELS } from './large-models.mjs';
import { load, warmUp } from './load.mjs';
import { ONNX_WITHIN, PEERS } from './peers.mjs';
import { toText } from './report.mjs';
import { startCeiling, startFloor, startModelport, startPeer } from './servers.mjs';
import { stopAll } from './side.mjs';

const HERE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', multiple: true },
    part: { type: 'string' },
    model: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    cache: { type: 'string', default: path.join(HERE, '.cache/peers') },
    python: { type: 'string' },
    root: { type: 'string', default: HERE },
  },
});
// Short rounds, and more of them: what else the machine does changes within seconds.
const rounds = Number(options.rounds ?? (options.quick ? 1 : 6));
const seconds = Number(options.seconds ?? 1);
const largeRounds = Math.ceil(rounds / 2);
const pace = new CorePace();
const names = options.only ?? Object.keys(PEERS);
const environments = new Environments(options.cache, options.python);
const results = path.join(HERE, 'bench/results');
const logs = path.join(results, 'peers-logs');
fs.mkdirSync(logs, { recursive: true });
const node = path.join(options.cache, 'node');
const say = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const SHAPES = {
  single: { rows: 1, connections: 32 },
  batch: { rows: 1000, connections: 4 },
};

function readModel(folder, name) {
  const rows = JSON.parse(fs.readFileSync(path.join(folder, name, 'rows.json'), 'utf8'));
  return { name, folder: path.join(folder, name), ...rows };
}

/** Loads these servers in turn, round after round. @returns by name the measurements of each round */
async function alternate(servers, model, { rows, connections }, times) {
  const measured = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < times; round++) {
    for (const [name, server] of Object.entries(servers)) {
      const body = server.body(model.rows.slice(0, rows));
      await warmUp(server, { body, connections });
      measured[name].push(await load(server, { body, connections, seconds }));
    }
  }
  return measured;
}

const figures = (measured, base) => ({
  perSecond: compare(measured, base, 'perSecond'),
  cpuUs: compare(measured, base, 'cpuUs'),
  p50Ms: spread(measured.map(({ p50Ms }) => p50Ms)),
  p99Ms: spread(measured.map(({ p99Ms }) => p99Ms)),
});

/** One peer beside Modelport, floor and ceiling: single rows of the small model on 32 connections, and on one. */
async function measureSingles(peer, { ours, floor, ceiling }, model) {
  const servers = { floor, ours, peer };
  const busy = await alternate({ ceiling, ...servers }, model, SHAPES.single, rounds);
  const memoryMb = peer.side.pssMb();
  const oursMemoryMb = ours.side.pssMb();
  const alone = await alternate(servers, model, { rows: 1, connections: 1 }, 1);
  const report = (name) => ({ ...figures(busy[name], busy.floor), aloneP50Ms: alone[name][0].p50Ms });
  return {
    floor: report('floor'),
    ours: { ...report('ours'), memoryMb: oursMemoryMb },
    peer: { ...report('peer'), memoryMb, startMs: peer.side.startMs },
    ratio: compare(busy.ours, busy.peer, 'perSecond').ratio,
    ceilingRatio: compare(busy.ceiling, busy.peer, 'perSecond').ratio,
  };
}

/** One peer beside Modelport, or beside each of two, with a large model, asked in each of its shapes. */
async function measureLarge(peer, ours, model) {
  const report = {};
  for (const shape of LARGE_MODELS[model.name].shapes) {
    const measured = await alternate({ ...ours, peer }, model, SHAPES[shape], largeRounds);
    const beside = Object.entries(measured).map(([name, seen]) => [name, figures(seen, measured.peer)]);
    report[shape] = Object.fromEntries(beside);
  }
  return report;
}

/** Starts each peer with the model in turn and measures it; a peer that fails is reported as one that failed. */
async function eachPeer(model, chosen, measure) {
  const reports = {};
  for (const name of chosen) {
    const peer = PEERS[name];
    say(`${model.name}: ${name}`);
    let server;
    try {
      const python = await environments.python(peer.environment);
      server = await startPeer(name, peer, model, { python, logs });
      const answers = await checkAnswers(server, model, {
        within: peer.probabilitiesWithin,
        batches: !peer.singlesOnly,
      });
      reports[name] = { answers, ...(await measure(server, peer)) };
    } catch (error) {
      say(`${name}: ${error.message}`);
      reports[name] = { failed: error.message.split('\n')[0] };
    } finally {
      await server?.stop();
    }
  }
  return reports;
}

async function singlesPart(models) {
  const model = readModel(models, 'iris');
  const ours = await startModelport(model, { root: options.root, node, logs });
  const floor = await startFloor({ root: options.root, logs });
  const ceiling = await startCeiling({ root: options.root, logs });
  try {
    const answers = await checkAnswers(ours, model, {});
    const peers = await eachPeer(model, names, (server) => measureSingles(server, { ours, floor, ceiling }, model));
    return { answers, startMs: ours.side.startMs, peers };
  } finally {
    await ours.stop();
    await floor.stop();
    await ceiling.stop();
  }
}

/** @param keep takes what there is after each model */
async function largePart(models, keep) {
  const report = {};
  for (const name of options.model ?? Object.keys(LARGE_MODELS)) {
    const model = readModel(models, name);
    const ours = await startModelport(model, { root: options.root, node, logs });
    const onnx = await startModelport(model, { root: options.root, node, logs, file: 'model.onnx' });
    const chosen = names.filter((peer) => !PEERS[peer].singlesOnly);
    try {
      const answers = await checkAnswers(ours, model, {});
      await checkAnswers(onnx, model, { within: ONNX_WITHIN });
      const beside = (peer) => (peer.onnx ? { ours, oursOnnx: onnx } : { ours });
      const peers = await eachPeer(model, chosen, (server, peer) => measureLarge(server, beside(peer), model));
      report[name] = { pickleBytes: model.pickleBytes, answers, peers };
      keep(report);
    } finally {
      await ours.stop();
      await onnx.stop();
    }
  }
  return report;
}

async function main() {
  const models = await environments.models();
  const versions = {};
  for (const name of names) {
    const { environment, packages } = PEERS[name];
    versions[name] = await environments.versions(environment, packages);
  }
  fs.copyFileSync(fs.realpathSync(path.join(options.root, 'node_modules/.bin/node')), node);
  const report = {
    at: new Date().toISOString(),
    machine: { cpu: os.cpus()[0].model, cpus: os.availableParallelism(), memoryGb: Math.round(os.totalmem() / 1e9) },
    commit: execFileSync('git', ['-C', options.root, 'rev-parse', '--short', 'HEAD']).toString().trim(),
    generator: GENERATOR,
    rounds,
    largeRounds,
    seconds,
    scikitLearn: await environments.versions('train', ['scikit-learn']),
    versions,
    loadBefore: loadAverage(),
  };
  const parts = { singles: singlesPart, large: largePart };
  for (const part of options.part ? [options.part] : Object.keys(parts)) {
    report[part] = await parts[part](models, (large) => save({ ...report, large }));
    save(report);
  }
  const text = save(report);
  if (options.docs) fs.writeFileSync(path.join(HERE, 'docs/peers.md'), text);
  process.stdout.write(text);
}

/** After each part and each large model, so that a run that is ended has told what it knew. @returns the report as text */
function save(report) {
  report.loadAfter = loadAverage();
  report.pace = pace.soFar();
  report.took = (Date.now() - Date.parse(report.at)) / 1000;
  const text = toText(report);
  fs.writeFileSync(path.join(results, 'peers.json'), `${JSON.stringify(report, null, 2)}\n`);
  fs.writeFileSync(path.join(results, 'peers.md'), text);
  return text;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void stopAll().then(() => process.kill(process.pid, signal)));
}
try {
  await main();
} finally {
  await stopAll();
}
