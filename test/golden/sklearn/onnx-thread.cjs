/**
 * Runs ONNX models in a thread of its own: jest gives every spec its own realm, whose typed arrays onnxruntime's binding
 * does not take for typed arrays. A message without a model ends the thread.
 */
const { parentPort } = require('node:worker_threads');
const { InferenceSession, Tensor } = require('onnxruntime-node');

const OPTIONS = { graphOptimizationLevel: 'basic', intraOpNumThreads: 1, logSeverityLevel: 3 };

async function run({ onnx, inputs, outputs }) {
  const session = await InferenceSession.create(onnx, OPTIONS);
  const feeds = {};
  for (const { name, type, data, shape } of inputs) {
    feeds[name] = new Tensor(type, type === 'string' ? data : new Float64Array(data), shape);
  }
  const answers = await session.run(feeds);
  await session.release();
  return outputs.map((name) => answers[name].data);
}

parentPort.on('message', (message) => {
  if (!message) return parentPort.close();
  return run(message).then(
    (data) => parentPort.postMessage({ data }),
    (error) => parentPort.postMessage({ error: String(error) }),
  );
});
