import { attribute, FLOAT, INT64, model, node, value } from '../../../test/support/onnx-model';
import type { ProtoWriter } from '../formats/onnx/proto-writer';
import { readOnnx } from '../formats/onnx/read-onnx';
import { splitUploaded } from './split-uploaded';

const TREES = 40;

interface Lists {
  modes: string[];
  values: number[];
  onTrue: number[];
  onFalse: number[];
  weightNodes: number[];
  weightIds: number[];
  weights: number[];
  trees: number[];
}

/** Forty trees of one split, each of which adds 1 or 2. */
const STUMPS: Lists = {
  modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
  values: [0.5, 0, 0],
  onTrue: [1, 0, 0],
  onFalse: [2, 0, 0],
  weightNodes: [1, 2],
  weightIds: [0, 0],
  weights: [1, 2],
  trees: Array.from({ length: TREES }, (_, tree) => tree),
};

function trees(change: Partial<Lists>, more: ProtoWriter[] = [], output = 'y', input = 'x'): ProtoWriter {
  const lists = { ...STUMPS, ...change };
  const nodes = lists.modes.length;
  const all = <T>(list: T[]): T[] => lists.trees.flatMap(() => list);
  const each = (count: number): number[] => lists.trees.flatMap((tree) => new Array<number>(count).fill(tree));
  const attributes = [
    attribute.ints('nodes_treeids', each(nodes)),
    attribute.ints('nodes_nodeids', all(Array.from({ length: nodes }, (_, id) => id))),
    attribute.ints('nodes_featureids', all(new Array<number>(nodes).fill(1))),
    attribute.strings('nodes_modes', all(lists.modes)),
    attribute.floats('nodes_values', all(lists.values)),
    attribute.ints('nodes_truenodeids', all(lists.onTrue)),
    attribute.ints('nodes_falsenodeids', all(lists.onFalse)),
    attribute.ints('target_treeids', each(lists.weightNodes.length)),
    attribute.ints('target_nodeids', all(lists.weightNodes)),
    attribute.ints('target_ids', all(lists.weightIds)),
    attribute.floats('target_weights', all(lists.weights)),
    attribute.int('n_targets', Math.max(...lists.weightIds) + 1),
    ...more,
  ];
  return node('TreeEnsembleRegressor', [input], [output], attributes, 'ai.onnx.ml');
}

const split = (nodes: ProtoWriter[], type = FLOAT) =>
  splitUploaded(readOnnx(model({ nodes, inputs: [value('x', type, ['n', 4])] })));

describe('splitUploaded', () => {
  it('parts a graph at its trees, with a head for what stands before them', () => {
    const found = split([
      node('Neg', ['x'], ['negative']),
      trees({}, [], 'sum', 'negative'),
      node('Add', ['sum', 'x'], ['y']),
    ]);
    expect(found).toMatchObject({ splitsOfRow: TREES, maxRows: Infinity });
    const [ensemble] = found!.ensembles;
    expect(ensemble).toMatchObject({ input: 'negative', features: 2, isFloat: true, inTurn: true });
    const names = (bytes: Uint8Array, what: 'inputs' | 'outputs'): string[] =>
      readOnnx(bytes).graph[what].map(({ name }) => name);
    expect([names(found!.head!, 'inputs'), names(found!.head!, 'outputs')]).toEqual([['x'], ['negative']]);
    expect([names(found!.tail, 'inputs'), names(found!.tail, 'outputs')]).toEqual([['x', ensemble!.output], ['y']]);
    expect(readOnnx(found!.tail).graph.nodes.map(({ opType }) => opType)).toEqual(['Identity', 'Add']);
  });

  it('turns every comparison to <=', () => {
    const forestOf = (mode: string) => split([trees({ modes: [mode, 'LEAF', 'LEAF'] })])!.ensembles[0]!.ensemble.forest;
    const below = 0.5 - 2 ** -25;
    expect([
      forestOf('BRANCH_LEQ'),
      forestOf('BRANCH_LT'),
      forestOf('BRANCH_GT'),
      forestOf('BRANCH_GTE'),
    ]).toMatchObject([
      { threshold: { 0: 0.5 }, leafValues: { 0: 1, 1: 2 }, missingLeft: { 0: 0 } },
      { threshold: { 0: below }, leafValues: { 0: 1, 1: 2 }, missingLeft: { 0: 0 } },
      { threshold: { 0: 0.5 }, leafValues: { 0: 2, 1: 1 }, missingLeft: { 0: 1 } },
      { threshold: { 0: below }, leafValues: { 0: 2, 1: 1 }, missingLeft: { 0: 1 } },
    ]);
  });

  it.each<[string, ProtoWriter[]]>([
    ['a split on equality', [trees({ modes: ['BRANCH_EQ', 'LEAF', 'LEAF'] })]],
    ['a threshold that is no number', [trees({ values: [NaN, 0, 0] })]],
    ['a node with two parents', [trees({ onFalse: [1, 0, 0] })]],
    ['a leaf without a number', [trees({ weightNodes: [1], weightIds: [0], weights: [1] })]],
    ['two numbers for one target', [trees({ weightNodes: [1, 2, 2], weightIds: [0, 0, 0], weights: [1, 2, 3] })]],
    ['an infinite number', [trees({ weights: [1, Infinity] })]],
    ['sums near the largest float', [trees({ weights: [1, 3e37] })]],
    ['a tree in two pieces', [trees({ trees: [...STUMPS.trees, 0] })]],
    ['the least of the trees', [trees({}, [attribute.string('aggregate_function', 'MIN')])]],
    ['a probit', [trees({}, [attribute.string('post_transform', 'PROBIT')])]],
    ['few trees', [trees({ trees: [0, 1, 2] })]],
  ])('leaves %s to the runtime', (_what, nodes) => {
    expect(split(nodes)).toBeNull();
  });

  it('leaves whole numbers to the runtime', () => {
    expect(split([trees({})], INT64)).toBeNull();
  });
});
