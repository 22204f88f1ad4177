import { alternate, compare } from '../compare.mjs';
import { figure } from '../figure.mjs';
import { number, withSpread } from '../format.mjs';
import { BenchServer, startFloor } from '../server.mjs';
import { IRIS_ROW, MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';

const NAMES = { floor: 'bare `node:http`', infer: 'own `/infer`', predict: 'main `/predict`' };

/** Single rows on 32 connections, and on one. */
export async function measureSingles({ rounds, seconds, warmUpSeconds }) {
  const floor = await startFloor();
  const server = await BenchServer.start();
  try {
    await server.upload('iris', MODELS.iris.file);
    const own = await server.deploy('iris');
    const row = `{"features":${IRIS_ROW}}`;
    const sides = {
      floor: { url: floor.url, pid: floor.pid, body: row },
      infer: { url: own, pid: server.pid, body: row },
      predict: { url: `${server.url}/predict`, pid: server.pid, body: `{"model_id":"iris","features":${IRIS_ROW}}` },
    };
    const busy = await alternate(sides, { rounds, seconds, warmUpSeconds, connections: 32 });
    const alone = await alternate(sides, { rounds, seconds, warmUpSeconds, connections: 1 });
    return { ...report(busy, alone), raw: { busy, alone } };
  } finally {
    await server.remove();
    await floor.stop();
  }
}

function report(busy, alone) {
  const of = (side, key) => compare(busy[side], busy.floor, key).ratio;
  const slower = spread(alone.infer.map(({ p50Ms }, i) => p50Ms - alone.floor[i].p50Ms));
  return {
    title: 'Single rows',
    about: [
      'A scikit-learn forest of 100 trees on iris, one row a request, JSON. The floor is bare `node:http` that parses the same JSON and answers one of about the same size, under the same flags of V8. CPU time is that of all threads of the server.',
    ],
    figures: [
      figure('throughput of own `/infer`, of the floor', of('infer', 'perSecond'), { target: { atLeast: 0.85 } }),
      figure('CPU time a request of own `/infer`, of the floor', of('infer', 'cpuUs'), { target: { atMost: 1.5 } }),
      figure('throughput of main `/predict`, of the floor', of('predict', 'perSecond'), { target: { atLeast: 0.8 } }),
      figure('CPU time a request of main `/predict`, of the floor', of('predict', 'cpuUs'), {
        target: { atMost: 1.6 },
      }),
      figure('one connection alone: slower than the floor by', slower, { unit: 'ms', target: { atMost: 0.2 } }),
    ],
    tables: [
      { caption: '32 connections:', ...table(busy) },
      { caption: 'One connection, the next request sent when the answer to the last has come:', ...table(alone) },
    ],
  };
}

function table(results) {
  const rows = Object.entries(results).map(([side, rounds]) => {
    const [perSecond, cpuUs] = ['perSecond', 'cpuUs'].map((key) => compare(rounds, results.floor, key));
    const median = (key) => spread(rounds.map((round) => round[key])).median;
    return [
      NAMES[side],
      number(perSecond.value.median),
      withSpread(perSecond.ratio),
      number(cpuUs.value.median),
      withSpread(cpuUs.ratio),
      number(median('p50Ms')),
      number(median('p99Ms')),
    ];
  });
  return { head: ['', 'requests/s', 'of the floor', 'CPU µs a request', 'of the floor', 'p50 ms', 'p99 ms'], rows };
}
