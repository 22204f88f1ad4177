import { graphOf, plain } from '../../../test/golden/graph/graphs';
import type { Tensor } from '../../common/tensor';
import type { GraphBuilder } from './graph-builder';
import type { Graph, ValueId } from './ir';
import { compareOutputs } from './parity';
import { cancellation, evaluateWithTerms, type Answers } from './sum-terms';

const ROWS: Tensor = { datatype: 'FP64', shape: [2, 2], data: Float64Array.of(3, -2, 1, 1) };

const EQUAL: Tensor = { ...ROWS, data: Float64Array.of(3, 3, 1, 1) };

function answersOf(build: (b: GraphBuilder, x: ValueId) => ValueId): Answers {
  return evaluateWithTerms(graphOf(2, build), [ROWS], 2);
}

function numbersOf([tensor]: readonly (Tensor | null)[]): (number | string)[] | null {
  return tensor ? plain(tensor.data) : null;
}

/** A weighted sum of the two columns, with weights that nearly cancel in a row of equal numbers. */
function difference(weight: number): Graph {
  return graphOf(2, (b, x) => b.matmul(x, Float64Array.of(weight, 1 - weight), 1));
}

describe(evaluateWithTerms, () => {
  it.each<[string, (b: GraphBuilder, x: ValueId) => ValueId, number[], number[]]>([
    ['a product with a matrix', (b, x) => b.matmul(x, Float64Array.of(5, -7), 1), [29, -2], [29, 12]],
    [
      'a constant that is added, and one that it is scaled by',
      (b, x) => b.binary('mul', b.scalar(-2), b.binary('sub', b.matmul(x, Float64Array.of(5, 7), 1), b.scalar(1))),
      [-0, -22],
      [60, 26],
    ],
    [
      'a quotient, a mean and a negation',
      (b, x) => {
        const product = b.matmul(x, Float64Array.of(1, 2, 3, 4), 2);
        return b.unary('neg', b.reduce('mean', b.binary('div', product, b.row([2, -4]))));
      },
      [0.5, -0.25],
      [4, 1.75],
    ],
    [
      'a product with another value',
      (b, x) => b.binary('mul', b.select(x, [1]), b.matmul(x, Float64Array.of(5, -7), 1)),
      [-58, -2],
      [58, 12],
    ],
    [
      'a square',
      (b, x) => {
        const product = b.matmul(x, Float64Array.of(5, -7), 1);
        return b.binary('mul', product, product);
      },
      [29 * 29, 4],
      [2 * 29 * 29, 2 * 2 * 12],
    ],
    [
      'a share of them',
      (b, x) => {
        const product = b.matmul(x, Float64Array.of(1, 1, 1, -1), 2);
        return b.select(b.binary('div', product, b.reduce('sum', product)), [0]);
      },
      [1 / 6, 1],
      [(5 + (1 / 6) * 10) / 6, (2 + 4) / 2],
    ],
    [
      'a bounded one',
      (b, x) => b.binary('min', b.matmul(x, Float64Array.of(5, -7), 1), b.scalar(-20)),
      [-20, -20],
      [29, 20],
    ],
    [
      'a slope between two thresholds',
      (b, x) => {
        const column = b.select(x, [0]);
        const [slope, start] = [1e6, 1 - 2 ** -20].map((value) =>
          b.lookup(b.select(x, [1]), Float64Array.of(1), Float64Array.of(value), 0),
        );
        return b.binary('mul', slope!, b.binary('sub', column, start!));
      },
      [0, 1e6 * 2 ** -20],
      [0, 1e6 * (2 - 2 ** -20)],
    ],
    [
      'columns that are chosen and put beside another value',
      (b, x) => b.concat([b.select(x, [1]), b.select(b.matmul(x, Float64Array.of(1, 2, 3, 4), 2), [1])]),
      [-2, -2, 1, 6],
      [2, 14, 1, 6],
    ],
    [
      'one of two values',
      (b, x) => {
        const isPositive = b.compare('gt', b.select(x, [1]), b.scalar(0));
        return b.where(isPositive, b.matmul(x, Float64Array.of(5, -7), 1), b.scalar(-3));
      },
      [-3, -2],
      [3, 12],
    ],
  ])('adds up the magnitudes of the terms of %s', (_what, build, outputs, terms) => {
    const answers = answersOf(build);
    expect(numbersOf(answers.outputs)).toEqual(outputs);
    expect(numbersOf(answers.terms)).toEqual(terms);
  });

  it.each<[string, (b: GraphBuilder, x: ValueId) => ValueId]>([
    ['columns that are added', (b, x) => b.reduce('sum', x)],
    ['what is bent behind the product', (b, x) => b.unary('sigmoid', b.matmul(x, Float64Array.of(5, -7), 1))],
    ['a power', (b, x) => b.binary('pow', b.matmul(x, Float64Array.of(5, -7), 1), b.scalar(2))],
    ['the product of two columns', (b, x) => b.binary('mul', b.select(x, [0]), b.select(x, [1]))],
  ])('knows no terms of %s', (_what, build) => {
    expect(answersOf(build).terms).toEqual([null]);
  });

  it('answers as the graph alone does', () => {
    const { outputs, terms } = answersOf((b, x) => b.compare('gt', b.matmul(x, Float64Array.of(5, 7), 1), b.scalar(2)));
    expect(outputs.map(({ datatype }) => datatype)).toEqual(['BOOL']);
    expect(terms).toEqual([null]);
  });
});

