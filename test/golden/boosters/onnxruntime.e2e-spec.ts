import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Signature } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';
import { graphSignature } from '../../../src/models/graph/graph-signature';
import { translateSklearn } from '../../../src/models/formats/sklearn/translate-sklearn';
import { compileEvaluator } from '../../../src/models/graph/evaluate';
import { compareOutputs } from '../../../src/models/graph/parity';
import { probeInputs } from '../../../src/models/graph/probes';
import { toOnnx } from '../../../src/models/graph/to-onnx';
import { differences } from '../sklearn/compare';
import { encodeRows } from '../sklearn/golden';
import { boosterCases, readBooster } from './golden';

const CASES = [...boosterCases(join(__dirname, '../xgboost')), ...boosterCases(join(__dirname, '../lightgbm'))];

const thread = new Worker(join(__dirname, '../sklearn/onnx-thread.cjs'));

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
  const rows = inputs[0]!.shape[0]!;
  return signature.outputs.map(({ datatype, shape }, index) => ({
    datatype,
    shape: [rows, ...shape.slice(1)],
    data: answer.data![index]!,
  }));
}

describe('compiled XGBoost and LightGBM models in onnxruntime', () => {
  it('has cases of several versions', () => {
    expect(new Set(CASES.map(({ version }) => version)).size).toBeGreaterThanOrEqual(6);
  });

  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', async (_version, name, golden) => {
    const { graph } = translateSklearn(readBooster(golden.path));
    const signature = graphSignature(graph);
    const onnx = toOnnx(graph);
    const outputs = await run(onnx, signature, encodeRows(golden.rows, graph.features, signature.inputs));
    // A unit in the last place of XGBoost's float32, whose exp and 1 - p the C library rounds in its own way.
    expect(differences(golden, signature, outputs, { relative: name === 'calibrated' ? 3e-6 : 3e-7, absolute: 6e-8 })).toEqual([]);
    const probes = probeInputs(graph);
    const rows = probes[0]!.shape[0]!;
    const parity = compareOutputs(compileEvaluator(graph)(probes, rows), await run(onnx, signature, probes));
    expect(parity).toMatchObject({ ok: true, rows, firstMismatch: null });
  });
});
