import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { figure } from '../figure.mjs';
import { count, number } from '../format.mjs';
import { requestBytes, sendOnce } from '../http-connection.mjs';
import { sampleOf } from '../metrics-page.mjs';
import { openLoop } from '../open-loop.mjs';
import { mainThreadMs } from '../process-stats.mjs';
import { paddedGraph } from '../padded-graph.mjs';
import { BenchServer } from '../server.mjs';
import { BODIES, graphIn, MODELS } from '../subjects.mjs';
import { spread } from '../statistics.mjs';
import { UploadRequest } from '../upload-request.mjs';

const UPLOAD_BYTES = 50e6;
const BATCH_BYTES = 10e6;
const PROBES_A_SECOND = 200;
/** In which the process of the probe starts; nothing heavy goes on yet. */
const WARM_UP_MS = 1000;
const ALL = 'all of them at once';

/** How long the HTTP thread keeps others waiting while heavy things go on. */
export async function measureEventLoop({ heavyRounds, heavySeconds: seconds }) {
  const server = await BenchServer.start();
  try {
    await server.upload('cancer', MODELS.cancer.file);
    const infer = await server.deploy('cancer');
    const graph = fs.readFileSync(graphIn(server.dataDir));
    const heavy = {
      'uploads of 50 MB': uploader(server.url, paddedGraph(graph, UPLOAD_BYTES), 'large.onnx'),
      compilations: uploader(server.url, fs.readFileSync(MODELS.cancer.file), 'compiled.pkl'),
      'JSON batches of 10 MB': poster(infer),
    };
    const apart = Object.entries(heavy).map(([name, task]) => [name, [task]]);
    const works = { nothing: [], ...Object.fromEntries(apart), [ALL]: Object.values(heavy) };
    const results = [];
    for (let round = 0; round < heavyRounds; round++) {
      const rows = {};
      for (const [name, tasks] of Object.entries(works)) rows[name] = await during(server, tasks, seconds);
      results.push(rows);
    }
    return { ...report(results), raw: results };
  } finally {
    await server.remove();
  }
}

function uploader(url, file, name) {
  const request = new UploadRequest(url, file, name);
  return (number) => sendOnce(url, request.numbered(number));
}

function poster(url) {
  const { features } = MODELS.cancer;
  const perRow = BODIES.json(100, features).body.length / 100;
  const request = requestBytes({ url, ...BODIES.json(Math.round(BATCH_BYTES / perRow), features) });
  return () => sendOnce(url, request);
}

let uploads = 0;

/** Does the tasks over and over, and asks meanwhile how long the event loop keeps a small request waiting. */
async function during(server, tasks, seconds) {
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  // Not ahead of the server: it wakes thousands of times a second, and what it took would be told as the server's delay.
  const probing = openLoop({
    url: `${server.url}/health/live`,
    method: 'GET',
    rate: PROBES_A_SECOND,
    seconds,
    warmUpSeconds: WARM_UP_MS / 1000,
    connections: 8,
    ahead: false,
  });
  probing.catch(() => undefined); // told below
  await sleep(WARM_UP_MS);
  await metrics(); // reading starts the next interval of the monitor
  const [before, startedAt] = [mainThreadMs(server.pid), performance.now()];
  let going = true;
  let done = 0;
  const loops = tasks.map(async (task) => {
    for (; going; done++) await task(uploads++);
  });
  const ended = Promise.all(loops);
  ended.catch(() => (going = false)); // told below, when the probe is over
  const probes = await probing;
  const lagMs = sampleOf(await metrics(), 'nodejs_eventloop_lag_p99_seconds') * 1000;
  const [after, elapsedMs] = [mainThreadMs(server.pid), performance.now() - startedAt];
  going = false;
  await ended;
  const [ran, waited] = [after.ran - before.ran, after.waited - before.waited].map((ms) => ms / elapsedMs);
  return { ran, waited, lagMs, done, probe: probes.ok, late: probes.late };
}

function report(results) {
  const of = (name, pick) => spread(results.map((round) => pick(round[name])));
  const share = (name, pick) => `${number(of(name, pick).median * 100)} %`;
  return {
    title: 'The event loop under heavy work',
    about: [
      `p99 of the delay of the HTTP thread's event loop while one client after the other does these things without a pause: the server's own \`nodejs_eventloop_lag_p99_seconds\`, and latency of \`GET /health/live\` at ${PROBES_A_SECOND} a second, constant arrival. The clients write bytes that are ready and read no more of an answer than its length: Node's own \`fetch\` and \`FormData\` would take a good part of a core for it. They, the process that proves each upload and the probe share the cores with it: on two cores, what waits for a core is in both. How much of the time the HTTP thread ran, and how much it waited for a core that others had, is what Linux counts.`,
    ],
    figures: [
      figure(
        'event-loop delay p99 under all of it',
        of(ALL, ({ lagMs }) => lagMs),
        {
          unit: 'ms',
          target: { atMost: 5 },
        },
      ),
      figure(
        'p99 of `/health/live` under all of it',
        of(ALL, ({ probe }) => probe.p99Ms),
        { unit: 'ms' },
      ),
    ],
    tables: [
      {
        caption: '',
        head: [
          'meanwhile',
          'times done',
          'delay p99 ms',
          '`/health/live` p50 ms',
          'p99 ms',
          'max ms',
          'HTTP thread runs',
          'waits for a core',
        ],
        rows: Object.keys(results[0]).map((name) => {
          const median = (pick) => number(of(name, pick).median);
          return [
            name,
            count(of(name, ({ done }) => done).median),
            median(({ lagMs }) => lagMs),
            median(({ probe }) => probe.p50Ms),
            median(({ probe }) => probe.p99Ms),
            median(({ probe }) => probe.maxMs),
            share(name, ({ ran }) => ran),
            share(name, ({ waited }) => waited),
          ];
        }),
      },
    ],
  };
}
