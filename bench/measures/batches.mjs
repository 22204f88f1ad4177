import process from 'node:process';
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { figure } from '../figure.mjs';
import { number, withSpread } from '../format.mjs';
import { load } from '../load.mjs';
import { BenchServer, NODE, ROOT } from '../server.mjs';
import { ratios, spread } from '../statistics.mjs';
import { BODIES, graphIn, MODELS } from '../subjects.mjs';

const ROWS = 1000;
const TARGETS = { json: 0.6, binary: 0.9 };
const NAMES = {
  json: 'own `/infer`, JSON',
  binaryRows: 'own `/infer`, binary rows, answered in JSON',
  binary: 'own `/infer`, binary both ways',
};

/** Rows of a batch in one request, against onnxruntime on the same graph. */
export async function measureBatches({ rounds, seconds, warmUpSeconds }) {
  const server = await BenchServer.start();
  try {
    await server.upload('cancer', MODELS.cancer.file);
    const url = await server.deploy('cancer');
    const graph = graphIn(server.dataDir);
    const sides = await supported(url);
    const perSecond = Object.fromEntries(['inProcess', ...Object.keys(sides)].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      perSecond.inProcess.push(await runInProcess(graph, seconds));
      for (const [name, side] of Object.entries(sides)) {
        const target = { ...side, url, pid: server.pid, connections: 2 };
        await load({ ...target, seconds: warmUpSeconds });
        perSecond[name].push((await load({ ...target, seconds })).perSecond);
      }
    }
    return { ...report(perSecond, sides), raw: perSecond };
  } finally {
    await server.remove();
  }
}

/** The kinds of bodies that this server takes. */
async function supported(url) {
  const sides = {};
  for (const [name, make] of Object.entries(BODIES)) {
    const side = make(ROWS, MODELS.cancer.features);
    const { type, accept = '*/*', body } = side;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type, accept }, body });
    const answer = await response.text();
    if (response.ok && isWhole(response, answer)) sides[name] = side;
    else process.stderr.write(`${type} is not served: ${response.status} ${answer.slice(0, 200)}\n`);
  }
  return sides;
}

function isWhole(response, answer) {
  if (!response.headers.get('content-type')?.includes('json')) return answer.length >= ROWS;
  return JSON.parse(answer).prediction?.length === ROWS;
}

async function runInProcess(graph, seconds) {
  const args = [path.join(ROOT, 'bench/in-process.mjs'), graph, ROWS, MODELS.cancer.features, seconds].map(String);
  const { stdout } = await promisify(execFile)(NODE, args);
  return Number(stdout);
}

function report(perSecond, sides) {
  const names = Object.keys(sides);
  return {
    title: '1,000 rows in one request',
    about: [
      `1,000 rows of 30 features, a forest of 100 trees on the breast cancer data, two connections, one inference thread; against onnxruntime called in process on the same graph with rows that are tensors already, also one thread. Binary rows are float64, row after row, as \`application/octet-stream\`.`,
    ],
    figures: names.map((name) => {
      const ratio = spread(ratios(perSecond[name], perSecond.inProcess));
      return figure(`${NAMES[name]}, of onnxruntime in process`, ratio, {
        target: TARGETS[name] ? { atLeast: TARGETS[name] } : null,
      });
    }),
    tables: [
      {
        caption: '',
        head: ['', 'KB of a body', 'batches/s', 'rows/s'],
        rows: ['inProcess', ...names].map((name) => {
          const value = spread(perSecond[name]);
          const bytes = sides[name] ? number(Buffer.byteLength(sides[name].body) / 1000) : '';
          return [NAMES[name] ?? 'onnxruntime in process', bytes, withSpread(value), number(value.median * ROWS)];
        }),
      },
    ],
  };
}
