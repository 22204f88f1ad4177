/** Runs ONNX models for a test, one message each, in a process of its own: Jest's realm cannot hold onnxruntime. */
const ort = require('onnxruntime-node');

async function run({ onnx, feeds, level }) {
  const session = await ort.InferenceSession.create(onnx, { graphOptimizationLevel: level, intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const tensors = feeds.map(({ name, type, data, dims }) => [name, new ort.Tensor(type, data, dims)]);
    const answers = await session.run(Object.fromEntries(tensors));
    return session.outputNames.map((name) => ({ name, type: answers[name].type, dims: [...answers[name].dims], data: answers[name].data }));
  } finally {
    await session.release();
  }
}

process.on('message', (request) => {
  run(request).then(
    (outputs) => process.send({ outputs }),
    (error) => process.send({ error: error.message }),
  );
});
