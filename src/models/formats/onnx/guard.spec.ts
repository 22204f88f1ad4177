import type { AppError, ErrorCode } from '../../../common/errors';
import {
  attribute,
  branch,
  externalTensor,
  FLOAT,
  fn,
  graph,
  INT64,
  int64s,
  model,
  node,
  STRING,
  tensor,
  treeModel,
  value,
} from '../../../../test/support/onnx-model';
import { processorMs } from '../../../../test/support/processor-time';
import { guardModel, GUARD_LIMITS } from './guard';
import { importOnnx } from './import-onnx';
import { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';

const ABS = node('Abs', ['x'], ['y']);
const LOOP_BODY = graph({
  nodes: [node('Identity', ['go'], ['again'])],
  initializers: [],
  inputs: [value('i', INT64, []), value('go', 9, [])],
  outputs: [value('again', 9, [])],
});
const loop = node('Loop', ['', 'x'], ['y'], [attribute.graph('body', LOOP_BODY)]);

/** A constant tensor of `numbers` as an operand of `op`, whose result is y. */
function shaped(op: string, numbers: number[], inputs = ['shape']): Uint8Array {
  return model({ nodes: [node(op, inputs, ['y'])], initializers: [int64s('shape', numbers)] });
}

function withTensor(constant: ProtoWriter): Uint8Array {
  return model({ nodes: [node('Add', ['x', 'w'], ['y'])], initializers: [constant] });
}

const sparse = (dims: number[], values: ProtoWriter): ProtoWriter =>
  new ProtoWriter()
    .message(1, values)
    .message(2, int64s('i', [0]))
    .packedInts(3, dims);
const sparseConstant = (dims: number[], values: ProtoWriter): Uint8Array =>
  model({ nodes: [node('Constant', [], ['w'], [attribute.sparse('sparse_value', sparse(dims, values))]), ABS] });
const one = (name: string): ProtoWriter => tensor(name, FLOAT, [1], Float32Array.of(1));

const scanBody = (inner = node('Abs', ['slice'], ['row'])): ProtoWriter =>
  graph({
    nodes: [inner],
    initializers: [],
    inputs: [value('slice', FLOAT, [4])],
    outputs: [value('row', FLOAT, [4])],
  });

/** A Scan over the rows of x, as skl2onnx writes distances. */
const scan = (inner?: ProtoWriter): ProtoWriter =>
  node('Scan', ['x'], ['y'], [attribute.graph('body', scanBody(inner)), attribute.int('num_scan_inputs', 1)]);

function ifModel(inner: ProtoWriter): Uint8Array {
  const branches = [
    attribute.graph('then_branch', branch(inner, 'b')),
    attribute.graph('else_branch', branch(inner, 'b')),
  ];
  return model({ nodes: [node('Cast', ['x'], ['c'], [attribute.int('to', 9)]), node('If', ['c'], ['y'], branches)] });
}

/** Functions that each call the one before twice. */
function doubling(levels: number): Uint8Array {
  const functions = Array.from({ length: levels }, (_, i) => {
    const call = i === 0 ? ['Abs', ''] : [`F${i - 1}`, 'own'];
    return fn('own', `F${i}`, [node(call[0]!, ['a'], ['m'], [], call[1]), node(call[0]!, ['m'], ['b'], [], call[1])]);
  });
  return model({ nodes: [node(`F${levels - 1}`, ['x'], ['y'], [], 'own')], functions });
}

function linear(op: string, attributes: ProtoWriter[]): Uint8Array {
  return model({ nodes: [node(op, ['x'], ['y'], attributes, 'ai.onnx.ml')] });
}

const chain = (length: number): Uint8Array =>
  treeModel({
    trees: new Array<number>(length).fill(0),
    ids: Array.from({ length }, (_, i) => i),
    features: new Array<number>(length).fill(0),
    modes: Array.from({ length }, (_, i) => (i < length - 2 ? 'BRANCH_LEQ' : 'LEAF')),
    onTrue: Array.from({ length }, (_, i) => (i < length - 2 ? i + 1 : 0)),
    onFalse: Array.from({ length }, (_, i) => (i < length - 2 ? length - 1 : 0)),
  });

const v5 = (change: Record<string, ProtoWriter> = {}): Uint8Array => {
  const parts: Record<string, ProtoWriter> = {
    roots: attribute.ints('tree_roots', [0]),
    features: attribute.ints('nodes_featureids', [0]),
    splits: attribute.tensor('nodes_splits', one('s')),
    modes: attribute.tensor('nodes_modes', tensor('m', 2, [1], Uint8Array.of(0))),
    onTrue: attribute.ints('nodes_truenodeids', [0]),
    onFalse: attribute.ints('nodes_falsenodeids', [1]),
    trueLeafs: attribute.ints('nodes_trueleafs', [1]),
    falseLeafs: attribute.ints('nodes_falseleafs', [1]),
    targets: attribute.ints('leaf_targetids', [0, 0]),
    weights: attribute.tensor('leaf_weights', tensor('lw', FLOAT, [2], Float32Array.of(1, 2))),
    ...change,
  };
  return linear('TreeEnsemble', Object.values(parts));
};

const HOSTILE: [string, () => Uint8Array, ErrorCode, RegExp][] = [
  [
    'external data by an absolute path',
    () => withTensor(externalTensor('w', '/etc/passwd')),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data by a relative path',
    () => withTensor(externalTensor('w', '../w.bin')),
    'model_unsafe',
    /another file/,
  ],
  [
    'a tensor located elsewhere without a path',
    () => withTensor(new ProtoWriter().int(2, FLOAT).string(8, 'w').int(14, 1)),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data in an attribute',
    () => model({ nodes: [node('Constant', [], ['w'], [attribute.tensor('value', externalTensor('t', 'w'))]), ABS] }),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data in an attribute of another type',
    () =>
      model({
        nodes: [
          node(
            'Abs',
            ['x'],
            ['y'],
            [new ProtoWriter().string(1, 'a').int(20, 2).message(10, externalTensor('t', 'w'))],
          ),
        ],
      }),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data in a branch',
    () => ifModel(node('Constant', [], ['b'], [attribute.tensor('value', externalTensor('t', 'w'))])),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data in a function',
    () =>
      model({
        nodes: [node('F', ['x'], ['y'], [], 'own')],
        functions: [
          fn('own', 'F', [node('Constant', [], ['b'], [attribute.tensor('value', externalTensor('t', 'w'))])]),
        ],
      }),
    'model_unsafe',
    /another file/,
  ],
  [
    'external data in a sparse tensor',
    () => sparseConstant([4], externalTensor('t', 'w')),
    'model_unsafe',
    /another file/,
  ],
  [
    'a sparse tensor of 2^40 values',
    () => sparseConstant([2 ** 20, 2 ** 20], one('t')),
    'import_limit',
    /1099511627776 values/,
  ],
  ['Loop', () => model({ nodes: [loop] }), 'model_unsafe', /Loop, which can run without end/],
  [
    'Scan in a Scan',
    () => model({ nodes: [scan(node('Scan', ['slice'], ['row'], [attribute.graph('body', scanBody())]))] }),
    'model_unsafe',
    /Scan within another Scan/,
  ],
  [
    'Scan in a function',
    () =>
      model({
        nodes: [node('F', ['x'], ['y'], [], 'own')],
        functions: [fn('own', 'F', [node('Scan', ['a'], ['b'], [attribute.graph('body', scanBody())])])],
      }),
    'model_unsafe',
    /or in a function/,
  ],
  [
    'Loop in a Scan',
    () => model({ nodes: [scan(node('Loop', ['', 'c'], ['row'], [attribute.graph('body', LOOP_BODY)]))] }),
    'model_unsafe',
    /Loop/,
  ],
  ['SequenceMap', () => model({ nodes: [node('SequenceMap', ['x'], ['y'])] }), 'model_unsafe', /SequenceMap/],
  [
    'Loop in a branch',
    () => ifModel(node('Loop', ['', 'c'], ['b'], [attribute.graph('body', LOOP_BODY)])),
    'model_unsafe',
    /Loop/,
  ],
  [
    'Loop in a function',
    () =>
      model({
        nodes: [node('F', ['x'], ['y'], [], 'own')],
        functions: [fn('own', 'F', [node('Loop', ['', 'a'], ['b'], [attribute.graph('body', LOOP_BODY)])])],
      }),
    'model_unsafe',
    /Loop/,
  ],
  [
    'Loop under the other name of the standard domain',
    () => model({ nodes: [node('Loop', ['x'], ['y'], [], 'ai.onnx')] }),
    'model_unsafe',
    /Loop/,
  ],
  [
    'a function in the place of a standard operator',
    () => model({ nodes: [node('Loop', ['x'], ['y'])], functions: [fn('', 'Loop', [node('Abs', ['a'], ['b'])])] }),
    'model_unsafe',
    /redefines the operator Loop/,
  ],
  [
    'a graph in an operator that has none',
    () => model({ nodes: [node('Abs', ['x'], ['y'], [attribute.graph('body', LOOP_BODY)])] }),
    'model_unsafe',
    /Abs to have no graph/,
  ],
  [
    'a foreign domain',
    () => model({ nodes: [node('Evil', ['x'], ['y'], [], 'com.evil')] }),
    'model_unsupported',
    /com\.evil\.Evil/,
  ],
  [
    'an operator of onnxruntime that runs subgraphs',
    () => model({ nodes: [node('BeamSearch', ['x'], ['y'], [], 'com.microsoft')] }),
    'model_unsupported',
    /com\.microsoft\.BeamSearch/,
  ],
  [
    'a function that calls itself',
    () =>
      model({
        nodes: [node('F', ['x'], ['y'], [], 'own')],
        functions: [fn('own', 'F', [node('F', ['a'], ['b'], [], 'own')])],
      }),
    'model_unsafe',
    /function F of the ONNX file calls itself/,
  ],
  ['functions that double 40 times', () => doubling(40), 'import_limit', /expand to more than 100000 nodes/],
  [
    'raw data too short',
    () => withTensor(tensor('w', FLOAT, [5], new Float32Array(4))),
    'model_corrupt',
    /20 bytes for 5 values, found 16/,
  ],
  [
    'raw data too long',
    () => withTensor(tensor('w', FLOAT, [3], new Float32Array(4))),
    'model_corrupt',
    /12 bytes for 3 values, found 16/,
  ],
  [
    'no data',
    () => withTensor(new ProtoWriter().packedInts(1, [9]).int(2, FLOAT).string(8, 'w')),
    'model_corrupt',
    /9 values, found 0/,
  ],
  [
    'values in the wrong field',
    () => withTensor(new ProtoWriter().packedInts(1, [1]).int(2, FLOAT).string(8, 'w').packedInts(7, [1])),
    'model_corrupt',
    /float_data, found int64_data/,
  ],
  [
    'values twice',
    () => withTensor(tensor('w', INT64, [1], new BigInt64Array(1)).packedInts(7, [1])),
    'model_corrupt',
    /values once, found them twice/,
  ],
  ['raw texts', () => withTensor(tensor('w', STRING, [1], new Uint8Array(1))), 'model_corrupt', /texts one by one/],
  [
    'an unknown element type',
    () => withTensor(tensor('w', 99, [1], new Uint8Array(1))),
    'model_corrupt',
    /element type, found 99/,
  ],
  [
    'a negative axis',
    () => withTensor(tensor('w', FLOAT, [-4], new Float32Array(4))),
    'model_corrupt',
    /size 0 or more, found -4/,
  ],
  [
    'axes whose product overflows 64 bits',
    () => withTensor(tensor('w', FLOAT, [2 ** 40, 2 ** 40], new Float32Array(0))),
    'model_corrupt',
    /a size that exists/,
  ],
  [
    'an overflow hidden by an axis of size 0',
    () => withTensor(tensor('w', FLOAT, [2 ** 40, 2 ** 40, 0], new Float32Array(0))),
    'model_corrupt',
    /a size that exists/,
  ],
  ['ConstantOfShape 2^40', () => shaped('ConstantOfShape', [2 ** 20, 2 ** 20]), 'import_limit', /1099511627776 values/],
  [
    'ConstantOfShape with a factor 0 beside',
    () => shaped('ConstantOfShape', [0, 2 ** 40]),
    'import_limit',
    /ConstantOfShape/,
  ],
  ['Expand', () => shaped('Expand', [2 ** 40], ['x', 'shape']), 'import_limit', /Expand/],
  ['Tile', () => shaped('Tile', [2 ** 20, 2 ** 20], ['x', 'shape']), 'import_limit', /Tile/],
  ['Pad', () => shaped('Pad', [0, 0, 0, 2 ** 40], ['x', 'shape']), 'import_limit', /Pad/],
  ['OneHot', () => shaped('OneHot', [2 ** 40], ['x', 'shape', 'x']), 'import_limit', /OneHot/],
  [
    'Range',
    () =>
      model({
        nodes: [node('Range', ['a', 'b', 'c'], ['y'])],
        initializers: [int64s('a', [0]), int64s('b', [2 ** 40]), int64s('c', [1])],
      }),
    'import_limit',
    /Range/,
  ],
  [
    'RandomNormal by an attribute',
    () =>
      model({
        nodes: [node('RandomNormal', [], ['y'], [attribute.ints('shape', [2 ** 40])]), node('Abs', ['x'], ['z'])],
      }),
    'import_limit',
    /RandomNormal/,
  ],
  [
    'a shape from a Constant node behind Cast and Concat',
    () =>
      model({
        nodes: [
          node('Constant', [], ['a'], [attribute.ints('value_ints', [2 ** 20])]),
          node('Cast', ['a'], ['b'], [attribute.int('to', INT64)]),
          node('Concat', ['b', 'b'], ['c'], [attribute.int('axis', 0)]),
          node('ConstantOfShape', ['c'], ['y']),
        ],
      }),
    'import_limit',
    /ConstantOfShape/,
  ],
  [
    'a shape from outside a branch',
    () => {
      const then = branch(node('ConstantOfShape', ['shape'], ['b']), 'b');
      const nodes = [node('Cast', ['x'], ['c']), node('If', ['c'], ['y'], [attribute.graph('then_branch', then)])];
      return model({ nodes, initializers: [int64s('shape', [2 ** 40])] });
    },
    'import_limit',
    /ConstantOfShape/,
  ],
  [
    'trees in a circle',
    () => treeModel({ modes: ['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF'], onTrue: [1, 0, 0], onFalse: [2, 2, 0] }),
    'model_corrupt',
    /circle/,
  ],
  ['a node that is its own child', () => treeModel({ onTrue: [0, 0, 0] }), 'model_corrupt', /circle/],
  [
    'a circle that no root reaches',
    () =>
      treeModel({
        trees: [0, 0, 0, 0],
        ids: [0, 1, 2, 3],
        features: [0, 0, 0, 0],
        modes: ['LEAF', 'BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF'],
        onTrue: [0, 2, 1, 0],
        onFalse: [0, 3, 3, 0],
        targetNodes: [0, 3],
      }),
    'model_corrupt',
    /circle/,
  ],
  ['a child that is not there', () => treeModel({ onTrue: [7, 0, 0] }), 'model_corrupt', /found node 7 of tree 0/],
  [
    'a child in another tree',
    () => treeModel({ trees: [0, 1, 1], ids: [0, 1, 2] }),
    'model_corrupt',
    /nodes that exist/,
  ],
  ['the same node twice', () => treeModel({ ids: [0, 1, 1], onFalse: [1, 0, 0] }), 'model_corrupt', /every node once/],
  ['feature 1e8', () => treeModel({ features: [1e8, 0, 0] }), 'model_corrupt', /feature ids below/],
  [
    'feature 4 of 4 columns',
    () => treeModel({ features: [4, 0, 0] }),
    'model_corrupt',
    /at least 5 columns .* found 4/,
  ],
  ['feature -1', () => treeModel({ features: [-1, 0, 0] }), 'model_corrupt', /feature ids below/],
  [
    'feature 1e7 of unknown width',
    () => treeModel({ features: [1e7, 0, 0] }, ['n', 'k']),
    'model_unsupported',
    /at most 100000 columns, found 10000001/,
  ],
  ['a target that is not there', () => treeModel({ targets: [0, 1] }), 'model_corrupt', /targets below 1, found 1/],
  [
    'a weight at a node that is not there',
    () => treeModel({ targetNodes: [1, 9] }),
    'model_corrupt',
    /node 9 of tree 0/,
  ],
  [
    'more base values than targets',
    () => treeModel({ base: [0.5, 0.5] }),
    'model_corrupt',
    /at most 1 base values, found 2/,
  ],
  ['lists of other lengths', () => treeModel({ features: [0] }), 'model_corrupt', /3 entries in features, found 1/],
  [
    'an unknown mode',
    () => treeModel({ modes: ['BRANCH_EVIL', 'LEAF', 'LEAF'] }),
    'model_corrupt',
    /mode, found "BRANCH_EVIL"/,
  ],
  ['a tree of 200,000 levels', () => chain(200_000), 'import_limit', /deeper than/],
  [
    'arrays: a child out of range',
    () => v5({ onTrue: attribute.ints('nodes_truenodeids', [2]) }),
    'model_corrupt',
    /children below 2, found 2/,
  ],
  ['arrays: a circle', () => v5({ trueLeafs: attribute.ints('nodes_trueleafs', [0]) }), 'model_corrupt', /circle/],
  [
    'arrays: a root out of range',
    () => v5({ roots: attribute.ints('tree_roots', [1]) }),
    'model_corrupt',
    /roots below 1/,
  ],
  [
    'arrays: a feature out of range',
    () => v5({ features: attribute.ints('nodes_featureids', [4]) }),
    'model_corrupt',
    /at least 5 columns/,
  ],
  [
    'arrays: a target out of range',
    () => v5({ targets: attribute.ints('leaf_targetids', [0, 1]) }),
    'model_corrupt',
    /targets below 1/,
  ],
  [
    'arrays: an unknown mode',
    () => v5({ modes: attribute.tensor('nodes_modes', tensor('m', 2, [1], Uint8Array.of(9))) }),
    'model_corrupt',
    /modes from 0 to 6, found 9/,
  ],
  [
    'arrays: a set of members that is not there',
    () => v5({ modes: attribute.tensor('nodes_modes', tensor('m', 2, [1], Uint8Array.of(6))) }),
    'model_corrupt',
    /1 sets of members, found 0/,
  ],
  [
    'arrays: weights missing',
    () => v5({ weights: attribute.tensor('leaf_weights', one('lw')) }),
    'model_corrupt',
    /2 leaf_weights, found 1/,
  ],
  [
    'an attribute that says it is of another type',
    () => v5({ roots: attribute.floats('tree_roots', [0]) }),
    'model_corrupt',
    /attribute tree_roots .* type 7, found 6/,
  ],
  [
    'a linear classifier with too few coefficients',
    () =>
      linear('LinearClassifier', [
        attribute.floats('coefficients', [1, 2, 3]),
        attribute.floats('intercepts', [0, 0]),
        attribute.ints('classlabels_ints', [0, 1]),
      ]),
    'model_corrupt',
    /multiple of 2 coefficients, found 3/,
  ],
  [
    'a linear classifier of more columns than there are',
    () =>
      linear('LinearClassifier', [
        attribute.floats('coefficients', new Array<number>(10).fill(1)),
        attribute.floats('intercepts', [0, 0]),
        attribute.ints('classlabels_ints', [0, 1]),
      ]),
    'model_corrupt',
    /5 columns for LinearClassifier, found 4/,
  ],
  [
    'a support vector machine with too few coefficients',
    () =>
      linear('SVMClassifier', [
        attribute.ints('vectors_per_class', [1, 1]),
        attribute.floats('support_vectors', new Array<number>(8).fill(1)),
        attribute.floats('coefficients', [1]),
        attribute.floats('rho', [0]),
        attribute.ints('classlabels_ints', [0, 1]),
      ]),
    'model_corrupt',
    /2 coefficients, found 1/,
  ],
  [
    'a value that nothing makes',
    () => model({ nodes: [node('Abs', ['z'], ['y'])] }),
    'model_corrupt',
    /known before it, found "z"/,
  ],
  ['nodes in a circle', () => model({ nodes: [node('Add', ['x', 'y'], ['y'])] }), 'model_corrupt', /known before it/],
  [
    'a value made twice',
    () => model({ nodes: [ABS, node('Neg', ['x'], ['y'])] }),
    'model_corrupt',
    /every value once, found "y" twice/,
  ],
  [
    'an output that nothing makes',
    () => model({ nodes: [node('Abs', ['x'], ['z'])] }),
    'model_corrupt',
    /the graph to make "y"/,
  ],
  [
    'inputs of one name',
    () => model({ nodes: [ABS], inputs: [value('x', FLOAT, [1]), value('x', FLOAT, [1])] }),
    'model_corrupt',
    /inputs with names/,
  ],
  [
    'no inputs',
    () => model({ nodes: [node('Abs', ['w'], ['y'])], initializers: [one('w')], inputs: [] }),
    'model_unsupported',
    /with inputs, found none/,
  ],
  ['no outputs', () => model({ nodes: [ABS], outputs: [] }), 'model_unsupported', /with outputs, found none/],
  [
    'a training graph',
    () => model({ nodes: [ABS], extra: (whole) => whole.string(20, '') }),
    'model_unsupported',
    /training/,
  ],
  [
    'too many nodes',
    () => model({ nodes: Array.from({ length: GUARD_LIMITS.nodes + 1 }, (_, i) => node('Abs', ['x'], [`n${i}`])) }),
    'import_limit',
    /more than 100000 nodes/,
  ],
  [
    '10,001 inputs',
    () =>
      model({ nodes: [ABS], inputs: ['x', ...Array(10_000).keys()].map((name) => value(String(name), FLOAT, [1])) }),
    'import_limit',
    /10001/,
  ],
];

describe('guardModel', () => {
  it.each(HOSTILE)('refuses %s', (_, make, code, message) => {
    const bytes = make();
    let refusal: AppError | undefined;
    const tookMs = processorMs(() => {
      try {
        importOnnx(bytes);
      } catch (error) {
        refusal = error as AppError;
      }
    });
    expect(refusal?.message).toMatch(message);
    expect(refusal?.code).toBe(code);
    expect(refusal!.message.length).toBeLessThan(300);
    expect(tookMs).toBeLessThan(2000);
  });

  it('lets sound models of the same kinds pass', () => {
    const sound = [
      withTensor(tensor('w', FLOAT, [4], new Float32Array(4))),
      sparseConstant([4], one('t')),
      ifModel(node('Abs', ['x'], ['b'])),
      model({ nodes: [scan()] }),
      doubling(10),
      shaped('Expand', [8, 4], ['x', 'shape']),
      treeModel(),
      chain(2000),
      v5(),
      linear('LinearClassifier', [
        attribute.floats('coefficients', [1, 2, 3, 4]),
        attribute.floats('intercepts', [0]),
        attribute.ints('classlabels_ints', [0, 1]),
      ]),
      model({ nodes: [node('Gelu', ['x'], ['y'], [], 'com.microsoft')] }),
      // Converters write the categories of a split as nodes that share a child.
      treeModel({
        trees: [0, 0, 0, 0],
        ids: [0, 1, 2, 3],
        features: [0, 0, 0, 0],
        modes: ['BRANCH_EQ', 'BRANCH_EQ', 'LEAF', 'LEAF'],
        onTrue: [2, 2, 0, 0],
        onFalse: [1, 3, 0, 0],
        targetNodes: [2, 3],
      }),
    ];
    for (const bytes of sound) expect(() => guardModel(readOnnx(bytes))).not.toThrow();
  });
});
