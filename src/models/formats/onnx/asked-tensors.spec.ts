import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../../../test/support/built';
import { workerModel } from '../../../../test/support/inference-fixture';
import {
  attribute,
  DOUBLE,
  FLOAT,
  graph,
  INT64,
  int64s,
  model,
  node,
  tensor,
  value,
} from '../../../../test/support/onnx-model';
import type { ErrorData } from '../../../common/errors';
import type { Signature } from '../../../common/signature';
import { type EntryKind, FEATURES, FEATURES_AS_BINARY } from '../../../inference/protocol';
import { runTrial } from '../../../inference/trial/run-trial';
import { WorkerHost } from '../../../inference/worker-host';
import type { ProtoWriter } from './proto-writer';
import { importOnnx } from './import-onnx';

const HALF = 10;
const folder = mkdtempSync(join(tmpdir(), 'modelport-tensors-'));
const hosts: WorkerHost[] = [];

beforeAll(ensureBuilt, 120_000);
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  rmSync(folder, { recursive: true });
});

interface Served {
  signature: Signature;
  warnings: string[];
  ask: (features: unknown, kind?: EntryKind) => Promise<Record<string, unknown> | ErrorData>;
}

/** A file as an upload and a deployment take it: imported, tried, loaded by a thread. */
async function serve(bytes: Uint8Array): Promise<Served> {
  const imported = importOnnx(bytes);
  const modelPath = join(folder, `${hosts.length}.onnx`);
  writeFileSync(modelPath, imported.onnx);
  const { signature, warnings } = await runTrial({
    modelPath,
    signature: imported.signature,
    compiled: false,
    inputs: null,
    deadlineMs: 30_000,
    maxRssBytes: 1e9,
  });
  const host = new WorkerHost(workerModel('image', { modelPath, signature }), 1, () => undefined);
  hosts.push(host);
  await host.start(30_000);
  const ask: Served['ask'] = async (features, kind = FEATURES) => {
    const { text, errors, binaries } = await host.run([{ body: Buffer.from(JSON.stringify({ features })), kind }]);
    const binary = binaries?.[0];
    if (binary) return { outputs: JSON.parse(binary.outputs) as unknown, bytes: Buffer.from(binary.bytes) };
    return errors?.[0] ?? (JSON.parse(`${String(text)}}`) as Record<string, unknown>);
  };
  return { signature, warnings, ask };
}