describe('the proof of a sum that cancels', () => {
  const { outputs, terms } = evaluateWithTerms(difference(1e12), [EQUAL], 2);
  const moved = (share: number): Tensor[] =>
    outputs.map((tensor) => ({ ...tensor, data: (tensor.data as Float64Array).map((value) => value + share * 2e12) }));

  it('lets it be rounded as its terms are', () => {
    expect(plain(outputs[0]!.data as Float64Array)).toEqual([3, 1]);
    expect(compareOutputs(outputs, moved(1e-15), { terms }).ok).toBe(true);
    expect(compareOutputs(outputs, moved(1e-15)).ok).toBe(false);
  });

  it('finds a term that was rounded to float32', () => {
    expect(compareOutputs(outputs, moved(6e-8), { terms }).ok).toBe(false);
  });

  it('excuses nothing by terms that are not finite', () => {
    for (const magnitude of [Infinity, NaN]) {
      const endless = [{ ...terms[0]!, data: Float64Array.of(magnitude, magnitude) }];
      expect(compareOutputs(outputs, moved(1e-15), { terms: endless }).ok).toBe(false);
      expect(compareOutputs(outputs, outputs, { terms: endless }).ok).toBe(true);
    }
  });
});

describe(cancellation, () => {
  it('tells how much of an answer rounding takes', () => {
    expect(cancellation(evaluateWithTerms(difference(1e12), [EQUAL], 2))).toBe(
      'adds terms of about 2e+12 that cancel: rounding changes an answer by about 2e-4, in the library that fitted it as here',
    );
  });

  it('says nothing where nine digits are left, or where nothing is added', () => {
    expect(cancellation(evaluateWithTerms(difference(1e6), [EQUAL], 2))).toBeNull();
    expect(
      cancellation(
        evaluateWithTerms(
          graphOf(2, (_, x) => x),
          [EQUAL],
          2,
        ),
      ),
    ).toBeNull();
  });

  it('counts an answer that is next to nothing beside the others as a thousandth of the greatest', () => {
    const graph = graphOf(2, (b, x) => b.matmul(x, Float64Array.of(1, -1), 1));
    const rows: Tensor = { datatype: 'FP64', shape: [3, 2], data: Float64Array.of(1e6, 1, 1, 1 + 1e-8, 2, 2 + 1e-8) };
    expect(cancellation(evaluateWithTerms(graph, [rows], 3))).toBeNull();
  });

  it('is not misled by a column or a row of nothing', () => {
    const graph = graphOf(2, (b, x) => b.matmul(x, Float64Array.of(1, 1, -1, 0), 2));
    expect(cancellation(evaluateWithTerms(graph, [EQUAL], 2))).toBeNull();
  });
});

describe('the proof of neighbours', () => {
  const points = Float64Array.of(0, 2, 5, 9);
  const graph = graphOf(1, (b, x) => {
    const values = Float64Array.of(10, 20, 30, 40);
    return b.select(b.neighbors({ x, points, metric: 'euclidean', p: 2, count: 1, values, stride: 1 }), [1]);
  });
  const ask = (...values: number[]): Answers => {
    const input: Tensor = { datatype: 'FP64', shape: [values.length, 1], data: Float64Array.from(values) };
    return evaluateWithTerms(graph, [input], values.length);
  };

  it('finds the rows in which the last digits decide', () => {
    const { outputs, undecided } = ask(1, 1 + 1e-14, 1.001, 0, 7, 1e9);
    expect(numbersOf(outputs)).toEqual([10, 20, 20, 10, 30, 40]);
    expect(undecided).toEqual([true, true, false, false, true, false]);
    expect(answersOf((b, x) => b.select(x, [0])).undecided).toBeNull();
  });

  it('finds them where a value is missing, too', () => {
    const among = graphOf(2, (b, x) => {
      const holed = Float64Array.of(0, 1, NaN, 3, 8, 9);
      const values = Float64Array.of(10, 20, 30);
      return b.neighbors({ x, points: holed, metric: 'nan-euclidean', p: 2, count: 1, values, stride: 1 });
    });
    const data = Float64Array.of(NaN, 2, NaN, 2 + 1e-14, NaN, 2.5, NaN, NaN);
    const { undecided } = evaluateWithTerms(among, [{ datatype: 'FP64', shape: [4, 2], data }], 4);
    expect(undecided).toEqual([true, true, false, false]);
  });

  it('is not in doubt where no other point has a column that the row has', () => {
    const apart = graphOf(2, (b, x) => {
      const holed = Float64Array.of(0, NaN, NaN, 3);
      const values = Float64Array.of(10, 20);
      return b.neighbors({ x, points: holed, metric: 'nan-euclidean', p: 2, count: 1, values, stride: 1 });
    });
    const input: Tensor = { datatype: 'FP64', shape: [1, 2], data: Float64Array.of(1, NaN) };
    expect(evaluateWithTerms(apart, [input], 1).undecided).toEqual([false]);
  });

  it('excuses another neighbour in these and in no other', () => {
    const answers = ask(1, 4);
    const found = (...values: number[]): Tensor[] => [{ ...answers.outputs[0]!, data: Float64Array.from(values) }];
    expect(compareOutputs(answers.outputs, found(20, 30), answers)).toMatchObject({ ok: true, largestDifference: 0 });
    expect(compareOutputs(answers.outputs, found(10, 20), answers).ok).toBe(false);
    expect(compareOutputs(answers.outputs, found(20, 30)).ok).toBe(false);
  });
});
