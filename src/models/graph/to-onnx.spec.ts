import { graphOf, plain } from '../../../test/golden/graph/graphs';
import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import type { Tensor } from '../../common/tensor';
import { readOnnx } from '../formats/onnx/read-onnx';
import { compileEvaluator } from './evaluate';
import { GraphBuilder } from './graph-builder';
import type { Forest } from '../../common/trees/tree-ensemble';
import type { Graph, TreesNode, ValueId } from './ir';
import { toOnnx } from './to-onnx';

function matrix(rows: number[][]): Tensor {
  return { datatype: 'FP64', shape: [rows.length, rows[0]!.length], data: Float64Array.from(rows.flat()) };
}

/** [feature, threshold, left, right] or the payload of a leaf. */
type Tree = number[] | [number, number, Tree, Tree];

function forestOf(trees: Tree[], stride: number, target: number[]): Forest {
  const nodes: number[][] = [];
  const leafValues: number[] = [];
  const add = (tree: Tree): number => {
    const id = nodes.length;
    if (!Array.isArray(tree[2])) {
      nodes.push([-1, leafValues.length / stride, -2, 0]);
      leafValues.push(...(tree as number[]));
      return id;
    }
    nodes.push([]);
    const [feature, threshold, left, right] = tree as [number, number, Tree, Tree];
    nodes[id] = [add(left), add(right), feature, threshold];
    return id;
  };
  const roots = Int32Array.from(trees, add);
  const column = (i: number): number[] => nodes.map((node) => node[i]!);
  return {
    roots,
    left: Int32Array.from(column(0)),
    right: Int32Array.from(column(1)),
    feature: Int32Array.from(column(2)),
    threshold: Float64Array.from(column(3)),
    missingLeft: new Uint8Array(nodes.length),
    leafValues: Float64Array.from(leafValues),
    stride,
    target: Int32Array.from(target),
  };
}

function treesGraph(width: number, forest: Forest, more: Partial<TreesNode> & { base: Float64Array }): Graph {
  return graphOf(width, (b, x) =>
    b.trees({ x, forest, compare: 'le', round32: false, accumulate: 'f64', scale: 1, divisor: 1, ...more }),
  );
}