describe('ONNX files whose inputs are no rows', () => {
  it('answers two matrices with their product', async () => {
    const inputs = [value('x', FLOAT, [2, 3]), value('b', FLOAT, [3, 2])];
    const bytes = model({ nodes: [node('MatMul', ['x', 'b'], ['y'])], inputs, outputs: [value('y', FLOAT, [2, 2])] });
    const { signature, warnings, ask } = await serve(bytes);
    expect(signature).toMatchObject({ whole: true, features: null, outputs: [{ name: 'y', shape: [2, 2] }] });
    expect(warnings).toEqual([expect.stringContaining('whole tensors')]);
    const item = {
      x: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      b: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    };
    const product = [
      [4, 5],
      [10, 11],
    ];
    expect(await ask(item)).toEqual({ prediction: product });
    expect(await ask([item, { ...item, x: [item.x[1], item.x[0]] }])).toEqual({
      prediction: [product, [product[1], product[0]]],
    });
    expect(await ask({ ...item, b: [[1, 0]] })).toMatchObject({ code: 'invalid_input' });
    const binary = await ask(item, FEATURES_AS_BINARY);
    expect(binary).toMatchObject({ outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 2] }] });
  });

  it('answers a signal with a state and a scalar, as detectors of speech take them', async () => {
    const inputs = [value('x', FLOAT, ['n', 's']), value('state', FLOAT, [2, 'n', 2]), value('rate', INT64, [])];
    const nodes = [
      node('Cast', ['rate'], ['r'], [attribute.int('to', FLOAT)]),
      node('Mul', ['x', 'r'], ['y']),
      node('Add', ['state', 'r'], ['next']),
    ];
    const outputs = [value('y', FLOAT, ['n', 's']), value('next', FLOAT, [2, 'n', 2])];
    const { signature, ask } = await serve(model({ nodes, inputs, outputs }));
    expect(signature.inputs.map(({ shape }) => shape)).toEqual([[-1, -1], [2, -1, 2], []]);
    expect(signature.outputs.map(({ shape, role }) => [shape, role])).toEqual([
      [[-1, -1], 'other'],
      [[2, -1, 2], 'other'],
    ]);
    const state = [[[0, 1]], [[2, 3]]];
    const answer = { prediction: [[3, 6, 9]], outputs: { next: [[[3, 4]], [[5, 6]]] } };
    expect(await ask({ x: [[1, 2, 3]], state, rate: 3 })).toEqual(answer);
    // An axis of size 1 in front may be left out.
    expect(await ask({ x: [1, 2, 3], state, rate: 3 })).toEqual(answer);
    expect(await ask({ x: [[1]], state, rate: [3] })).toMatchObject({ code: 'invalid_input' });
  });

  it('answers what reduces its first axis', async () => {
    const nodes = [node('ReduceSum', ['x', 'first'], ['y'])];
    const { signature, ask } = await serve(
      model({
        nodes,
        initializers: [int64s('first', [0])],
        inputs: [value('x', FLOAT, [2, 2, 1])],
        outputs: [value('y', FLOAT, [1, 2, 1])],
      }),
    );
    expect(signature.whole).toBe(true);
    expect(
      await ask([
        [[1], [2]],
        [[3], [4]],
      ]),
    ).toEqual({ prediction: [[[4], [6]]] });
  });

  it('answers a batch of a fixed size row by row where its answers are rows', async () => {
    const [inputs, outputs] = [[value('x', DOUBLE, [2, 3])], [value('y', DOUBLE, [2, 3])]];
    const { signature, ask } = await serve(model({ nodes: [node('Neg', ['x'], ['y'])], inputs, outputs }));
    expect(signature).not.toHaveProperty('whole');
    expect(signature.inputs[0]!.shape).toEqual([2, 3]);
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    expect(await ask(rows)).toEqual({ prediction: rows.map((row) => row.map((value) => -value)) });
    expect(await ask(rows[0])).toEqual({ prediction: [-1, -2, -3] });
  });

  it('answers what is found in one image, however little that is', async () => {
    const nodes = [node('NonZero', ['x'], ['found']), node('Transpose', ['found'], ['y'])];
    const inputs = [value('x', FLOAT, [1, 2, 2])];
    const { signature, ask } = await serve(model({ nodes, inputs, outputs: [value('y', INT64, ['found', 3])] }));
    expect(signature.whole).toBe(true);
    const one = [
      [0, 0],
      [0, 5],
    ];
    expect(await ask([one])).toEqual({ prediction: [[0, 1, 1]] });
    expect(await ask(one)).toEqual({ prediction: [[0, 1, 1]] });
    expect(await ask([[one[1], one[1]]])).toEqual({
      prediction: [
        [0, 0, 1],
        [0, 1, 1],
      ],
    });
    expect(await ask([[one[0], one[0]]])).toEqual({ prediction: [] });
    const binary = await ask([one], FEATURES_AS_BINARY);
    expect(binary).toMatchObject({ outputs: [{ datatype: 'INT64', shape: [1, 3] }] });
  });

  it('answers a scalar', async () => {
    const bytes = model({
      nodes: [node('Abs', ['x'], ['y'])],
      inputs: [value('x', FLOAT, [])],
      outputs: [value('y', FLOAT, [])],
    });
    const { ask } = await serve(bytes);
    expect(await ask(-2)).toEqual({ prediction: 2 });
    expect(await ask([-2, 3])).toEqual({ prediction: [2, 3] });
  });

  it('keeps empty arrays from the runtime, which would end the process', async () => {
    const shape = ['n', 'a', 'b'];
    const nodes = [node('LpNormalization', ['x'], ['y'], [attribute.int('axis', 2)])];
    const { ask } = await serve(
      model({ nodes, inputs: [value('x', FLOAT, shape)], outputs: [value('y', FLOAT, shape)] }),
    );
    for (const empty of [[[[]]], [[]], [[[1]], [[]]]])
      expect(await ask(empty)).toMatchObject({ code: 'invalid_input' });
    expect(await ask([[[2]]])).toEqual({ prediction: [1] });
  });

  it('tells the client of sizes that the graph cannot do anything with', async () => {
    const inputs = [value('x', FLOAT, ['a', 'b']), value('z', FLOAT, ['c', 'd'])];
    const bytes = model({
      nodes: [node('MatMul', ['x', 'z'], ['y'])],
      inputs,
      outputs: [value('y', FLOAT, ['a', 'd'])],
    });
    const { ask } = await serve(bytes);
    const x = [
      [1, 2],
      [3, 4],
    ];
    expect(await ask({ x, z: [[3], [4]] })).toEqual({ prediction: [[11], [25]] });
    expect(await ask({ x, z: [[3]] })).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/cannot run on what was sent: .*MatMul/) as string,
    });
  });
});

