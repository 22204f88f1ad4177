import { graphOf } from '../../test/golden/graph/graphs';
import { OnnxProcess } from '../../test/golden/graph/onnx-process';
import { goldenPickles, importServed } from '../../test/support/golden-models';
import type { Tensor } from '../common/tensor';
import type { InlineModel } from '../inference/inline/inline-model';
import type { GraphBuilder } from './graph/graph-builder';
import type { TreesNode, ValueId } from './graph/ir';
import { readInlineGraph, writeInlineGraph } from './inline-graph';

/** Every so many of them: each is asked for all of its probe rows. */
const STEP = 6;
const PICKLES = ['sklearn/1.9.1', 'sklearn/1.2.2', 'xgboost/3.4.1', 'lightgbm/4.7.0'].flatMap((folder) =>
  goldenPickles(folder).filter((_, i) => i % STEP === 0),
);

/** Answers all rows one by one, as plain numbers and texts. */
function answers(model: InlineModel, { data, shape }: Tensor): (number | string)[][] {
  const width = shape[1] ?? 0;
  const outputs = [...model.outputs.values()].map(({ data: values, dims }) => ({ values, width: dims[1] ?? 1 }));
  const found = outputs.map((): (number | string)[] => []);
  for (let row = 0; row < (shape[0] ?? 0); row++) {
    model.input.set((data as Float64Array).subarray(row * width, (row + 1) * width));
    model.run(1);
    outputs.forEach(({ values, width: columns }, i) => {
      for (let j = 0; j < columns; j++) found[i]!.push(values[j] as number | string);
    });
  }
  return found;
}

describe('an inline graph', () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  it('answers to the last bit what onnxruntime answers, for golden models that have one', async () => {
    let eligible = 0;
    for (const file of PICKLES) {
      const model = importServed(file);
      if (!model?.inlineGraph || !model.parity) continue;
      const { inlineGraph, onnx, parity, signature } = model;
      eligible++;
      const names = signature.inputs.map(({ name }) => name);
      const wanted = await ort.run(onnx, names, parity.inputs);
      const found = answers(readInlineGraph(inlineGraph)!, parity.inputs[0]!);
      const plain = wanted.map(({ data }) =>
        Array.from<unknown>(data).map((v) => (typeof v === 'string' ? v : Number(v))),
      );
      // toEqual tells 0 from -0 and takes NaN for equal.
      expect({ file, found }).toEqual({ file, found: plain });
    }
    expect(eligible).toBeGreaterThan(15);
  });

  const written = (build: (b: GraphBuilder, x: ValueId) => ValueId, text = false): Uint8Array | null => {
    const data = text ? ['a', 'b'] : Float64Array.of(1, 2, 3, 4);
    const probes: Tensor = { datatype: text ? 'BYTES' : 'FP64', shape: text ? [1, 2] : [2, 2], data };
    return writeInlineGraph(graphOf(2, build, { text }), [probes]);
  };

  it('is made of what every back end rounds alike', () => {
    expect(written((b, x) => b.binary('div', b.unary('sqrt', x), b.row([3, 7])))).not.toBeNull();
    expect(written((b, x) => b.unary('exp', x))).toBeNull();
    expect(written((b, x) => b.binary('pow', x, b.scalar(2)))).toBeNull();
    expect(written((b, x) => b.softmax(x))).toBeNull();
    expect(written((b, x) => b.reduce('sum', x))).toBeNull();
    expect(written((b, x) => b.matmul(x, Float64Array.of(1, 2), 1))).toBeNull();
  });

  it('takes one table of numbers', () => {
    expect(written((_, x) => x, true)).toBeNull();
    expect(
      writeInlineGraph(
        graphOf(2, (b, x) => b.unary('neg', x)),
        [],
      ),
    ).toBeNull();
  });

  it('is small, and its rows pass few splits', () => {
    expect(written(trees(5_000))).not.toBeNull();
    expect(written(trees(5_001))).toBeNull();
    expect(written((b, x) => b.concat([x, b.row(new Float64Array(60_000))]))).not.toBeNull();
    expect(written((b, x) => b.concat([x, b.row(new Float64Array(70_000))]))).toBeNull();
  });

  it('has no base of trees in double precision, which onnxruntime adds last', () => {
    expect(written(trees(1, { base: Float64Array.of(0.5) }))).toBeNull();
    expect(written(trees(1, { base: Float64Array.of(0.5), accumulate: 'f32' }))).not.toBeNull();
  });
});

/** Trees of one split each. */
function trees(count: number, more: Partial<TreesNode> = {}): (b: GraphBuilder, x: ValueId) => ValueId {
  return (b, x) => {
    const nodes = 3 * count;
    const left = new Int32Array(nodes).fill(-1);
    const right = new Int32Array(nodes);
    for (let tree = 0; tree < count; tree++) [left[3 * tree], right[3 * tree]] = [3 * tree + 1, 3 * tree + 2];
    return b.trees({
      x,
      forest: {
        roots: Int32Array.from({ length: count }, (_, tree) => 3 * tree),
        left,
        right,
        feature: new Int32Array(nodes),
        threshold: new Float64Array(nodes),
        missingLeft: new Uint8Array(nodes),
        leafValues: Float64Array.of(1),
        stride: 1,
        target: new Int32Array(count),
      },
      compare: 'le',
      round32: false,
      accumulate: 'f64',
      base: Float64Array.of(0),
      scale: 1,
      divisor: 1,
      ...more,
    });
  };
}
