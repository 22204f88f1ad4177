import type { ValueId } from '../../graph/ir';
import { compileEvaluator } from '../../graph/evaluate';
import { GraphBuilder } from '../../graph/graph-builder';
import { cosine, errorFunction, expm1, log1p } from './elementary-functions';
import type { TranslationContext } from './translation';

function evaluate(fn: (x: ValueId, context: TranslationContext) => ValueId, values: number[]): number[] {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'f64', 1);
  const value = fn(x, { graph } as unknown as TranslationContext);
  const answer = compileEvaluator({
    task: 'transform',
    nodes: graph.nodes,
    outputs: [{ name: 'y', value, role: 'transform', squeeze: true }],
    features: [{ kind: 'number', input: 0, column: 0, nullable: true }],
    probes: { values: [[]] },
  })([{ datatype: 'FP64', shape: [values.length, 1], data: Float64Array.from(values) }], values.length);
  return [...(answer[0]!.data as Float64Array)];
}

/** `math.erf` of Python 3.13. */
const ERF: [number, number][] = [
  [0, 0],
  [1e-10, 1.1283791670955126e-10],
  [0.25, 0.2763263901682369],
  [0.46875, 0.49261347321793797],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [3.5, 0.9999992569016276],
  [4.5, 0.9999999998033839],
  [5.5, 0.9999999999999927],
  [30, 1],
];

describe('functions that onnxruntime does not have for doubles', () => {
  it('answers the error function, odd in x', () => {
    const xs = ERF.map(([x]) => x);
    evaluate(errorFunction, xs).forEach((y, i) => expect(Math.abs(y - ERF[i]![1])).toBeLessThanOrEqual(4e-16));
    const negative = evaluate(
      errorFunction,
      xs.map((x) => -x),
    );
    negative.forEach((y, i) => expect(Math.abs(y + ERF[i]![1])).toBeLessThanOrEqual(4e-16));
    expect(evaluate(errorFunction, [NaN])[0]).toBeNaN();
  });

  it('answers the cosine', () => {
    const xs = [0, 1e-9, 0.5, 1, Math.PI / 2, 3, -7.25, 100, 12345.678];
    evaluate(cosine, xs).forEach((y, i) => expect(Math.abs(y - Math.cos(xs[i]!))).toBeLessThanOrEqual(4e-16));
  });

  it.each([
    ['log1p', log1p, Math.log1p, [-1, -0.999, -0.5, -1e-12, 0, 1e-300, 1e-17, 1e-9, 0.3, 5, 1e300, Infinity, -2]],
    ['expm1', expm1, Math.expm1, [-Infinity, -800, -40, -0.5, -1e-12, 0, 1e-300, 1e-9, 0.3, 0.999, 5, 700, 800]],
  ] as const)('answers %s to the last digits', (_name, fn, expected, xs) => {
    evaluate(fn, [...xs]).forEach((y, i) => {
      const wanted = expected(xs[i]!);
      if (Number.isFinite(wanted)) expect(Math.abs(y - wanted)).toBeLessThanOrEqual(8e-16 * Math.abs(wanted));
      else expect(y).toBe(wanted);
    });
  });
});
