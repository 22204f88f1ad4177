// One golden model through both back ends that the server has, as it is built in dist/.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require('onnxruntime-node');
const { MISSING_TEXT } = require('../../dist/common/signature.js');
const { lightgbmRecord } = require('../../dist/models/formats/lightgbm/booster-record.js');
const { readPickle } = require('../../dist/models/formats/pickle/read-pickle.js');
const { PyDict, PyObject } = require('../../dist/models/formats/pickle/records.js');
const { asList } = require('../../dist/models/formats/sklearn/arrays.js');
const { Estimator } = require('../../dist/models/formats/sklearn/estimator.js');
const { graphSignature } = require('../../dist/models/graph/graph-signature.js');
const { translateSklearn } = require('../../dist/models/formats/sklearn/translate-sklearn.js');
const { sniffFormat } = require('../../dist/models/formats/sniff.js');
const { xgboostRecord } = require('../../dist/models/formats/xgboost/booster-record.js');
const { compileTextStage, readTextStage, writeTextStage } = require('../../dist/common/text/text-stage.js');
const { splitText } = require('../../dist/models/graph/split-text.js');
const { cancellation, evaluateWithTerms } = require('../../dist/models/graph/sum-terms.js');
const { toOnnx } = require('../../dist/models/graph/to-onnx.js');

/** As the server runs a model that it compiled. */
const SESSION = { graphOptimizationLevel: 'basic', intraOpNumThreads: 1, logSeverityLevel: 4 };

/**
 * Reads a model file, compiles it and asks both back ends for the rows.
 * @throws AppError when the file is refused
 */
export async function serveModel({ path, rows }) {
  const bytes = readFileSync(path);
  const format = sniffFormat(bytes);
  const root = readRoot(bytes, format);
  const { graph } = translateSklearn(root);
  const signature = graphSignature(graph);
  const inputs = encodeRows(rows, graph.features, signature.inputs);
  const answers = evaluateWithTerms(graph, inputs, rows.length);
  return {
    signature,
    cancels: cancellation(answers) !== null,
    estimator: format === 'xgboost' || format === 'lightgbm' ? 'native file' : estimatorOf(root),
    evaluated: answers.outputs,
    ran: await run(graph, signature, inputs),
  };
}

function readRoot(bytes, format) {
  if (format === 'xgboost') return xgboostRecord(bytes);
  return format === 'lightgbm' ? lightgbmRecord(bytes) : readPickle(bytes).root;
}

/** Dotted class path of what answers in the end: the last step of a pipeline, the best of a search. */
function estimatorOf(root) {
  let record = root instanceof PyDict ? root.get('model') : root;
  while (record instanceof PyObject) {
    const estimator = new Estimator(record);
    const steps = estimator.name === 'Pipeline' ? asList(estimator.get('steps')) : null;
    const inner = steps ? asList(steps.at(-1))?.at(1) : estimator.get('best_estimator_');
    if (!(inner instanceof PyObject)) break;
    record = inner;
  }
  return record instanceof PyObject ? record.path : '?';
}

function encodeRows(rows, features, inputs) {
  return inputs.map(({ datatype, shape }, input) => {
    const width = shape[1];
    const text = datatype === 'BYTES';
    const data = text ? new Array(rows.length * width).fill('') : new Float64Array(rows.length * width);
    features.forEach((feature, column) => {
      if (feature.input !== input) return;
      rows.forEach((row, index) => {
        const cell = row[column] ?? null;
        const at = index * width + feature.column;
        if (text) data[at] = cell === null ? MISSING_TEXT : String(cell);
        else data[at] = cell === null || typeof cell === 'string' ? NaN : Number(cell);
      });
    });
    return { datatype, shape: [rows.length, width], data };
  });
}

async function run(graph, signature, inputs) {
  const { numeric, stage } = splitText(graph);
  const session = await InferenceSession.create(toOnnx(numeric), SESSION);
  const feeds = signature.inputs.flatMap(({ name, datatype }, index) => {
    const { data, shape } = inputs[index];
    if (!session.inputNames.includes(name)) return [];
    return [[name, new Tensor(datatype === 'BYTES' ? 'string' : 'float64', data, shape)]];
  });
  if (stage) {
    const texts = new Map(signature.inputs.map(({ name }, index) => [name, inputs[index].data]));
    const made = compileTextStage(readTextStage(writeTextStage(stage)))(texts, inputs[0].shape[0]);
    for (const [name, { data, dims }] of made) feeds.push([name, new Tensor('float64', data, dims)]);
  }
  const answers = await session.run(Object.fromEntries(feeds));
  await session.release();
  return signature.outputs.map(({ name }) => ({ data: answers[name].data }));
}
