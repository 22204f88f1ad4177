import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Signature } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';
import { guardModel } from '../../../src/models/formats/onnx/guard';
import { readModel } from '../../../src/models/formats/onnx/reader';
import { readPickle } from '../../../src/models/formats/pickle/read-pickle';
import { graphSignature } from '../../../src/models/formats/sklearn/signature';
import { translateSklearn } from '../../../src/models/formats/sklearn/translate-sklearn';
import { compileEvaluator } from '../../../src/models/graph/evaluate';
import { compareOutputs } from '../../../src/models/graph/parity';
import { probeInputs } from '../../../src/models/graph/probes';
import { toOnnx } from '../../../src/models/graph/to-onnx';
import { differences, ROUNDED } from './compare';
import { encodeRows, goldenCases } from './golden';

const CASES = goldenCases(process.env['GOLDEN'] || undefined);

const thread = new Worker(join(__dirname, 'onnx-thread.cjs'));

afterAll(async () => {
  thread.postMessage(null);
  await once(thread, 'exit');
});

async function run(onnx: Uint8Array, signature: Signature, inputs: Tensor[]): Promise<Tensor[]> {
  thread.postMessage({
    onnx,
    inputs: signature.inputs.map(({ name, datatype }, index) => ({
      name,
      type: datatype === 'BYTES' ? 'string' : 'float64',
      ...inputs[index]!,
    })),
    outputs: signature.outputs.map(({ name }) => name),
  });
  const [answer] = (await once(thread, 'message')) as [{ data?: Tensor['data'][]; error?: string }];
  if (!answer.data) throw new Error(answer.error);
  return signature.outputs.map(({ datatype, shape }, index) => ({ datatype, shape, data: answer.data![index]! }));
}

describe('compiled scikit-learn models in onnxruntime', () => {
  it('has cases of several versions', () => {
    expect(new Set(CASES.map(({ version }) => version)).size).toBeGreaterThanOrEqual(6);
  });

  // Sums are in another order than scikit-learn's, so ten units in the last place of a sum of a few terms are allowed.
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', async (_version, _name, golden) => {
    const { graph } = translateSklearn(readPickle(readFileSync(golden.path)).root);
    const signature = graphSignature(graph);
    const onnx = toOnnx(graph);
    guardModel(readModel(onnx));
    const outputs = await run(onnx, signature, encodeRows(golden.rows, graph.features, signature.inputs));
    expect(differences(golden, signature, outputs, { relative: 1e-11, absolute: 1e-12, ...ROUNDED.get(golden.name) })).toEqual([]);
  });

  // What an upload is proven with: rows near the model's own thresholds and statistics, in both back ends.
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s passes its proof', async (_version, _name, golden) => {
    const { graph } = translateSklearn(readPickle(readFileSync(golden.path)).root);
    const inputs = probeInputs(graph);
    const rows = inputs[0]!.shape[0]!;
    const expected = compileEvaluator(graph)(inputs, rows);
    const found = await run(toOnnx(graph), graphSignature(graph), inputs);
    const actual = found.map((tensor, index) => ({ ...tensor, shape: expected[index]!.shape }));
    expect(compareOutputs(expected, actual).firstMismatch).toBeNull();
  });
});
