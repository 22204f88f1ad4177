import type { Tensor } from '../../common/tensor';
import { compareOutputs } from './parity';

function doubles(data: number[], width = 1): Tensor {
  return {
    datatype: 'FP64',
    shape: width === 1 ? [data.length] : [data.length / width, width],
    data: Float64Array.from(data),
  };
}

function labels(data: string[], width = 1): Tensor {
  return { datatype: 'BYTES', shape: width === 1 ? [data.length] : [data.length / width, width], data };
}

describe(compareOutputs, () => {
  it('finds equal what is equal, infinities and missing values included', () => {
    const outputs = [labels(['a', 'b']), doubles([NaN, Infinity, -Infinity, 0], 2)];
    expect(compareOutputs(outputs, [labels(['a', 'b']), doubles([NaN, Infinity, -Infinity, -0], 2)])).toEqual({
      ok: true,
      rows: 2,
      largestDifference: 0,
      labelsDifferent: 0,
      firstMismatch: null,
    });
  });

  it.each<[string, number, number, boolean]>([
    ['the last digits', 100, 100.00000000001, true],
    ['a step in float32', 0.1, 0.10000000149011612, false],
    ['a float32 step of a large number', 16777216.5, 16777216, false],
    ['a sum that cancels', 1e-15, 0, true],
    ['a number that is missing', 1, NaN, false],
    ['a number where none should be', NaN, 1, false],
    ['an overflow', 1e300, Infinity, false],
    ['the other infinity', Infinity, -Infinity, false],
  ])('judges %s', (_what, expected, actual, ok) => {
    const parity = compareOutputs([doubles([0.5, expected])], [doubles([0.5, actual])]);
    expect(parity.ok).toBe(ok);
    expect(parity.firstMismatch).toBe(ok ? null : `output 0, row 1, column 0: ${expected} expected, ${actual} found`);
  });

  it('allows a cancelled sum in the measure of its column, not of its neighbour', () => {
    const wanted = doubles([1e6, 1, 1e-8, 1], 2);
    expect(compareOutputs([wanted], [doubles([1e6, 1, 0.9e-8, 1], 2)]).ok).toBe(true);
    expect(compareOutputs([wanted], [doubles([1e6, 1, 1e-8, 1 + 2e-9], 2)]).ok).toBe(false);
  });

  it('measures the largest difference absolutely below 1, relatively above, infinite where one is not finite', () => {
    expect(compareOutputs([doubles([1e-3, 1000])], [doubles([2e-3, 1001])]).largestDifference).toBeCloseTo(1e-3, 12);
    expect(compareOutputs([doubles([1])], [doubles([NaN])]).largestDifference).toBe(Infinity);
  });

  it('lets a label differ only where its scores tie', () => {
    const scores = [doubles([0.5, 0.5 - 1e-12, 0.9, 0.1, NaN, 0.2], 2)];
    const compare = (found: string[]): ReturnType<typeof compareOutputs> =>
      compareOutputs([labels(['a', 'a', 'a']), ...scores], [labels(found), ...scores]);
    expect(compare(['b', 'a', 'b'])).toMatchObject({ ok: true, labelsDifferent: 2 });
    expect(compare(['b', 'b', 'a'])).toMatchObject({
      ok: false,
      labelsDifferent: 2,
      firstMismatch: 'output 0, row 1, column 0: label a expected, b found',
    });
  });

  it('looks for the tie among all scores of the row', () => {
    const scores = doubles([0.4, 0.2, 0.4, 0.4, 0.4, 0.9], 3);
    const parity = compareOutputs([labels(['a', 'c']), scores], [labels(['c', 'a']), scores]);
    expect(parity.firstMismatch).toBe('output 0, row 1, column 0: label c expected, a found');
  });

  it('lets anything differ in a row that is undecided, and nothing in another', () => {
    const compare = (...undecided: boolean[]): boolean =>
      compareOutputs([labels(['a', 'b']), doubles([1, 2])], [labels(['b', 'b']), doubles([3, 2])], { undecided }).ok;
    expect(compare(true, false)).toBe(true);
    expect(compare(false, true)).toBe(false);
  });

  it('excuses no label without scores', () => {
    expect(compareOutputs([labels(['a'])], [labels(['b'])]).ok).toBe(false);
  });

  it('pairs the labels of several targets with their own scores', () => {
    const tied = doubles([0.5, 0.5], 2);
    const clear = doubles([0.9, 0.1], 2);
    const compare = (first: Tensor, second: Tensor): boolean =>
      compareOutputs([labels(['a', 'x'], 2), first, second], [labels(['b', 'x'], 2), first, second]).ok;
    expect(compare(tied, clear)).toBe(true);
    expect(compare(clear, tied)).toBe(false);
  });

  it.each<[string, Tensor[], string]>([
    ['another number of outputs', [doubles([1]), doubles([1])], '1 outputs expected, 2 found'],
    ['another shape', [doubles([1, 2], 2)], 'output 0: FP64 [1] expected, FP64 [1, 2] found'],
    ['another datatype', [labels(['1'])], 'output 0: FP64 [1] expected, BYTES [1] found'],
  ])('refuses %s', (_what, actual, sentence) => {
    expect(compareOutputs([doubles([1])], actual)).toMatchObject({ ok: false, firstMismatch: sentence });
  });
});
