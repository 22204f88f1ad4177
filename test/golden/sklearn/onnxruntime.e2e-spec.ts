import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Signature } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';
import { compileTextStage, readTextStage, writeTextStage } from '../../../src/common/text/text-stage';
import { guardModel } from '../../../src/models/formats/onnx/guard';
import { readOnnx } from '../../../src/models/formats/onnx/read-onnx';
import { readPickle } from '../../../src/models/formats/pickle/read-pickle';
import { graphSignature } from '../../../src/models/graph/graph-signature';
import { translateSklearn } from '../../../src/models/formats/sklearn/translate-sklearn';
import { compareOutputs } from '../../../src/models/graph/parity';
import { probeInputs } from '../../../src/models/graph/probes';
import { splitText, type SplitGraph } from '../../../src/models/graph/split-text';
import { evaluateWithTerms } from '../../../src/models/graph/sum-terms';
import { toOnnx } from '../../../src/models/graph/to-onnx';
import { differences, ROUNDED } from './compare';
import { companionCases, encodeRows, goldenCases } from './golden';

const CASES = process.env['GOLDEN'] ? goldenCases(process.env['GOLDEN']) : [...goldenCases(), ...companionCases()];

const thread = new Worker(join(__dirname, 'onnx-thread.cjs'));

afterAll(async () => {
  thread.postMessage(null);
  await once(thread, 'exit');
});

/** What the deployed graph is fed with: the client's inputs, with text that is taken apart as numbers. */
function feedsOf({ numeric, stage }: SplitGraph, signature: Signature, inputs: Tensor[]): unknown[] {
  const texts = new Map(inputs.flatMap(({ data }, i) => (Array.isArray(data) ? [[signature.inputs[i]!.name, data] as const] : [])));
  const made = stage ? compileTextStage(readTextStage(writeTextStage(stage)))(texts, inputs[0]!.shape[0]!) : [];
  const wanted = new Set(numeric.nodes.flatMap((node) => (node.op === 'input' ? [node.name] : [])));
  return [
    ...signature.inputs.flatMap(({ name, datatype }, index) => {
      return wanted.has(name) ? [{ name, type: datatype === 'BYTES' ? 'string' : 'float64', ...inputs[index]! }] : [];
    }),
    ...[...made].map(([name, { data, dims }]) => ({ name, type: 'float64', data, shape: dims })),
  ];
}

async function run(split: SplitGraph, onnx: Uint8Array, signature: Signature, inputs: Tensor[]): Promise<Tensor[]> {
  thread.postMessage({
    onnx,
    inputs: feedsOf(split, signature, inputs),
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
    const split = splitText(graph);
    const onnx = toOnnx(split.numeric);
    guardModel(readOnnx(onnx));
    const outputs = await run(split, onnx, signature, encodeRows(golden.rows, graph.features, signature.inputs));
    expect(differences(golden, signature, outputs, { relative: 1e-11, absolute: 1e-12, ...ROUNDED.get(golden.name) })).toEqual([]);
  });

  // What an upload is proven with: rows near the model's own thresholds and statistics, in both back ends.
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s passes its proof', async (_version, _name, golden) => {
    const { graph } = translateSklearn(readPickle(readFileSync(golden.path)).root);
    const inputs = probeInputs(graph);
    const rows = inputs[0]!.shape[0]!;
    const { outputs: expected, ...leeway } = evaluateWithTerms(graph, inputs, rows);
    const split = splitText(graph);
    const found = await run(split, toOnnx(split.numeric), graphSignature(graph), inputs);
    const actual = found.map((tensor, index) => ({ ...tensor, shape: expected[index]!.shape }));
    expect(compareOutputs(expected, actual, leeway).firstMismatch).toBeNull();
  });
});
