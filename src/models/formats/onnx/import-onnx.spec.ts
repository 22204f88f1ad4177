import {
  attribute,
  FLOAT,
  INT64,
  int64s,
  model,
  node,
  STRING,
  tensor,
  treeModel,
  value,
} from '../../../../test/support/onnx-model';
import { importOnnx } from './import-onnx';
import { ProtoWriter } from './proto-writer';

const HALF = 10;
const BFLOAT16 = 16;
const ABS = node('Abs', ['x'], ['y']);
const metadata = (key: string, text: string) => (whole: ProtoWriter) =>
  void whole.message(14, new ProtoWriter().string(1, key).string(2, text));

describe('importOnnx', () => {
  it('names columns after the inputs when there are several', () => {
    const nodes = [node('Concat', ['age', 'size'], ['y'], [attribute.int('axis', 1)])];
    const inputs = [value('age', FLOAT, ['n', 1]), value('size', FLOAT, ['n', 2])];
    const { signature } = importOnnx(model({ nodes, inputs, outputs: [value('y', FLOAT, ['n', 3])] }));
    expect(signature.features).toEqual([
      { name: 'age', kind: 'number', input: 0, column: 0, nullable: false },
      { name: 'size_0', kind: 'number', input: 1, column: 0, nullable: false },
      { name: 'size_1', kind: 'number', input: 1, column: 1, nullable: false },
    ]);
  });

  it.each([
    ['a JSON list', '["a", "b", "c", "d"]'],
    ['a Python list', "['a', 'b', 'c', 'd']"],
    ['a list with commas', 'a, b,c , d'],
  ])('takes feature names from metadata: %s', (_, text) => {
    const { signature } = importOnnx(model({ nodes: [ABS], extra: metadata('feature_names', text) }));
    expect(signature.features!.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['another number of names', '["a"]'],
    ['a name twice', '["a", "a", "b", "c"]'],
    ['something that is no list', '[broken'],
  ])('goes without names when metadata have %s', (_, text) => {
    const { signature } = importOnnx(model({ nodes: [ABS], extra: metadata('feature_names', text) }));
    expect(signature.features![0]).not.toHaveProperty('name');
  });

  it('knows text, boolean and integer columns', () => {
    const inputs = [value('s', STRING, ['n', 1]), value('b', 9, ['n', 1]), value('i', INT64, ['n'])];
    const nodes = inputs.map((_, i) => node('Identity', ['sbi'[i]!], [`${i}`]));
    const outputs = [value('0', STRING, ['n', 1]), value('1', 9, ['n', 1]), value('2', INT64, ['n'])];
    const { signature } = importOnnx(model({ nodes, inputs, outputs }));
    expect(signature.features!.map(({ kind }) => kind)).toEqual(['text', 'boolean', 'number']);
    expect(signature.inputs.map(({ datatype, shape }) => [datatype, shape])).toEqual([
      ['BYTES', [-1, 1]],
      ['BOOL', [-1, 1]],
      ['INT64', [-1]],
    ]);
  });

  it('takes initialisers that are listed as inputs, as IR version 3 asks, for constants', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['y'])];
    const initializers = [tensor('w', FLOAT, [4, 4], new Float32Array(16))];
    const inputs = [value('x', FLOAT, ['n', 4]), value('w', FLOAT, [4, 4])];
    expect(importOnnx(model({ nodes, initializers, inputs })).signature.inputs).toHaveLength(1);
  });

  it('learns the columns from the weights when the file does not declare them', () => {
    const inputs = [value('x', FLOAT, ['n', 'k'])];
    const exact = importOnnx(
      model({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [tensor('w', FLOAT, [3, 4], new Float32Array(12))],
        inputs,
      }),
    );
    expect(exact.signature.inputs[0]!.shape).toEqual([-1, 3]);
    expect(exact.warnings).toEqual(['the file does not declare its columns; its weights take 3']);
    const trees = importOnnx(treeModel({ features: [5, 0, 0] }, ['n', 'k']));
    expect(trees.signature.inputs[0]!.shape).toEqual([-1, 6]);
    expect(trees.warnings).toEqual([expect.stringMatching(/its weights take 6 at least/)]);
    const unknown = importOnnx(model({ nodes: [ABS], inputs }));
    expect(unknown.signature.features).toBeNull();
    expect(unknown.warnings).toHaveLength(1);
  });

  it('takes missing values only where the graph was made to', () => {
    const impute = (replaced: number) =>
      model({
        nodes: [
          node(
            'Imputer',
            ['x'],
            ['y'],
            [
              attribute.floats('imputed_value_floats', [1, 2, 3, 4]),
              new ProtoWriter().string(1, 'replaced_value_float').float32(2, replaced).int(20, 1),
            ],
            'ai.onnx.ml',
          ),
        ],
      });
    const nullable = (bytes: Uint8Array) => importOnnx(bytes).signature.features!.every((feature) => feature.nullable);
    expect(nullable(impute(NaN))).toBe(true);
    expect(nullable(impute(-1))).toBe(false);
    expect(nullable(model({ nodes: [ABS] }))).toBe(false);
  });

  it('finds the categories of a column behind conversions and picks', () => {
    const nodes = [
      node('Gather', ['x', 'third'], ['c'], [attribute.int('axis', 1)]),
      node('Cast', ['c'], ['t'], [attribute.int('to', STRING)]),
      node('OneHotEncoder', ['t'], ['y'], [attribute.strings('cats_strings', ['1', '2'])], 'ai.onnx.ml'),
    ];
    const { signature } = importOnnx(model({ nodes, initializers: [int64s('third', [2])] }));
    expect(signature.features!.map(({ categories }) => categories)).toEqual([undefined, undefined, [1, 2], undefined]);
  });

  it('knows float16, and inputs whose first axes are no rows', () => {
    const signatureOf = (...shapes: (number | string)[][]) => {
      const inputs = shapes.map((shape, i) => value(i === 0 ? 'x' : `x${i}`, HALF, shape));
      return importOnnx(model({ nodes: [ABS], inputs, outputs: [value('y', HALF, shapes[0]!)] })).signature;
    };
    expect(signatureOf(['n', 4])).toMatchObject({ inputs: [{ datatype: 'FP16' }], task: 'unknown' });
    expect(signatureOf(['n', 4]).features).toHaveLength(4);
    expect(signatureOf([32, 4])).not.toHaveProperty('whole');
    expect(signatureOf([32, 4]).features).toBeNull();
    for (const shapes of [
      [[]],
      [['n', 's'], [2, 'n', 128], []],
      [
        [3, 4],
        [4, 3],
      ],
      [
        ['t', 'n', 4],
        [1, 'n', 8],
      ],
    ]) {
      expect(signatureOf(...shapes)).toMatchObject({ whole: true, features: null });
    }
    expect(signatureOf(['n', 's', 4], ['n', 's', 4])).not.toHaveProperty('whole');
  });

  it('refuses inputs and outputs that clients cannot send or read, with advice', () => {
    const brain = model({ nodes: [ABS], inputs: [value('x', BFLOAT16, ['n', 4])] });
    expect(() => importOnnx(brain)).toThrow(/input "x" has type bfloat16; export the model with float32 inputs/);
    const sequence = new ProtoWriter().string(1, 'x').message(2, new ProtoWriter().message(4, new ProtoWriter()));
    expect(() => importOnnx(model({ nodes: [ABS], inputs: [sequence] }))).toThrow(
      /input "x" to be a tensor, found a sequence/,
    );
  });

  it('says what wrote the file, and nothing of Object.prototype', () => {
    const by = (producer: string, version: string) => {
      const [writer, graphOnly] = [new ProtoWriter(), model({ nodes: [ABS] })];
      return importOnnx(
        Buffer.concat([
          writer.string(3, version).finish(),
          graphOnly.slice(2 + 6),
          new ProtoWriter().string(2, producer).finish(),
        ]),
      );
    };
    expect(by('tf2onnx', '1.2')).toMatchObject({ framework: 'TensorFlow via tf2onnx', frameworkVersion: '1.2' });
    expect(by('CatBoost', 'Git info:\n  Branch: tags/v1.2.10')).toMatchObject({
      framework: 'CatBoost',
      frameworkVersion: '1.2.10',
    });
    expect(by('constructor', '')).toMatchObject({ framework: 'constructor', frameworkVersion: null });
    expect(by('', '')).toMatchObject({ framework: 'onnx', frameworkVersion: null });
  });

  it.each([
    ['y', 'value', ['n', 1], 'regression'],
    ['y', 'value', ['n'], 'regression'],
    ['y', 'value', ['n', 3], 'unknown'],
    ['y', 'other', ['n', 2, 3], 'unknown'],
    ['probabilities', 'probabilities', ['n', 3], 'classification'],
  ])('takes an output %s for %s when its shape is %j', (name, role, shape, task) => {
    const { signature } = importOnnx(
      model({ nodes: [node('Abs', ['x'], [name])], outputs: [value(name, FLOAT, shape)] }),
    );
    expect(signature.task).toBe(task);
    expect(signature.outputs[0]!.role).toBe(role);
  });

  it.each([
    [1, 'outlier'],
    [3, 'unknown'],
  ])('takes a whole number beside scores of %i columns for %s', (columns, task) => {
    const nodes = [node('Cast', ['x'], ['label'], [attribute.int('to', INT64)]), node('Abs', ['x'], ['scores'])];
    const outputs = [value('label', INT64, ['n', 1]), value('scores', FLOAT, ['n', columns])];
    const inputs = [value('x', FLOAT, ['n', columns])];
    expect(importOnnx(model({ nodes, inputs, outputs })).signature.task).toBe(task);
  });

  it('reads classes from a table that the label is picked from', () => {
    const names = new ProtoWriter()
      .packedInts(1, [2])
      .int(2, STRING)
      .string(8, 'names')
      .string(6, 'cat')
      .string(6, 'dog');
    const nodes = [
      node('Softmax', ['x'], ['p']),
      node('ArgMax', ['p'], ['i'], [attribute.int('axis', 1)]),
      node('ArrayFeatureExtractor', ['names', 'i'], ['t'], [], 'ai.onnx.ml'),
      node('Reshape', ['t', 'flat'], ['label']),
    ];
    const bytes = model({
      nodes,
      initializers: [names, int64s('flat', [-1])],
      inputs: [value('x', FLOAT, ['n', 2])],
      outputs: [value('label', STRING, ['n']), value('p', FLOAT, ['n', 2])],
    });
    const { signature } = importOnnx(bytes);
    expect(signature).toMatchObject({ task: 'classification', classes: ['cat', 'dog'] });
    expect(signature.outputs.map(({ role, classes }) => [role, classes])).toEqual([
      ['label', ['cat', 'dog']],
      ['probabilities', ['cat', 'dog']],
    ]);
  });
});