describe('ONNX files of half precision', () => {
  it('are asked and answered in numbers', async () => {
    const bytes = model({
      nodes: [node('Mul', ['x', 'w'], ['y'])],
      initializers: [tensor('w', HALF, [2], new Uint16Array(Float16Array.of(0.1, 3).buffer))],
      inputs: [value('x', HALF, ['n', 2])],
      outputs: [value('y', HALF, ['n', 2])],
    });
    const { signature, ask } = await serve(bytes);
    expect(signature.inputs).toEqual([{ name: 'x', datatype: 'FP16', shape: [-1, 2] }]);
    const expected = [Math.f16round(Math.f16round(0.1) * 1.5), -6];
    expect(await ask([[1.5, -2]])).toEqual({ prediction: [expected] });
    expect(await ask([[70_000, 0]])).toMatchObject({ code: 'invalid_input' });
    const binary = (await ask([[1.5, -2]], FEATURES_AS_BINARY)) as { outputs: object[]; bytes: Buffer };
    expect(binary.outputs).toMatchObject([{ datatype: 'FP16', shape: [1, 2] }]);
    expect(new Float16Array(Uint8Array.from(binary.bytes).buffer)).toEqual(Float16Array.from(expected));
  });
});

describe('ONNX files with a Scan', () => {
  it('are answered row by row, as distances are written', async () => {
    const body = graph({
      nodes: [node('Mul', ['row', 'row'], ['squares'])],
      initializers: [],
      inputs: [value('row', FLOAT, [2])],
      outputs: [value('squares', FLOAT, [2])],
    });
    const scan = node('Scan', ['x'], ['y'], [attribute.graph('body', body), attribute.int('num_scan_inputs', 1)]);
    const bytes = model({
      nodes: [scan],
      inputs: [value('x', FLOAT, ['n', 2])],
      outputs: [value('y', FLOAT, ['n', 2])],
    });
    const { ask } = await serve(bytes);
    expect(
      await ask([
        [2, 3],
        [-4, 1],
      ]),
    ).toEqual({
      prediction: [
        [4, 9],
        [16, 1],
      ],
    });
  });
});

describe('ONNX files with batch statistics', () => {
  // Expected numbers: numpy, (x - mean) / sqrt(variance + 1e-5) of each column; onnxruntime 1.27 and 1.31 for Python
  // answer otherwise, and otherwise each time, since the running statistics equal the scale and the bias.
  it('answer every request alike', async () => {
    const zeros = (name: string): ProtoWriter => tensor(name, FLOAT, [2], Float32Array.of(0, 0));
    const ones = (name: string): ProtoWriter => tensor(name, FLOAT, [2], Float32Array.of(1, 1));
    const training = [attribute.int('training_mode', 1)];
    const bytes = model({
      nodes: [node('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'var'], ['y', 'm', 'v'], training)],
      initializers: [ones('scale'), zeros('bias'), zeros('mean'), ones('var')],
      inputs: [value('x', FLOAT, [3, 2])],
      outputs: [value('y', FLOAT, [3, 2])],
    });
    const { ask } = await serve(bytes);
    for (let request = 0; request < 3; request++) {
      const { prediction } = (await ask([[1, 2], [3, 5], [4, 4]])) as { prediction: number[][] }; // prettier-ignore
      const expected = [-1.33630191, -1.33630191, 0.26726038, 1.06904153, 1.06904153, 0.26726038];
      prediction.flat().forEach((number, i) => expect(number).toBeCloseTo(expected[i]!, 5));
    }
  });
});
