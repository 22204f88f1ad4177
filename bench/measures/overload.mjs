import { figure } from '../figure.mjs';
import { count, number } from '../format.mjs';
import { openLoop, openLoopsInTurns, saturate } from '../open-loop.mjs';
import { BenchServer, startFloor, startNull } from '../server.mjs';
import { spread } from '../statistics.mjs';
import { BODIES, IRIS_ROW, MODELS } from '../subjects.mjs';

/** More than the queue and a batch hold, so that what is refused was refused by the server. */
const CONNECTIONS = 400;
const BUSY = 64;
const POOL = { connections: BUSY, maxConnections: CONNECTIONS };
const FULL_POOL = { connections: CONNECTIONS, maxConnections: CONNECTIONS };
const [STEADY, OVER] = [0.8, 1.5];
/**
 * A rate is sustained when this share is answered with 200, half of it this soon. Beyond capacity the backlog grows by
 * as much every second, which the median shows at once; p99 shows whatever else the machine did for a moment.
 */
const [WHOLE, SOON_MS] = [0.995, 10];
/** With a p99 beyond this the floor did not keep up. */
const FLOOR_MS = 50;
const BISECTIONS = 6;
/** Rates are raised by so much as long as at least so much more is answered. */
const [HIGHER, WORTH] = [1.2, 1.03];
/** More goodput than at the rate of the peak: then that was not the peak. */
const DOUBTFUL = 1.1;
/** What is compared is measured in turns as short as this, as what else the machine does changes within seconds. */
const TURN = { seconds: 0.5, warmUpSeconds: 0.15 };
const ROWS = 32;

/** Latency at a rate below capacity, and what is answered at a rate above it. */
export async function measureOverload({ rounds, openSeconds: seconds }) {
  const floor = await startFloor();
  const server = await BenchServer.start();
  try {
    const subjects = {
      row: { name: 'single rows', url: await deploy(server, 'iris'), body: `{"features":${IRIS_ROW}}` },
      rows: { name: `${ROWS} rows`, url: await deploy(server, 'cancer'), ...BODIES.json(ROWS, MODELS.cancer.features) },
    };
    const ceiling = await measureCeiling(subjects.row.body);
    const capacity = {};
    for (const [key, subject] of Object.entries(subjects)) capacity[key] = await findCapacity(subject);
    capacity.floor = await findCapacity({ ...subjects.row, url: floor.url });
    const peak = {};
    for (const [key, subject] of Object.entries(subjects)) peak[key] = await findPeak(subject, capacity[key]);
    const turns = Math.max(2, Math.round(seconds / TURN.seconds));
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const run = await openLoopsInTurns({ ...steadyPair({ subjects, floor, capacity }), ...TURN, turns });
      for (const [key, subject] of Object.entries(subjects)) {
        const load = (rate) => ({ url: subject.url, rate });
        const over = Math.max(capacity[key] * OVER, peak[key]);
        const loads = { below: load(capacity[key] * STEADY), full: load(peak[key]), over: load(over) };
        run[key] = await openLoopsInTurns({ ...subject, ...FULL_POOL, loads, ...TURN, turns });
      }
      results.push(run);
    }
    return { ...report({ results, capacity, peak, ceiling, subjects }), raw: { capacity, peak, ceiling, results } };
  } finally {
    await server.remove();
    await floor.stop();
  }
}

/** The floor and the server at one rate, which both can keep up with. */
function steadyPair({ subjects, floor, capacity }) {
  const rate = Math.min(capacity.row, capacity.floor) * STEADY;
  return { ...subjects.row, ...POOL, loads: { floor: { url: floor.url, rate }, own: { url: subjects.row.url, rate } } };
}

/**
 * The p99 of both sides in each turn that tells something: not where the generator was late, or the floor did not keep
 * up, which leaves nothing to compare with. How the server fared does not decide.
 */
function comparedTurns(results) {
  const pairs = results.flatMap(({ floor, own }) => own.turns.map((turn, i) => ({ own: turn, floor: floor.turns[i] })));
  const valid = pairs.filter(({ floor, own }) => {
    return !floor.limited && !own.limited && isWhole(floor) && floor.ok.p99Ms <= FLOOR_MS;
  });
  return { pairs, valid };
}

async function deploy(server, name) {
  await server.upload(name, MODELS[name].file);
  return server.deploy(name);
}

/**
 * The highest constant rate that is answered whole, by bisection: what a closed loop gets is not it, as there replies and
 * next requests come in convoys, which are cheaper than what clients send who do not wait for each other.
 */
async function findCapacity(subject) {
  const { okPerSecond } = await saturate({ ...subject, connections: BUSY, seconds: 1, warmUpSeconds: 1 });
  let [low, high] = [okPerSecond * 0.2, okPerSecond * 1.1];
  for (let step = 0; step < BISECTIONS; step++) {
    const rate = (low + high) / 2;
    // Once more before it is given up: what else the machine did for a moment is no limit of the server.
    if ((await isSustained(subject, rate)) || (await isSustained(subject, rate))) low = rate;
    else high = rate;
  }
  return low;
}

/**
 * The rate at which the most is answered. It may be beyond the capacity: where requests wait for each other, more of them
 * are answered together, at less cost, and late.
 */
