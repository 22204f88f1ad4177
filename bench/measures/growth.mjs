import { figure } from '../figure.mjs';
import { count, number } from '../format.mjs';
import { load } from '../load.mjs';
import { cpuByThread } from '../process-stats.mjs';
import { BenchServer } from '../server.mjs';
import { fitLine, spread } from '../statistics.mjs';
import { BODIES, FEATURES, IRIS_ROW, MODELS, TREES } from '../subjects.mjs';
import { onPaper } from '../on-paper.mjs';

const ROWS = [1, 10, 100, 1000, 10_000];
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const IRIS_BODY = { type: 'application/json', body: `{"features":${IRIS_ROW}}` };

/** How cost grows with rows, features, trees and connections, each alone. */
export async function measureGrowth(plan) {
  const server = await BenchServer.start();
  try {
    const deploy = async (modelId, file) => {
      await server.upload(modelId, file);
      return server.deploy(modelId);
    };
    const cancer = await deploy('cancer', MODELS.cancer.file);
    const iris = await deploy('iris', MODELS.iris.file);
    const series = { rows: [], features: [], trees: [], connections: [] };
    for (const rows of ROWS)
      series.rows.push({ size: rows, url: cancer, ...BODIES.json(rows, MODELS.cancer.features) });
    for (const { size, file } of FEATURES) {
      series.features.push({ size, url: await deploy(`features_${size}`, file), ...BODIES.json(1, size) });
    }
    for (const { size, file } of TREES)
      series.trees.push({ size, url: await deploy(`trees_${size}`, file), ...IRIS_BODY });
    for (const size of CONNECTIONS) series.connections.push({ size, url: iris, ...IRIS_BODY, connections: size });
    const measured = {};
    for (const [name, points] of Object.entries(series)) {
      measured[name] = [];
      for (const point of points) measured[name].push(await measurePoint(server, point, plan));
    }
    return { ...report(measured), raw: measured };
  } finally {
    await server.remove();
  }
}

/** @returns medians over the rounds; CPU of the HTTP thread and of all others apart */
async function measurePoint(server, { size, connections = 4, ...target }, { growthRounds, warmUpSeconds, seconds }) {
  const runs = [];
  for (let round = 0; round < growthRounds; round++) {
    await load({ ...target, pid: server.pid, connections, seconds: warmUpSeconds });
    const before = cpuByThread(server.pid);
    const startedAt = performance.now();
    const run = await load({ ...target, pid: server.pid, connections, seconds });
    const after = cpuByThread(server.pid);
    const httpShare = (after.main - before.main) / (after.all - before.all);
    runs.push({ ...run, httpUs: run.cpuUs * httpShare, elapsedMs: performance.now() - startedAt });
  }
  const median = (key) => spread(runs.map((run) => run[key])).median;
  const [cpuUs, httpUs] = [median('cpuUs'), median('httpUs')];
  return { size, perSecond: median('perSecond'), p50Ms: median('p50Ms'), p99Ms: median('p99Ms'), cpuUs, httpUs };
}

const ABOUT = {
  rows: ['rows', 'Rows a request: 30 features, a forest of 100 trees, JSON, four connections'],
  features: ['features', 'Features a row: one row a request, forests of 100 trees, JSON, four connections'],
  trees: ['trees', 'Trees: one row of iris a request, JSON, four connections'],
  connections: ['connections', 'Connections: one row of iris a request, a forest of 100 trees, JSON'],
};

function report(measured) {
  const rows = fitLine(measured.rows.map(({ size, cpuUs }) => [size, cpuUs]));
  const busiest = measured.connections.find(({ size }) => size === 32);
  return {
    title: 'How cost grows',
    about: [
      `CPU time a request is that of all threads; of it the HTTP thread's is told apart, as there is one of it, while a deployment may have more workers. By the rows a request has, it is about ${number(rows.base)} µs and ${number(rows.slope)} µs a row.`,
      ...onPaper({ single: busiest, rows }),
    ],
    figures: [
      figure('CPU time a request, base', single(rows.base), { unit: 'µs' }),
      figure('CPU time a row in a batch', single(rows.slope), { unit: 'µs' }),
    ],
    tables: Object.entries(measured).map(([name, points]) => ({
      caption: `${ABOUT[name][1]}:`,
      head: [ABOUT[name][0], 'requests/s', 'CPU µs a request', 'of it the HTTP thread', 'p50 ms', 'p99 ms'],
      rows: points.map(({ size, perSecond, cpuUs, httpUs, p50Ms, p99Ms }) => [
        count(size),
        ...[perSecond, cpuUs, httpUs, p50Ms, p99Ms].map(number),
      ]),
    })),
    curves: Object.entries(measured).map(([name, points]) => curve(name, points)),
  };
}

function single(value) {
  return { median: value, q1: value, q3: value };
}

function curve(name, points) {
  const of = (key) => points.map((point) => [point.size, point[key]]);
  const [x, title] = ABOUT[name];
  const series =
    name === 'connections'
      ? [{ name: 'requests/s', points: of('perSecond') }]
      : [
          { name: 'all threads', points: of('cpuUs') },
          { name: 'HTTP thread', points: of('httpUs') },
        ];
  return { name, title, x, y: name === 'connections' ? 'requests a second' : 'CPU µs a request', series };
}
