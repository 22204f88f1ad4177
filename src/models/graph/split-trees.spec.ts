import { basename } from 'node:path';
import { graphOf } from '../../../test/golden/graph/graphs';
import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import { goldenPickles, importServed } from '../../../test/support/golden-models';
import type { Tensor } from '../../common/tensor';
import type { Forest } from '../../common/trees/tree-ensemble';
import { compileTreeKernel } from '../../common/trees/tree-kernel';
import { readTreeSplit, type TreeSplit } from '../../common/trees/tree-split';
import { readOnnx } from '../formats/onnx/read-onnx';
import type { GraphBuilder } from './graph-builder';
import type { Graph, ValueId } from './ir';
import { depthOfTrees, splitTrees } from './split-trees';

/** Of scikit-learn's models: those that trees may be in. */
const MAY_HAVE_TREES = /forest|boost|tree|bagging|stacking|voting|sample/i;
const PICKLES = [
  ...['sklearn/1.9.1', 'sklearn/0.24.2'].flatMap(goldenPickles).filter((path) => MAY_HAVE_TREES.test(basename(path))),
  ...['xgboost/3.4.1', 'lightgbm/4.7.0'].flatMap(goldenPickles),
];

/** Trees that are full down to some level, each on another feature. */
function fullTrees(count: number, levels: number): Forest {
  const size = 2 ** (levels + 1) - 1;
  const ids = Array.from({ length: count * size }, (_, id) => id);
  const isLeaf = (id: number): boolean => id % size >= 2 ** levels - 1;
  const child = (id: number, side: number): number => Math.floor(id / size) * size + 2 * (id % size) + side;
  return {
    roots: Int32Array.from({ length: count }, (_, tree) => tree * size),
    left: Int32Array.from(ids, (id) => (isLeaf(id) ? -1 : child(id, 1))),
    right: Int32Array.from(ids, (id) => (isLeaf(id) ? id % 5 : child(id, 2))),
    feature: Int32Array.from(ids, (id) => id % 2),
    threshold: Float64Array.from(ids, (id) => (id % 7) / 7),
    missingLeft: new Uint8Array(ids.length),
    leafValues: Float64Array.of(0.1, 0.2, 0.7, -0.3, 1e-9),
    stride: 1,
    target: new Int32Array(count),
  };
}

const trees = (b: GraphBuilder, x: ValueId, count = 20): ValueId =>
  b.trees({
    x,
    forest: fullTrees(count, 3),
    compare: 'le',
    round32: true,
    accumulate: 'f64',
    base: Float64Array.of(0.5),
    scale: 0.1,
    divisor: 3,
  });

const split = (build: (b: GraphBuilder, x: ValueId) => ValueId): TreeSplit | null => splitTrees(graphOf(2, build));

describe('a graph parted at its trees', () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  /** Answers of the parts in their turn, with the trees by the kernel. */
  async function answer({ head, ensembles, tail }: TreeSplit, names: string[], inputs: Tensor[]): Promise<Tensor[]> {
    const tensors = new Map(names.map((name, i) => [name, inputs[i]!]));
    const rows = inputs[0]!.shape[0]!;
    const run = async (onnx: Uint8Array): Promise<Tensor[]> => {
      const used = namesIn(onnx, [...tensors.keys()]);
      return ort.run(
        onnx,
        used,
        used.map((name) => tensors.get(name)!),
      );
    };
    if (head) {
      const made = [...new Set(ensembles.map(({ input }) => input))].filter((name) => !tensors.has(name));
      (await run(head)).forEach((tensor, i) => tensors.set(made[i]!, tensor));
    }
    for (const { ensemble, input, features, output } of ensembles) {
      const width = ensemble.base.length;
      const data = new Float64Array(rows * width);
      compileTreeKernel(ensemble, features)!(tensors.get(input)!.data as Float64Array, rows, data);
      tensors.set(output, { datatype: 'FP64', shape: [rows, width], data });
    }
    return run(tail);
  }

  it('answers to the last bit what onnxruntime answers to the whole graph, for every golden model that has one', async () => {
    const seen = { models: 0, heads: 0, several: 0, floats: 0 };
    for (const file of PICKLES) {
      const model = importServed(file);
      if (!model?.treeSplit || !model.parity) continue;
      const { onnx, parity, signature } = model;
      const parts = readTreeSplit(model.treeSplit);
      seen.models++;
      if (parts.head) seen.heads++;
      if (parts.ensembles.length > 1) seen.several++;
      if (parts.ensembles.some(({ ensemble }) => ensemble.accumulate === 'f32')) seen.floats++;
      const names = signature.inputs.map(({ name }) => name);
      const whole = await ort.run(onnx, names, parity.inputs);
      expect({ file, answers: await answer(parts, names, parity.inputs) }).toEqual({ file, answers: whole });
    }
    expect(seen.models).toBeGreaterThan(40);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(2);
  });

  it('has no head where the trees read the rows themselves', () => {
    expect(split((b, x) => trees(b, x))).toMatchObject({ head: null, splitsOfRow: 60, ensembles: [{ input: 'X' }] });
    const behind = split((b, x) => trees(b, b.unary('sqrt', x)));
    expect(behind?.head).not.toBeNull();
    expect(behind?.ensembles).toMatchObject([{ input: '__modelport_rows_0', features: 2 }]);
  });

  it('reads a value once that several ensembles read, and leaves those to the runtime that read others', () => {
    const twice = split((b, x) => {
      const y = b.unary('sqrt', x);
      return b.concat([trees(b, y), trees(b, y, 30)]);
    });
    expect(twice?.ensembles.map(({ input }) => input)).toEqual(['__modelport_rows_0', '__modelport_rows_0']);
    const stacked = split((b, x) => {
      const below = trees(b, x);
      return trees(b, b.concat([below, below]));
    });
    expect(stacked?.ensembles).toHaveLength(1);
  });

  it('is for graphs with trees: neither few nor very many, and for rows', () => {
    expect(split((b, x) => b.unary('sqrt', x))).toBeNull();
    expect(split((b, x) => trees(b, x, 10))).toBeNull();
    expect(split((b) => trees(b, b.row([1, 2])))).toBeNull();
    const many = (count: number) => split((b, x) => b.concat(Array.from({ length: count }, () => trees(b, x))));
    expect(many(32)?.ensembles).toHaveLength(32);
    expect(many(33)).toBeNull();
    const dead: Graph = graphOf(2, (b, x) => {
      trees(b, x);
      return b.unary('neg', x);
    });
    expect(splitTrees(dead)).toBeNull();
  });

  it('knows the depth of trees', () => {
    expect(depthOfTrees(fullTrees(3, 4))).toBe(12);
    expect(depthOfTrees(fullTrees(2, 0))).toBe(0);
  });
});

/** Those of the names that are inputs of a graph. */
function namesIn(onnx: Uint8Array, names: string[]): string[] {
  const inputs = new Set(readOnnx(onnx).graph.inputs.map(({ name }) => name));
  return names.filter((name) => inputs.has(name));
}
