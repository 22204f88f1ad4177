import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signature } from '../../../common/signature';
import { elementCount, type Tensor } from '../../../common/tensor';
import { runTrial } from '../../../inference/trial/run-trial';
import { ensureBuilt } from '../../../../test/support/built';
import {
  attribute,
  FLOAT,
  INT64,
  int64s,
  model,
  node,
  tensor,
  value,
  type ModelParts,
} from '../../../../test/support/onnx-model';
import { guardModel } from './guard';
import { readOnnx } from './read-onnx';
import { makeServable } from './make-servable';

const folder = mkdtempSync(join(tmpdir(), 'mend-unchecked-'));
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Case extends Pick<ModelParts, 'nodes' | 'initializers' | 'opset'> {
  inputs: Record<string, { type: 'FP32' | 'INT64'; axes: number }>;
  axes: number;
}

/** Shapes of the inputs by name; the values are 0, 1, 2 ... or all `of`. */
type Asked = Record<string, { shape: number[]; of?: number }>;

const any = (axes: number): string[] => Array.from({ length: axes }, (_, axis) => `d${axis}`);
const floats = (name: string, dims: number[]) =>
  tensor(
    name,
    FLOAT,
    dims,
    Float32Array.from({ length: elementCount(dims) }, (_, i) => (i % 5) - 2),
  );

/** What the runtime, in a process of its own, answers to the graph as it is or as it would be served. */
async function ask({ inputs, axes, ...parts }: Case, asked: Asked, served: boolean): Promise<Tensor | string> {
  const names = Object.keys(inputs);
  const bytes = model({
    ...parts,
    inputs: names.map((name) =>
      value(`${name}`, inputs[name]!.type === 'FP32' ? FLOAT : INT64, any(inputs[name]!.axes)),
    ),
    outputs: [value('y', FLOAT, any(axes))],
  });
  const read = readOnnx(bytes);
  const modelPath = join(folder, 'model.onnx');
  writeFileSync(modelPath, served ? makeServable(read, guardModel(read)).bytes : bytes);
  const signature: Signature = {
    task: 'unknown',
    inputs: names.map((name) => ({ name, datatype: inputs[name]!.type, shape: inputs[name]!.axes > 0 ? [-1] : [] })),
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1], role: 'value' }],
    features: null,
  };
  const tensors = names.map((name): Tensor => {
    const { shape, of } = asked[name]!;
    const data = Array.from({ length: elementCount(shape) }, (_, i) => of ?? i);
    if (inputs[name]!.type === 'FP32') return { datatype: 'FP32', shape, data: Float32Array.from(data) };
    return { datatype: 'INT64', shape, data: BigInt64Array.from(data, BigInt) };
  });
  const options = { modelPath, signature, compiled: false, inputs: tensors, deadlineMs: 30_000, maxRssBytes: 4e9 };
  return runTrial(options).then(
    ({ outputs }) => outputs[0]!,
    (error: Error) => error.message,
  );
}

const FLAT = { q: { type: 'FP32', axes: 3 }, k: { type: 'FP32', axes: 3 }, v: { type: 'FP32', axes: 3 } } as const;

