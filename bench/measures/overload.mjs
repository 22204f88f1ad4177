import { figure } from '../figure.mjs';
import { number } from '../format.mjs';
import { openLoop, saturate } from '../open-loop.mjs';
import { BenchServer, startFloor, startNull } from '../server.mjs';
import { IRIS_ROW, MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';

/** More than the queue holds, so that what is refused was refused by the server and did not wait in the generator. */
const CONNECTIONS = 400;
const BUSY = 64;
const [STEADY, OVER] = [0.8, 1.5];

/** Latency at a rate below capacity, and what is answered at a rate above it. */
export async function measureOverload({ rounds, openSeconds: seconds }) {
  const floor = await startFloor();
  const server = await BenchServer.start();
  try {
    await server.upload('iris', MODELS.iris.file);
    const body = `{"features":${IRIS_ROW}}`;
    const infer = { url: await server.deploy('iris'), body };
    const bare = { url: floor.url, body };
    const ceiling = await measureCeiling({ body, seconds: 1 });
    const capacities = [];
    for (let i = 0; i < 3; i++) {
      capacities.push((await saturate({ ...infer, connections: BUSY, seconds: 1, warmUpSeconds: 1 })).okPerSecond);
    }
    const capacity = spread(capacities).median;
    const results = [];
    for (let round = 0; round < rounds; round++) {
      results.push({
        floor: await openLoop({ ...bare, rate: capacity * STEADY, seconds, connections: CONNECTIONS }),
        steady: await openLoop({ ...infer, rate: capacity * STEADY, seconds, connections: CONNECTIONS }),
        peak: await saturate({ ...infer, connections: BUSY, seconds }),
        over: await openLoop({ ...infer, rate: capacity * OVER, seconds, connections: CONNECTIONS }),
      });
    }
    return { ...report(results, capacity, ceiling), raw: { capacities, ceiling, results } };
  } finally {
    await server.remove();
    await floor.stop();
  }
}

/** The most the generator itself sends: to a server that reads nothing and answers bytes that are ready. */
async function measureCeiling({ body, seconds }) {
  const server = await startNull();
  try {
    return (await saturate({ url: server.url, body, connections: BUSY, seconds })).okPerSecond;
  } finally {
    await server.stop();
  }
}

function report(results, capacity, ceiling) {
  const over = (pick) => spread(results.map(pick));
  const p99 = over(({ steady, floor }) => steady.ok.p99Ms / floor.ok.p99Ms);
  const goodput = over(({ over, peak }) => over.okPerSecond / peak.okPerSecond);
  const refused = results.filter(({ over }) => over.refused.count > 0);
  const limited = results.filter(({ steady, over }) => steady.limited || over.limited).length;
  const figures = [
    figure('p99 at 80 % of capacity, of the floor at the same rate', p99, { target: { atMost: 2 } }),
    figure('goodput at 150 % of capacity, of the peak', goodput, { target: { atLeast: 0.95 } }),
  ];
  if (refused.length > 0) {
    const latency = spread(refused.map(({ over }) => over.refused.p99Ms));
    figures.push(figure('p99 until a refusal at 150 %', latency, { unit: 'ms', target: { atMost: 5 } }));
  }
  return {
    title: 'Constant arrival',
    about: [
      `The same forest, single rows to its own \`/infer\`, sent at a constant rate whatever the server does; latency counts from when a request was due. The capacity, ${number(capacity)} requests/s, is what the same generator got on ${BUSY} connections in a closed loop, so that its own cost on these cores is in it; the peak of goodput is the same, measured anew in each round. What is refused is answered 429.`,
      `The generator sends at most ${number(ceiling)} requests/s to a server that reads nothing. In ${limited} of ${results.length} rounds it took more than 0.9 of a core or sent later than 1 ms at p99: what it tells then is in part its own lateness.`,
    ],
    figures,
    tables: [{ caption: 'Medians over the rounds:', ...table(results, capacity) }],
  };
}

function table(results, capacity) {
  const sides = [
    ['bare `node:http` at 80 %', 'floor', STEADY],
    ['own `/infer` at 80 %', 'steady', STEADY],
    ['own `/infer` at 150 %', 'over', OVER],
  ];
  const rows = sides.map(([name, side, share]) => {
    const median = (pick) => number(spread(results.map((round) => pick(round[side]))).median);
    return [
      name,
      number(capacity * share),
      median((run) => run.okPerSecond),
      median((run) => run.ok.p50Ms),
      median((run) => run.ok.p90Ms),
      median((run) => run.ok.p99Ms),
      median((run) => run.ok.p999Ms),
      median((run) => run.ok.maxMs),
      median((run) => run.refused.count / run.offered),
      median((run) => run.refused.p50Ms ?? NaN),
      median((run) => run.late.p99Ms),
    ];
  });
  const head = ['', 'offered/s', 'answered/s', 'p50 ms', 'p90', 'p99', 'p99.9', 'max'];
  return { head: [...head, 'share refused', 'refused p50 ms', 'sent late p99 ms'], rows };
}
