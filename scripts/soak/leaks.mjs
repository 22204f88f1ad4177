import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BenchServer, ROOT } from '../../bench/server.mjs';
import { Inspector } from './inspector.mjs';

const { values: options } = parseArgs({
  options: { times: { type: 'string', default: '200' }, only: { type: 'string', default: '' } },
});
const TIMES = Number(options.times);
/** Threads end and memory is tidied when it has been quiet for so long. */
const QUIET_MS = 12_000;
/** Of a class that grows by fewer objects an operation, none is held by each. */
const LEAST_SHARE = 0.5;
const SHOWN = 12;
/** V8's own: code that it has compiled meanwhile and what belongs to it. */
const OF_V8 = /^(?:code|hidden system|object shape)/;
const MODEL = join(ROOT, 'bench/models/trees_10.joblib');
const ROW = [5.1, 3.5, 1.4, 0.2];

const server = await BenchServer.start();

async function ask(method, path, json, expected = 200) {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(server.url + path, { method, headers, body: json && JSON.stringify(json) });
  const text = await reply.text();
  if (reply.status !== expected) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text.startsWith('{') ? JSON.parse(text) : text;
}

const service = (id) => ({ service_id: id, model_id: `outside-${id}`, service_url: 'http://127.0.0.1:9' });
const preprocessor = (delay) => ({
  input: { type: 'object', required: ['code'], properties: { code: { type: 'integer' } } },
  output: [{ field: 'delay', from: 'code', steps: [{ map: { table: { 1: delay }, default: 0 } }] }],
});

/** A client that goes before it has sent its whole body. */
function abort() {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write('POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\n{"model_id"', () =>
        socket.destroy(),
      );
    });
    socket.on('close', resolve);
  });
}

/** Each is done again and again, and must leave nothing in the process. */
const OPERATIONS = {
  'forward to a dead service': async () => {
    await ask('PUT', '/registry/services/dead/heartbeat', {});
    await ask('POST', '/predict', { model_id: 'outside-dead', features: ROW }, 502);
  },
  'aborted request': abort,
  'preprocessor put, used and deleted': async (i) => {
    await ask('PUT', `/preprocessors/p${i}`, preprocessor(i));
    await ask('POST', `/preprocess?preprocessor=p${i}`, { code: 1 });
    await ask('DELETE', `/preprocessors/p${i}`);
  },
  'service registered and deregistered': async (i) => {
    await ask('POST', '/registry/services', service(`s${i}`));
    await ask('DELETE', `/registry/services/s${i}`);
  },
  'model deployed and stopped': async () => {
    await ask('POST', '/deploy', { model_id: 'other' });
    await ask('POST', '/stop_deployment/other');
  },
  'model swapped': () => ask('POST', '/deploy', { model_id: 'iris' }),
  'model asleep and awake': async () => {
    await ask('POST', '/predict', { model_id: 'sleepy', features: ROW });
    while ((await ask('GET', '/deployments/sleepy')).workers > 0) await sleep(50);
  },
  'model uploaded, deployed and deleted': async (i) => {
    await server.upload(`m${i}`, MODEL);
    await ask('POST', '/deploy', { model_id: `m${i}` });
    await ask('DELETE', `/delete_model/m${i}`);
  },
};

/** Children that have ended and were never waited for count too. */
function ofSystem() {
  const folder = `/proc/${server.pid}`;
  const threads = readdirSync(`${folder}/task`);
  const children = threads.flatMap((thread) =>
    readFileSync(`${folder}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return { threads: threads.length, descriptors: readdirSync(`${folder}/fd`).length, children: children.length };
}

async function look(inspector) {
  await sleep(QUIET_MS);
  return { system: ofSystem(), classes: await inspector.classes() };
}

function report(name, before, after) {
  console.log(`${name}, ${TIMES} times: ${JSON.stringify(before.system)}, then ${JSON.stringify(after.system)}`);
  const grown = [...after.classes].map(([kind, { count, bytes }]) => {
    const first = before.classes.get(kind) ?? { count: 0, bytes: 0 };
    return { kind, count: count - first.count, bytes: bytes - first.bytes };
  });
  const held = grown
    .filter(({ kind, count }) => !OF_V8.test(kind) && count >= LEAST_SHARE * TIMES)
    .sort((a, b) => b.bytes - a.bytes);
  for (const { kind, count, bytes } of held.slice(0, SHOWN)) console.log(`  ${count} more of ${kind}, ${bytes} bytes`);
}

try {
  for (const id of ['iris', 'other', 'sleepy']) await server.upload(id, join(ROOT, 'examples/iris.pkl'));
  await ask('POST', '/deploy', { model_id: 'iris' });
  await ask('POST', '/deploy', { model_id: 'sleepy', resources: { idle_timeout: 0.1 } });
  await ask('POST', '/registry/services', service('dead'));
  const inspector = await Inspector.open(server.pid);
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    if (!name.includes(options.only)) continue;
    const warm = Math.ceil(TIMES / 5);
    for (let i = 0; i < warm; i++) await operation(i);
    const before = await look(inspector);
    for (let i = warm; i < warm + TIMES; i++) await operation(i);
    report(name, before, await look(inspector));
  }
  inspector.close();
} finally {
  await server.remove();
}
