import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Large runs of one uploaded file: rows as the tensor of its one input, run after run. */
export interface RunsOfFile {
  onnx: Uint8Array;
  /** The graph parted at its trees, in a file. */
  treeSplitPath: string;
  columns: number;
  runs: (Float32Array | Float64Array)[];
}

/** Of one run: whether the kernel answered it, and each output of it and of the whole graph; text as JSON. */
export interface ComparedRun {
  byKernel: boolean;
  found: Record<string, Uint8Array>;
  whole: Record<string, Uint8Array>;
}

/** In a thread of its own: onnxruntime knows the typed arrays of Node, not those of a test's context. */
const SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { InferenceSession, Tensor } = require('onnxruntime-node');
const { TreePath } = require(workerData.root + '/dist/inference/worker/tree-path.js');
const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 4 };
const bytesOf = ({ data }) =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : Buffer.from(JSON.stringify(data));
const bytes = (outputs) => Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, bytesOf(tensor)]));
async function compare({ onnx, treeSplitPath, columns, runs }) {
  const session = await InferenceSession.create(Buffer.from(onnx), options);
  const path = new TreePath(treeSplitPath, options);
  const compared = [];
  for (const x of runs) {
    const inputs = { [session.inputNames[0]]: new Tensor(x, [x.length / columns, columns]) };
    let byKernel = true;
    const whole = () => ((byKernel = false), session.run(inputs, session.outputNames));
    const found = await path.run(inputs, x.length / columns, session.outputNames, whole);
    compared.push({ byKernel, found: bytes(found), whole: bytes(await session.run(inputs, session.outputNames)) });
  }
  return compared;
}
(async () => {
  for (const file of workerData.files) parentPort.postMessage(await compare(file));
})();
`;

/** Answers the runs of each file by the whole graph, and by the way of large runs, which proves itself on the first. */
export async function compareTreePaths(files: readonly RunsOfFile[]): Promise<ComparedRun[][]> {
  const root = resolve(__dirname, '../..');
  const answers: ComparedRun[][] = [];
  await new Promise<void>((done, fail) => {
    const worker = new Worker(SOURCE, { eval: true, workerData: { root, files } });
    worker.on('message', (compared: ComparedRun[]) => answers.push(compared));
    worker.on('error', fail);
    worker.on('exit', () => done());
  });
  return answers;
}
