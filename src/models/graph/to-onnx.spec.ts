import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import type { Tensor } from '../../common/tensor';
import { GraphBuilder } from './graph-builder';
import type { Graph } from './ir';
import { toOnnx } from './to-onnx';

describe(toOnnx, () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  it('runs a linear classifier and a forest in onnxruntime', async () => {
    const b = new GraphBuilder();
    const x = b.input('X', 'f64', 2);
    const scores = b.binary('add', b.matmul(x, Float64Array.of(1, 2, 3, 4, 5, 6), 3), b.row([0.5, 0, -0.5]));
    const trees = b.trees({
      x,
      forest: {
        roots: Int32Array.of(0, 3),
        left: Int32Array.of(1, -1, -1, -1),
        right: Int32Array.of(2, 0, 1, 2),
        feature: Int32Array.of(1, -2, -2, -2),
        threshold: Float64Array.of(0.1, 0, 0, 0),
        missingLeft: new Uint8Array(4),
        leafValues: Float64Array.of(0.25, 0.75, 1, 0, 0.5, 0.5),
        stride: 2,
        target: Int32Array.of(0, 0),
      },
      compare: 'le',
      round32: true,
      accumulate: 'f64',
      base: Float64Array.of(0, 0),
      scale: 1,
      divisor: 2,
    });
    const graph: Graph = {
      task: 'classification',
      nodes: b.nodes,
      outputs: [
        { name: 'label', value: b.label(b.argmax(b.softmax(scores)), ['a', 'b', 'ç']), role: 'label', squeeze: true },
        { name: 'scores', value: scores, role: 'other', squeeze: true },
        { name: 'trees', value: trees, role: 'probabilities', squeeze: true },
      ],
      features: [],
      probes: { values: [] },
    };
    const data = Float64Array.of(1, 0.1, -1, 0.2, 3, NaN);
    const input: Tensor = { datatype: 'FP64', shape: [3, 2], data };
    const [label, raw, forest] = await ort.run(toOnnx(graph), ['X'], [input]);
    expect(label).toEqual({ datatype: 'BYTES', shape: [3], data: ['ç', 'a', 'a'] });
    expect(raw!.shape).toEqual([3, 3]);
    expect(Array.from(raw!.data.slice(0, 6) as Float64Array)).toEqual(
      [1.9, 2.5, 3.1, 0.3, -1, -2.3].map((v) => expect.closeTo(v, 12)),
    );
    expect(Array.from(forest!.data as Float64Array)).toEqual([0.75, 0.25, 0.75, 0.25, 0.75, 0.25]);
  });
});
