import * as fc from 'fast-check';
import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import { RandomGraph } from '../../../test/golden/graph/random-graph';
import { plain } from '../../../test/golden/graph/graphs';
import type { Tensor } from '../../common/tensor';
import { guardModel } from '../formats/onnx/guard';
import { readOnnx } from '../formats/onnx/read-onnx';
import { compileEvaluator } from './evaluate';
import type { Graph } from './ir';
import { compareOutputs } from './parity';
import { toOnnx } from './to-onnx';

/** Random sums cancel in every row, with terms up to 1e4; the parity check knows only what is left of them. */
const CANCELLING = { relative: 1e-9, ofColumn: 0, absolute: 1e-10, ofTerms: 0 };

function rowOf({ datatype, shape, data }: Tensor, row: number): Tensor {
  const width = shape[1] ?? 1;
  return {
    datatype,
    shape: [1, ...shape.slice(1)],
    data: data.slice(row * width, (row + 1) * width),
  };
}

function inputNames(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => (node.op === 'input' ? [node.name] : []));
}

describe('any graph', () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  it('is answered alike by the evaluator and by onnxruntime, and passes the guard', async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const { graph, inputs, rows } = new RandomGraph(draw).graph();
        const onnx = toOnnx(graph);
        guardModel(readOnnx(onnx));
        const expected = compileEvaluator(graph)(inputs, rows);
        const actual = await ort.run(onnx, inputNames(graph), inputs, 'all');
        expect(compareOutputs(expected, actual, {}, CANCELLING).firstMismatch).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  it('is answered by the evaluator for a row alone as in a batch of any size', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const { graph, inputs, rows } = new RandomGraph(draw).graph();
        const evaluate = compileEvaluator(graph);
        const together = evaluate(inputs, rows);
        for (let row = 0; row < rows; row++) {
          const alone = evaluate(
            inputs.map((input) => rowOf(input, row)),
            1,
          );
          alone.forEach((answer, i) => expect(plain(answer.data)).toEqual(plain(rowOf(together[i]!, row).data)));
        }
      }),
      { numRuns: 200 },
    );
  });
});
