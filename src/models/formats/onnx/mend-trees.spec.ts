import {
  attribute,
  FLOAT,
  fn,
  graph,
  INT64,
  model,
  node,
  tensor,
  value,
  branch,
} from '../../../../test/support/onnx-model';
import type { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';
import { makeServable } from './make-servable';

/** A tree of one split; its leaves add `weights` to the scores of `ids`. */
function classifier(labels: ProtoWriter, ids: number[], weights = [0.25, 0.75]): ProtoWriter {
  const attributes = [
    attribute.ints('class_ids', ids),
    attribute.floats('class_weights', weights),
    attribute.string('post_transform', 'NONE'),
    labels,
  ];
  return node('TreeEnsembleClassifier', ['x'], ['l', 'y'], attributes, 'ai.onnx.ml');
}

/** A root with one leaf on both sides. */
function singleLeaf(): ProtoWriter {
  const attributes = [
    attribute.ints('tree_roots', [0]),
    ...['nodes_truenodeids', 'nodes_falsenodeids', 'leaf_targetids'].map((name) => attribute.ints(name, [0])),
    ...['nodes_trueleafs', 'nodes_falseleafs'].map((name) => attribute.ints(name, [1])),
    attribute.tensor('leaf_weights', tensor('', FLOAT, [1], Float32Array.of(0.5))),
  ];
  return node('TreeEnsemble', ['x'], ['y'], attributes, 'ai.onnx.ml');
}

const numbers = (...labels: number[]): ProtoWriter => attribute.ints('classlabels_int64s', labels);
const texts = (...labels: string[]): ProtoWriter => attribute.strings('classlabels_strings', labels);
const choice = (inner: ProtoWriter): ProtoWriter =>
  node('If', ['c'], ['y'], [attribute.graph('then_branch', branch(inner, 'y'))]);

function served(inner: ProtoWriter, functions: ProtoWriter[] = []): string[][] {
  const { bytes } = makeServable(readOnnx(model({ nodes: [inner], functions })));
  return readOnnx(bytes).graph.nodes.map(({ opType, outputs }) => [opType, ...outputs]);
}

describe('trees that the runtime answers wrong', () => {
  it('completes shares of one class and picks the greater', () => {
    expect(served(classifier(texts('no', 'yes'), [0, 0]))).toEqual([
      ['TreeEnsembleClassifier', 'l/unused', 'l/given'],
      ['Constant', 'l/second'],
      ['Gather', 'l/share'],
      ['Constant', 'l/one'],
      ['Sub', 'l/other'],
      ['Concat', 'y'],
      ['ArgMax', 'l/index'],
      ['Constant', 'l/classes'],
      ['Gather', 'l'],
    ]);
  });

  it('picks the greater of two scores, and takes no name that is in use', () => {
    const nodes = [classifier(numbers(3, 7), [0, 1]), node('Abs', ['x'], ['l/index'])];
    const outputs = [value('l', INT64, ['n']), value('y', FLOAT, ['n', 2])];
    const after = readOnnx(makeServable(readOnnx(model({ nodes, outputs }))).bytes).graph.nodes;
    expect(after.flatMap(({ outputs }) => outputs)).toEqual(['l/unused', 'y', 'l/index_', 'l/classes', 'l', 'l/index']);
  });

  it('refuses to write numbers of classes anew that it cannot hold', () => {
    expect(() => served(classifier(numbers(3, 2 ** 53), [0, 1]))).toThrow(/TreeEnsembleClassifier .* below 2\^53/);
  });

  it('leaves more than two classes alone', () => {
    expect(served(classifier(numbers(3, 5, 7), [0, 1]))).toEqual([['TreeEnsembleClassifier', 'l', 'y']]);
  });

  it.each([
    ['shares of one class', classifier(texts('no', 'yes'), [1, 1])],
    ['numbers that are not 0 and 1', classifier(numbers(3, 7), [0, 1])],
    ['classes that a caller of the function gives', classifier(numbers(), [0, 1])],
    ['a tree of one leaf', singleLeaf()],
  ])('refuses %s in a branch, a branch within one and a function', (_, inner) => {
    const deep = graph({
      nodes: [choice(inner)],
      initializers: [],
      inputs: [],
      outputs: [value('y', FLOAT, ['n', 4])],
    });
    const byDefault = attribute.graph('branch', branch(inner, 'y'));
    const places: [ProtoWriter, ProtoWriter[]][] = [
      [choice(inner), []],
      [node('If', ['c'], ['y'], [attribute.graph('else_branch', deep)]), []],
      [node('f', ['x'], ['y'], [], 'own'), [fn('own', 'f', [inner])]],
      [node('f', ['x'], ['y'], [], 'own'), [fn('own', 'f', [node('Abs', ['x'], ['y'])]).message(11, byDefault)]],
    ];
    for (const [outer, functions] of places) {
      expect(() => served(outer, functions)).toThrow(/within a branch or a function.*would answer wrong; export/);
    }
  });

  it.each([
    ['text', classifier(texts('no', 'yes'), [0, 1])],
    ['0 and 1', classifier(numbers(0, 1), [0, 1])],
    ['more than two', classifier(numbers(3, 5, 7), [0, 1])],
  ])('leaves scores of classes that are %s alone in a branch', (_, inner) => {
    expect(served(choice(inner))).toEqual([['If', 'y']]);
  });
});