const CASES: [string, Case, Asked, Asked][] = [
  [
    'the best of what the numbers choose',
    {
      nodes: [
        node('Cast', ['i'], ['b'], [attribute.int('to', 9)]),
        node('Compress', ['x', 'b'], ['c'], [attribute.int('axis', 0)]),
        node('TopK', ['c', 'k'], ['y', 'p'], [attribute.int('axis', 1)]),
      ],
      initializers: [int64s('k', [1])],
      inputs: { x: { type: 'FP32', axes: 2 }, i: { type: 'INT64', axes: 1 } },
      axes: 2,
    },
    { x: { shape: [3, 4] }, i: { shape: [3], of: 1 } },
    { x: { shape: [3, 4] }, i: { shape: [3], of: 0 } },
  ],
  [
    'small pictures made large again',
    {
      nodes: [
        node('AveragePool', ['x'], ['a'], [attribute.ints('kernel_shape', [2])]),
        node('ConvTranspose', ['a', 'w'], ['y']),
      ],
      initializers: [floats('w', [1, 1, 3])],
      inputs: { x: { type: 'FP32', axes: 3 } },
      axes: 3,
    },
    { x: { shape: [1, 1, 5] } },
    { x: { shape: [1, 1, 1] } },
  ],
  ...[9, 10].map((opset): (typeof CASES)[number] => [
    `what nothing was found in made large again, of opset ${opset}`,
    {
      nodes: [
        node('Cast', ['i'], ['b'], [attribute.int('to', 9)]),
        node('Compress', ['x', 'b'], ['c'], [attribute.int('axis', 0)]),
        node('AveragePool', ['c'], ['a'], [attribute.ints('kernel_shape', [2])]),
        node('ConvTranspose', ['a', 'w'], ['y']),
      ],
      initializers: [floats('w', [1, 1, 3])],
      opset,
      inputs: { x: { type: 'FP32', axes: 3 }, i: { type: 'INT64', axes: 1 } },
      axes: 3,
    },
    { x: { shape: [2, 1, 5] }, i: { shape: [2], of: 0 } },
    { x: { shape: [2, 1, 1] }, i: { shape: [2], of: 1 } },
  ]),
  [
    'attention of heads side by side',
    {
      nodes: [
        node('Attention', ['q', 'k', 'v'], ['y'], [attribute.int('q_num_heads', 4), attribute.int('kv_num_heads', 2)]),
      ],
      opset: 23,
      inputs: FLAT,
      axes: 3,
    },
    { q: { shape: [2, 3, 32] }, k: { shape: [2, 5, 16] }, v: { shape: [2, 5, 12] } },
    { q: { shape: [1, 1, 32] }, k: { shape: [1, 2_000_000, 2] }, v: { shape: [1, 2_000_000, 2] } },
  ],
];

const SIGNAL: Case = {
  nodes: [node('STFT', ['x', 's', 'w'], ['y'])],
  initializers: [tensor('s', INT64, [], BigInt64Array.of(4n)), floats('w', [16])],
  inputs: { x: { type: 'FP32', axes: 3 } },
  axes: 4,
};

describe('kernels that do not check what they are given', () => {
  it.each(CASES)('%s: answers as before, and fails where the process would end', async (_what, made, sane, odd) => {
    const before = await ask(made, sane, false);
    expect(typeof before).toBe('object');
    expect(await ask(made, sane, true)).toEqual(before);
    expect(await ask(made, odd, false)).toMatch(/onnxruntime crashed while running the model/);
    expect(await ask(made, odd, true)).toMatch(/cannot run it: .*Reshape/);
  });

  it('has a signal be one of real numbers, with a third axis or without, where pairs are read past their end', async () => {
    const flat = { ...SIGNAL, inputs: { x: { type: 'FP32', axes: 2 } } as const };
    for (const [made, shape] of [[SIGNAL, [2, 64, 1]] as const, [flat, [2, 64]] as const]) {
      const before = await ask(made, { x: { shape: [...shape] } }, false);
      expect(typeof before).toBe('object');
      expect(await ask(made, { x: { shape: [...shape] } }, true)).toEqual(before);
    }
    expect(await ask(SIGNAL, { x: { shape: [2, 64, 2] } }, true)).toMatch(/cannot run it: .*Reshape/);
  });

  it('refuses operators of a version in which nothing can be checked', () => {
    const nodes = [node('NonZero', ['x'], ['z']), node('LpNormalization', ['z'], ['y'])];
    const read = readOnnx(model({ nodes, opset: 6 }));
    expect(() => makeServable(read, guardModel(read))).toThrow(/LpNormalization cannot be served of an opset below 7/);
  });
});
