// What is compared: how each server is started in its recommended form, how it is asked, and what its answer says.
// Every server runs one core's worth of workers (one process or replica that calls the model) with one thread for the
// arithmetic, under OMP_NUM_THREADS=1.
import * as path from 'node:path';

const json = JSON.stringify;
/** How near the probabilities of float32 are to scikit-learn's own. */
export const ONNX_WITHIN = 1e-4;
const program =
  (file) =>
  ({ python, folder }) => [python, path.join(folder, file)];
const main = program('main.py');
const start =
  (form) =>
  ({ python, folder }) => [python, path.join(folder, 'start.py'), form];
const features = (rows) => json({ features: rows.length === 1 ? rows[0] : rows });
const rowsOfFeatures = (rows) => json({ features: rows });
const listed = (value) => (Array.isArray(value) ? value : [value]);
const nested = (value) => (Array.isArray(value?.[0]) ? value : [value]);
const plain = ({ prediction, probabilities }) => ({
  prediction: listed(prediction),
  probabilities: probabilities === undefined ? undefined : nested(probabilities),
});
const split = (flat, size) =>
  Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size));

/** A request of the Open Inference Protocol (version 2, JSON). */
const inference = (name, datatype) => (rows) =>
  json({ inputs: [{ name, datatype, shape: [rows.length, rows[0].length], data: rows.flat() }] });
const tritonAnswer = ({ outputs }, { classes }) => {
  const of = (wanted) => outputs.find(({ name }) => name === wanted).data;
  return { prediction: of('label'), probabilities: split(of('probabilities'), classes) };
};
const fastapiOnnx = (file) => ({
  environment: 'fastapi-onnx',
  packages: ['fastapi', 'uvicorn', 'onnxruntime'],
  command: program(file),
  at: '/predict',
  body: features,
  read: plain,
  onnx: true,
  probabilitiesWithin: ONNX_WITHIN,
  target: 8,
});
const triton = (script, datatype) => ({
  environment: 'triton',
  packages: ['nvidia-pytriton'],
  command: start(script),
  at: '/v2/models/model/infer',
  ready: '/v2/models/model/ready',
  body: inference('features', datatype),
  read: tritonAnswer,
  target: 8,
});
const mlserver = (form) => ({
  environment: 'mlserver',
  packages: ['mlserver'],
  command: start(form),
  at: '/v2/models/model/infer',
  body: inference('features', 'FP64'),
  read: ({ outputs }) => ({ prediction: outputs[0].data }),
  target: 25,
});

/**
 * By name. `environment`: the folder beside this file with its requirements and program; `command`: program and
 * arguments; `body`: of a request with these rows; `read`: its answer as `{prediction, probabilities?}`, a list each;
 * `target`: how many times the throughput of single rows we want; `onnx`: it serves the ONNX file that skl2onnx makes of
 * the pickle; `probabilitiesWithin`: how near they must come, where
 * float32 or rounding is the form that is recommended.
 */
export const PEERS = {
  'fastapi-joblib': {
    title: 'FastAPI with joblib, the reference design',
    form: 'uvicorn, scikit-learn called in an async handler, `predict` and `predict_proba`, access log on, as the design has it',
    environment: 'fastapi-joblib',
    packages: ['fastapi', 'uvicorn', 'joblib'],
    command: main,
    at: '/predict',
    body: features,
    read: ({ prediction, probability }) => plain({ prediction, probabilities: probability }),
    probabilitiesWithin: 6e-5,
    target: 150,
  },
  'fastapi-onnx': {
    ...fastapiOnnx('main.py'),
    title: 'FastAPI with onnxruntime',
    form: 'uvicorn[standard] (uvloop, httptools), Pydantic models as its documentation has it, one session of one thread, float32, access log off',
    singlesOnly: true,
  },
  'fastapi-onnx-lean': {
    ...fastapiOnnx('lean.py'),
    title: 'FastAPI with onnxruntime, lean',
    form: 'the same without Pydantic, orjson on both sides',
  },
  'triton-onnx': {
    ...triton('model_onnxruntime.py', 'FP32'),
    title: 'Triton, Python backend with onnxruntime',
    form: 'dynamic batching, one instance, one session of one thread, float32, Open Inference Protocol in JSON',
    onnx: true,
    probabilitiesWithin: ONNX_WITHIN,
  },
  'triton-sklearn': {
    ...triton('model_sklearn.py', 'FP64'),
    title: 'Triton, Python backend with scikit-learn',
    form: 'dynamic batching, one instance, Open Inference Protocol in JSON',
  },
  'mlserver-adaptive': {
    ...mlserver('adaptive'),
    title: 'MLServer, adaptive batching',
    form: 'its scikit-learn runtime, batches of 64 within 5 ms, one parallel worker; answers labels only',
  },
  mlserver: {
    ...mlserver('default'),
    title: 'MLServer, defaults',
    form: 'its scikit-learn runtime, one parallel worker; answers labels only',
    singlesOnly: true,
  },
  litserve: {
    title: 'LitServe',
    form: 'scikit-learn, batches of 64 within 5 ms, one worker',
    environment: 'litserve',
    packages: ['litserve'],
    command: main,
    at: '/predict',
    body: features,
    read: ({ prediction, probabilities }) => ({ prediction, probabilities }),
    target: 25,
  },
  bentoml: {
    title: 'BentoML',
    form: 'scikit-learn, a batchable endpoint, one worker',
    environment: 'bentoml',
    packages: ['bentoml'],
    command: ({ python, folder, port }) => [
      path.join(path.dirname(python), 'bentoml'),
      ...['serve', 'service:Model', '--working-dir', folder, '--host', '127.0.0.1', '--port', String(port)],
    ],
    at: '/predict',
    ready: '/readyz',
    body: rowsOfFeatures,
    read: (answers) => ({
      prediction: answers.map(({ prediction }) => prediction),
      probabilities: answers.map(({ probabilities }) => probabilities),
    }),
    target: 25,
  },
  ray: {
    title: 'Ray Serve',
    form: 'scikit-learn, one replica, `serve.batch` of 64 within 2 ms',
    environment: 'ray',
    packages: ['ray'],
    command: main,
    at: '/predict',
    body: features,
    read: plain,
    target: 25,
  },
  mlflow: {
    title: 'MLflow models serve',
    form: 'its scikit-learn flavour, one worker; answers labels only',
    environment: 'mlflow',
    packages: ['mlflow'],
    command: start('serve'),
    at: '/invocations',
    ready: '/ping',
    body: (rows) => json({ inputs: rows }),
    read: ({ predictions }) => ({ prediction: predictions }),
    target: 25,
  },
};

/** How Modelport itself is asked, on its deployment's own `/infer`. */
export const MODELPORT = { title: 'Modelport, own `/infer`', body: features, read: plain };