async function findPeak(subject, capacity) {
  const answered = async (rate) => (await openLoop({ ...subject, ...FULL_POOL, rate, seconds: 1 })).okPerSecond;
  let peak = capacity;
  for (let rate = capacity * HIGHER; ; rate *= HIGHER) {
    // Once more before it is given up, as with the capacity.
    const most = Math.max(await answered(rate), await answered(rate));
    if (most < peak * WORTH) return peak;
    peak = most;
  }
}

async function isSustained(subject, rate) {
  return isWhole(await openLoop({ ...subject, ...POOL, rate, seconds: 1 }));
}

function isWhole({ ok, offered }) {
  return ok.count >= offered * WHOLE && ok.p50Ms <= SOON_MS;
}

/** The most the generator itself sends: to a server that reads nothing and answers bytes that are ready. */
async function measureCeiling(body) {
  const server = await startNull();
  try {
    return (await saturate({ url: server.url, body, connections: BUSY, seconds: 1 })).okPerSecond;
  } finally {
    await server.stop();
  }
}

function report({ results, capacity, peak, ceiling, subjects }) {
  const over = (pick) => spread(results.map(pick));
  const { pairs, valid } = comparedTurns(results);
  const compared = valid.length > 0 ? valid : pairs;
  const p99 = spread(compared.map(({ own, floor }) => own.ok.p99Ms / floor.ok.p99Ms));
  const doubt = valid.length > 0 ? '' : 'the generator or the floor did not keep up in any turn';
  const figures = [
    figure('p99 at 80 % of capacity, own or the floor’s, of the floor at the same rate', p99, {
      target: { atMost: 2 },
      note: doubt,
    }),
  ];
  for (const [key, { name }] of Object.entries(subjects)) {
    const goodput = over((run) => run[key].over.okPerSecond / peakOf(run[key]));
    const note = goodput.median > DOUBTFUL ? 'the peak was taken too low' : '';
    const target = { atLeast: 0.95 };
    figures.push(figure(`goodput at 150 % of capacity, of the peak: ${name}`, goodput, { target, note }));
    const refused = results.map((run) => run[key].over.refused).filter((one) => one.count > 0);
    if (refused.length === 0) continue;
    const latency = spread(refused.map(({ p99Ms }) => p99Ms));
    figures.push(figure(`p99 of a refusal at 150 %: ${name}`, latency, { unit: 'ms', target: { atMost: 5 } }));
  }
  return {
    title: 'Constant arrival',
    about: [
      `Requests at a constant rate whatever the server does, to a deployment's own \`/infer\`: single rows of iris, for which the HTTP thread is the limit, and ${ROWS} rows of 30 features, for which inference is. Latency counts from when a request was due. The capacities, ${count(capacity.row)} and ${count(capacity.rows)} requests/s, and ${count(capacity.floor)} of the floor for single rows, are the highest rates that were answered whole (99.5 % with 200, half of it within ${SOON_MS} ms) with the generator on the same cores. The peaks, ${count(peak.row)} and ${count(peak.rows)} requests/s, are the most that is answered at any rate, in time or not; what is answered at 150 % of the capacity, or at the rate of the peak where that is more, is compared with the most that is answered in the same turns at 80 % of the capacity and at the rate of the peak. What is compared is measured in turns of ${TURN.seconds} s, forwards and backwards, as the pace of the cores changes within seconds. What is refused is answered 429; at most ${CONNECTIONS} requests are under way, and what the rest waits in the generator is in their latency. Beside the floor, the rate is 80 % of the lesser of the two capacities: beyond what the floor answers there is nothing to compare with.`,
      `The generator gets ${count(ceiling)} requests/s from a server that reads nothing. It shares the cores with the server and, where the system allows it, goes before it (ten steps of niceness), as its own waiting for a core would be told as the server's latency. A pair of turns at 80 % counts when it took at most 0.9 of a core, sent within 1 ms at p99, and the floor kept up; ${valid.length} of ${pairs.length} did.`,
    ],
    figures,
    tables: [{ caption: 'Medians over the rounds:', ...table(results, subjects) }],
  };
}

/** The most that was answered below the capacity and at the rate of the peak. */
function peakOf({ below, full }) {
  return Math.max(below.okPerSecond, full.okPerSecond);
}

function table(results, subjects) {
  const sides = [
    ['bare `node:http`, beside it', (run) => run.floor],
    ['own `/infer`, beside the floor', (run) => run.own],
    ...Object.entries(subjects).flatMap(([key, { name }]) => [
      [`${name} at 80 % of capacity`, (run) => run[key].below],
      [`${name} at the peak`, (run) => run[key].full],
      [`${name} at 150 % of capacity`, (run) => run[key].over],
    ]),
  ];
  const rows = sides.map(([name, side]) => {
    const median = (pick) => number(spread(results.map((run) => pick(side(run)) ?? NaN)).median);
    return [
      name,
      median((run) => run.rate),
      median((run) => run.okPerSecond),
      median((run) => run.ok.p50Ms),
      median((run) => run.ok.p90Ms),
      median((run) => run.ok.p99Ms),
      median((run) => run.ok.p999Ms),
      median((run) => run.ok.maxMs),
      median((run) => run.refused.count / run.offered),
      median((run) => run.refused.p50Ms),
      median((run) => run.late.p99Ms),
    ];
  });
  const head = ['', 'offered/s', 'answered/s', 'p50 ms', 'p90', 'p99', 'p99.9', 'max'];
  return { head: [...head, 'share refused', 'refused p50 ms', 'sent late p99 ms'], rows };
}