describe(toOnnx, () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  async function both(graph: Graph, inputs: Tensor[]): Promise<{ onnx: Tensor[]; evaluated: Tensor[] }> {
    const names = graph.nodes.flatMap((node) => (node.op === 'input' ? [node.name] : []));
    const onnx = await ort.run(toOnnx(graph), names, inputs);
    return { onnx, evaluated: compileEvaluator(graph)(inputs, inputs[0]!.shape[0]!) };
  }

  it('names inputs and outputs as the graph does, also where inner values would take the names', async () => {
    const b = new GraphBuilder();
    const sum = b.binary('add', b.input('v0', 'f64', 1), b.input('v1', 'f64', 1));
    const graph: Graph = {
      task: 'regression',
      nodes: b.nodes,
      outputs: [
        { name: 'v2', value: b.binary('mul', sum, b.scalar(2)), role: 'value', squeeze: true },
        { name: 'v3', value: sum, role: 'other', squeeze: false },
      ],
      features: [],
      probes: { values: [] },
    };
    const { onnx } = await both(graph, [matrix([[1], [2]]), matrix([[10], [20]])]);
    expect(onnx.map(({ shape, data }) => [shape, plain(data)])).toEqual([
      [[2], [22, 44]],
      [
        [2, 1],
        [11, 22],
      ],
    ]);
    expect(readOnnx(toOnnx(graph)).graph.outputs.map(({ name }) => name)).toEqual(['v2', 'v3']);
  });

  it('answers a row for each row of the batch though nothing depends on the input', async () => {
    const b = new GraphBuilder();
    b.input('X', 'f64', 3);
    const label = b.label(b.argmax(b.row([0.2, 0.8])), ['no', 'yes']);
    const graph: Graph = {
      task: 'classification',
      nodes: b.nodes,
      outputs: [
        { name: 'label', value: label, role: 'label', classes: ['no', 'yes'], squeeze: true },
        { name: 'probabilities', value: b.row([0.2, 0.8]), role: 'probabilities', squeeze: true },
      ],
      features: [],
      probes: { values: [] },
    };
    const { onnx, evaluated } = await both(graph, [
      matrix([
        [1, 2, 3],
        [4, 5, 6],
        [NaN, 0, 0],
      ]),
    ]);
    expect(onnx.map(({ shape, data }) => [shape, plain(data)])).toEqual([
      [[3], ['yes', 'yes', 'yes']],
      [
        [3, 2],
        [0.2, 0.8, 0.2, 0.8, 0.2, 0.8],
      ],
    ]);
    expect(evaluated.map(({ data }) => plain(data))).toEqual(onnx.map(({ data }) => plain(data)));
  });

  it.each([
    ['left', [0, 0.5, [5], [0, 0.7, [6], [7]]] as Tree],
    ['right', [0, 0.5, [0, 0.3, [5], [6]], [7]] as Tree],
  ])('is not misread where a root has a leaf %s and a split of the same number below it', async (side, tree) => {
    // Leaves and splits are numbered apart; the trees before shift the numbers so that some root has the clash.
    for (let stumps = 0; stumps < 3; stumps++) {
      const before: Tree[] = [...Array.from({ length: stumps }, (): Tree => [1]), [0, 0, [0], [0]], [0, 0, [0], [0]]];
      for (let splits = 0; splits <= before.length; splits++) {
        const trees = [...before.slice(splits), tree];
        const forest = forestOf(
          trees,
          1,
          trees.map(() => 0),
        );
        const { onnx, evaluated } = await both(treesGraph(1, forest, { base: Float64Array.of(0) }), [
          matrix([[0.2], [0.4], [0.6], [0.9]]),
        ]);
        expect([side, stumps, splits, ...plain(onnx[0]!.data)]).toEqual([
          side,
          stumps,
          splits,
          ...plain(evaluated[0]!.data),
        ]);
      }
    }
  });

  it('sums wide payloads in groups of trees, at the columns that each tree is for', async () => {
    const trees = Array.from({ length: 9 }, (_, t): Tree => [t % 2, t / 4, Array(300).fill(t), Array(300).fill(-t)]);
    const forest = forestOf(
      trees,
      300,
      trees.map((_, t) => t % 3),
    );
    const graph = treesGraph(2, forest, { base: new Float64Array(302).fill(0.5), scale: 0.25, divisor: 2 });
    const { onnx, evaluated } = await both(graph, [
      matrix([
        [0, 1],
        [1, 1],
        [2, 0],
      ]),
    ]);
    expect(plain(onnx[0]!.data)).toEqual(plain(evaluated[0]!.data));
    expect(readOnnx(toOnnx(graph)).graph.nodes.filter(({ opType }) => opType === 'ReduceSum')).toHaveLength(3);
  });

  it('leaves out nodes that no root reaches and values that no output needs', () => {
    const forest = forestOf([[0, 0.5, [1], [2]]], 1, [0]);
    const orphaned: Forest = {
      ...forest,
      left: Int32Array.of(...forest.left, -1),
      right: Int32Array.of(...forest.right, 0),
      feature: Int32Array.of(...forest.feature, 0),
      threshold: Float64Array.of(...forest.threshold, 0),
      missingLeft: new Uint8Array(4),
    };
    const base = Float64Array.of(0);
    const dead = (b: GraphBuilder, x: ValueId): ValueId => b.binary('add', x, b.row([1, 2]));
    const graph = (of: Forest, more: typeof dead): Uint8Array =>
      toOnnx(
        graphOf(2, (b, x) => {
          more(b, x);
          return b.trees({
            x,
            forest: of,
            base,
            compare: 'le',
            round32: false,
            accumulate: 'f64',
            scale: 1,
            divisor: 1,
          });
        }),
      );
    expect(graph(orphaned, dead)).toEqual(graph(forest, (_, x) => x));
  });

  it('says who made it', () => {
    const file = Buffer.from(
      toOnnx(
        graphOf(1, (_, x) => x),
        { framework: 'scikit-learn' },
      ),
    ).toString('latin1');
    for (const text of ['producer', 'modelport', 'framework', 'scikit-learn']) expect(file).toContain(text);
  });

  it('refuses a graph without inputs or with one name for two things', () => {
    const b = new GraphBuilder();
    const graph: Graph = {
      task: 'unknown',
      nodes: b.nodes,
      outputs: [{ name: 'y', value: b.scalar(1), role: 'value', squeeze: true }],
      features: [],
      probes: { values: [] },
    };
    expect(() => toOnnx(graph)).toThrow('at least one input');
    const x = graphOf(1, (_, value) => value);
    x.outputs[0]!.name = 'X';
    expect(() => toOnnx(x)).toThrow('found X, X');
  });
});
