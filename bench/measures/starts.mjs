import { setTimeout as sleep } from 'node:timers/promises';
import { figure } from '../figure.mjs';
import { count, withSpread } from '../format.mjs';
import { cpuSeconds, residentMb } from '../process-stats.mjs';
import { replicateModel } from '../replicate-model.mjs';
import { BenchServer } from '../server.mjs';
import { MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';

const COUNTS = [0, 1, 2, 10];
const REST_MS = 500;
const MOST_ROUNDS = 5;

/** Time and memory of cold starts with so many deployed models. */
export async function measureStarts({ rounds }) {
  let server = await BenchServer.start();
  try {
    const starts = [];
    for (const models of COUNTS) {
      await server.stop();
      if (models === 1) server = await deployFirst(server.dataDir);
      if (models > 1) replicateModel(server.dataDir, 'iris', names(starts.at(-1).models, models));
      const runs = [];
      for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
        await server.stop();
        const startedAt = performance.now();
        server = await BenchServer.start({ dataDir: server.dataDir });
        const readyMs = performance.now() - startedAt;
        const cpuMs = cpuSeconds(server.pid) * 1000;
        await sleep(REST_MS);
        runs.push({ readyMs, cpuMs, residentMb: residentMb(server.pid) });
      }
      starts.push({ models, runs });
    }
    return { ...report(starts), raw: starts };
  } finally {
    await server.remove();
  }
}

async function deployFirst(dataDir) {
  const server = await BenchServer.start({ dataDir });
  await server.upload('iris', MODELS.iris.file);
  await server.deploy('iris');
  return server;
}

function names(from, to) {
  return Array.from({ length: to - from }, (_, i) => `iris_${from + i}`);
}

function report(starts) {
  const of = (models, key) => spread(starts.find((start) => start.models === models).runs.map((run) => run[key]));
  const [one, many] = [of(1, 'residentMb'), of(10, 'residentMb')];
  const each = Object.fromEntries(Object.keys(one).map((key) => [key, (many[key] - one.median) / 9]));
  return {
    title: 'Cold start and memory',
    about: [
      `From starting the process until \`/health\` answers 200, with so many deployed models (the forest on iris), and resident memory half a second later. The code of the server was loaded before, so that the operating system has its files at hand.`,
    ],
    figures: [
      figure('cold start with ten models to ready', of(10, 'readyMs'), { unit: 'ms', target: { atMost: 1500 } }),
      figure('memory with one small model', one, { unit: 'MB', target: { atMost: 150 } }),
      figure('memory of each further model', each, { unit: 'MB', target: { atMost: 12 } }),
    ],
    tables: [
      {
        caption: '',
        head: ['models', 'ms until ready', 'CPU ms until ready', 'MB'],
        rows: starts.map(({ models }) => [
          count(models),
          withSpread(of(models, 'readyMs')),
          withSpread(of(models, 'cpuMs')),
          withSpread(of(models, 'residentMb')),
        ]),
      },
    ],
  };
}
