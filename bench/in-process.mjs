// The floor of a batch: onnxruntime called in a loop on rows that are tensors already, one thread, nothing around it.
// in-process.mjs GRAPH ROWS FEATURES SECONDS prints runs a second.
import { createRequire } from 'node:module';
import process from 'node:process';
import { numberRows } from './rows.mjs';

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require('onnxruntime-node');
const ARRAYS = { float32: Float32Array, float64: Float64Array };

const [graph, rows, features, seconds] = process.argv.slice(2);
const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const [{ name, type }] = session.inputMetadata;
const data = ARRAYS[type].from(numberRows(Number(rows), Number(features)).flat());
const feeds = { [name]: new Tensor(type, data, [Number(rows), Number(features)]) };
for (let i = 0; i < 20; i++) await session.run(feeds);
const startedAt = performance.now();
let runs = 0;
while (performance.now() - startedAt < seconds * 1000) {
  await session.run(feeds);
  runs++;
}
process.stdout.write(`${(runs / (performance.now() - startedAt)) * 1000}\n`);
