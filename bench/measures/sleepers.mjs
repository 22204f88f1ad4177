import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { figure } from '../figure.mjs';
import { count, number } from '../format.mjs';
import { openLoop } from '../open-loop.mjs';
import { residentMb } from '../process-stats.mjs';
import { replicateModel } from '../replicate-model.mjs';
import { BenchServer } from '../server.mjs';
import { IRIS_ROW, MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';

const AWAKE = 10;
const IDLE_SECONDS = 2;
const SLEEP_TIMEOUT_MS = 180_000;
const BODY = `{"features":${IRIS_ROW}}`;

/** A thousand deployed models of which ten are awake: memory, a sleeper's first answer, what the awake ones notice. */
export async function measureSleepers({ sleepers, wakes }) {
  const server = await BenchServer.start();
  try {
    await server.upload('awake', MODELS.iris.file);
    const awake = await server.deploy('awake');
    await server.upload('asleep', MODELS.iris.file);
    if (!(await takesIdleTimeout(server))) return null;
    await server.stop();
    const { dataDir } = server;
    replicateModel(dataDir, 'awake', numbered('awake', AWAKE - 1));
    const ports = replicateModel(dataDir, 'asleep', numbered('asleep', sleepers - 1));
    const startedAt = performance.now();
    const restarted = await BenchServer.start({ dataDir });
    try {
      const readyMs = performance.now() - startedAt;
      const workers = await untilAsleep(restarted);
      const memoryMb = residentMb(restarted.pid);
      const quiet = await probe(awake, wakes);
      const [firstMs, waking] = await Promise.all([wake(Object.values(ports).slice(0, wakes)), probe(awake, wakes)]);
      const raw = { readyMs, workers, memoryMb, firstMs, quiet, waking, models: AWAKE + sleepers, sleepers };
      return { ...report(raw), raw };
    } finally {
      await restarted.stop();
    }
  } finally {
    await server.remove();
  }
}

async function takesIdleTimeout(server) {
  try {
    await server.deploy('asleep', { resources: { idle_timeout: IDLE_SECONDS } });
    return true;
  } catch (error) {
    process.stderr.write(`deployments that sleep are not there: ${error.message.slice(0, 200)}\n`);
    return false;
  }
}

function numbered(name, count) {
  return Array.from({ length: count }, (_, i) => `${name}_${i + 1}`);
}

/** Waits until only those that never sleep have threads. @returns how many threads there are */
async function untilAsleep(server) {
  const until = performance.now() + SLEEP_TIMEOUT_MS;
  for (;;) {
    const { deployments } = await server.json(await fetch(`${server.url}/deployments`));
    const workers = deployments.reduce((sum, one) => sum + one.workers, 0);
    if (workers <= AWAKE) break;
    if (performance.now() > until) throw new Error(`${workers} threads are still there`);
    await sleep(500);
  }
  await sleep(1000);
  return AWAKE;
}

/** An awake model asked at a steady rate, for as long as the wakes take. */
function probe(url, wakes) {
  return openLoop({ url, body: BODY, rate: 100, seconds: wakes * 0.25, connections: 8 });
}

/** First answers of sleeping models, one after the other, four a second. */
async function wake(ports) {
  const firstMs = [];
  for (const port of ports) {
    const url = `http://127.0.0.1:${port}/infer`;
    const headers = { 'content-type': 'application/json' };
    const startedAt = performance.now();
    const response = await fetch(url, { method: 'POST', headers, body: BODY });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a sleeper answered ${response.status}`);
    firstMs.push(performance.now() - startedAt);
    await sleep(Math.max(0, 250 - firstMs.at(-1)));
  }
  return firstMs;
}

function report({ readyMs, memoryMb, firstMs, quiet, waking, models, sleepers }) {
  const single = (value) => ({ median: value, q1: value, q3: value });
  return {
    title: 'Models that sleep',
    about: [
      `${count(models)} deployed models, ${count(sleepers)} of them with \`resources.idle_timeout\` and asleep; the store was filled by copying rows and files, and the server was started on it: ready after ${number(readyMs / 1000)} s. Then ${firstMs.length} sleepers were asked one after the other while one that was awake was asked 100 times a second: its p99 was ${number(quiet.ok.p99Ms)} ms before and ${number(waking.ok.p99Ms)} ms meanwhile (p50 ${number(quiet.ok.p50Ms)} and ${number(waking.ok.p50Ms)} ms).`,
    ],
    figures: [
      figure(`memory of ${models} models, ${sleepers} asleep`, single(memoryMb), {
        unit: 'MB',
        target: { atMost: 500 },
        note: 'one start',
      }),
      figure("a sleeper's first answer", spread(firstMs), { unit: 'ms', target: { atMost: 100 } }),
    ],
    tables: [],
  };
}
