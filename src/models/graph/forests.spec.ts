import { readGolden } from '../../../test/golden/graph/golden';
import type { Cell, Table } from '../../../test/golden/graph/golden';
import { graphOf, plain } from '../../../test/golden/graph/graphs';
import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import type { Tensor } from '../../common/tensor';
import { compileEvaluator } from './evaluate';
import type { Forest } from '../../common/trees/tree-ensemble';
import type { Graph, TreesNode } from './ir';
import { toOnnx } from './to-onnx';

type ForestCells = Record<Exclude<keyof Forest, 'stride'>, Cell[]> & { stride: number };

interface ForestCase {
  options: Pick<TreesNode, 'compare' | 'round32' | 'accumulate' | 'scale' | 'divisor'>;
  forest: ForestCells;
  base: Cell[];
  input: Table;
  expected: Table;
}

const CASES = readGolden<ForestCase>('forests.json');

function forestOf(cells: ForestCells): Forest {
  const integers = (list: Cell[]): Int32Array => Int32Array.from(list, Number);
  return {
    roots: integers(cells.roots),
    left: integers(cells.left),
    right: integers(cells.right),
    feature: integers(cells.feature),
    threshold: Float64Array.from(cells.threshold, Number),
    missingLeft: Uint8Array.from(cells.missingLeft, Number),
    leafValues: Float64Array.from(cells.leafValues, Number),
    stride: cells.stride,
    target: integers(cells.target),
  };
}

function graphFor({ options, forest, base, input }: ForestCase): Graph {
  const node = { ...options, forest: forestOf(forest), base: Float64Array.from(base, Number) };
  return graphOf(input.shape[1]!, (b, x) => b.trees({ x, ...node }));
}

function inputFor({ input }: ForestCase): Tensor {
  return { datatype: 'FP64', shape: input.shape, data: Float64Array.from(input.data, Number) };
}

describe('forests against scikit-learn and numpy', () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  it.each(Object.entries(CASES))('%s: the evaluator answers the same bits', (_name, golden) => {
    const [answer] = compileEvaluator(graphFor(golden))([inputFor(golden)], golden.input.shape[0]!);
    expect(plain(answer!.data)).toEqual(golden.expected.data.map(Number));
  });

  it.each(Object.entries(CASES))(
    '%s: onnxruntime answers the same but for the order of sums',
    async (_name, golden) => {
      const [answer] = await ort.run(toOnnx(graphFor(golden)), ['X'], [inputFor(golden)]);
      const wanted = golden.expected.data.map(Number);
      // Sums of XGBoost's kind run in order in the ONNX model too, so that not a bit may differ.
      const relative = golden.options.accumulate === 'f32' ? 0 : 1e-12;
      const wrong = plain(answer!.data).filter(
        (value, i) => !(Math.abs(Number(value) - wanted[i]!) <= relative * Math.abs(wanted[i]!)),
      );
      expect(wrong).toEqual([]);
    },
  );

  it.each(Object.entries(CASES))('%s: a row alone and in a batch are the same bits', (_name, golden) => {
    const evaluate = compileEvaluator(graphFor(golden));
    const [rows, features] = golden.input.shape as [number, number];
    const { data } = inputFor(golden);
    const together = plain(evaluate([inputFor(golden)], rows)[0]!.data);
    const alone = Array.from({ length: rows }, (_, row) =>
      plain(
        evaluate(
          [
            {
              datatype: 'FP64',
              shape: [1, features],
              data: data.slice(row * features, (row + 1) * features),
            },
          ],
          1,
        )[0]!.data,
      ),
    );
    expect(alone.flat()).toEqual(together);
  });
});
