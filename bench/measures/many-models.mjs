import { alternate, compare } from '../compare.mjs';
import { figure } from '../figure.mjs';
import { count, number, withSpread } from '../format.mjs';
import { residentMb } from '../process-stats.mjs';
import { replicateModel } from '../replicate-model.mjs';
import { BenchServer } from '../server.mjs';
import { IRIS_ROW, MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';

const COUNTS = [1, 3, 10, 30, 100];
/** Short rounds, and more of them: what else the machine does changes within seconds. */
const [SHORT, MORE] = [{ seconds: 1 }, 2];

/** What other deployed models cost the one that is asked: a server with one model beside servers with more. */
export async function measureManyModels({ rounds, growthRounds, warmUpSeconds }) {
  const alone = await startWith(1);
  const points = [];
  try {
    for (const models of COUNTS.slice(1)) {
      const many = await startWith(models);
      try {
        const body = `{"features":${IRIS_ROW}}`;
        const sides = {
          alone: { url: alone.infer, pid: alone.server.pid, body },
          many: { url: many.infer, pid: many.server.pid, body },
        };
        // The largest number is what there is a target for; the others are for the curve.
        const times = (models === COUNTS.at(-1) ? rounds : growthRounds) * MORE;
        const results = await alternate(sides, { rounds: times, ...SHORT, warmUpSeconds, connections: 1 });
        points.push({ models, residentMb: residentMb(many.server.pid), results });
      } finally {
        await many.server.remove();
      }
    }
    return { ...report(points, residentMb(alone.server.pid)), raw: points };
  } finally {
    await alone.server.remove();
  }
}

async function startWith(models) {
  const first = await BenchServer.start();
  await first.upload('iris', MODELS.iris.file);
  const infer = await first.deploy('iris');
  await first.stop();
  const { dataDir } = first;
  const copies = Array.from({ length: models - 1 }, (_, i) => `iris_${i + 1}`);
  replicateModel(dataDir, 'iris', copies);
  return { server: await BenchServer.start({ dataDir }), infer };
}

function report(points, aloneMb) {
  const most = points.at(-1);
  const ratio = (results, key) => compare(results.many, results.alone, key).ratio;
  const median = (results, side, key) => spread(results[side].map((round) => round[key])).median;
  const each = (most.residentMb - aloneMb) / (most.models - 1);
  const medians = points.map(({ models, results }) => [models, ratio(results, 'p50Ms').median]);
  return {
    title: 'Many deployed models',
    about: [
      `One model is asked on one connection, in a server that has so many of them deployed and awake (the forest on iris), beside a server that has this one alone. Each further model of ${most.models} takes ${number(each)} MB.`,
    ],
    figures: [
      figure(`one of ${most.models} deployed models, latency of one alone`, ratio(most.results, 'p50Ms'), {
        target: { atMost: 1.1 },
      }),
    ],
    tables: [
      {
        caption: '',
        head: ['models', 'p50 ms', 'of one alone', 'CPU a request, of one alone', 'MB'],
        rows: points.map(({ models, residentMb: mb, results }) => [
          count(models),
          number(median(results, 'many', 'p50Ms')),
          withSpread(ratio(results, 'p50Ms')),
          withSpread(ratio(results, 'cpuUs')),
          number(mb),
        ]),
      },
    ],
    curves: [
      {
        name: 'models',
        title: 'Latency of one model, with so many deployed, of one alone',
        x: 'deployed models',
        y: 'ratio of p50',
        series: [{ name: 'own /infer', points: [[1, 1], ...medians] }],
      },
    ],
  };
}
