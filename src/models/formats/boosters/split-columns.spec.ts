import fc from 'fast-check';
import { compileEvaluator } from '../../graph/evaluate';
import { GraphBuilder } from '../../graph/graph-builder';
import { SplitColumns } from './split-columns';
import type { SplitRules } from './split-columns';

const RULES: SplitRules = { numeric: (_graph, x) => x, code: (_graph, x) => x, within: 1, outside: 0 };

/** What the splits see of rows of two columns. */
function seen(splits: SplitColumns, ids: number[], rows: number[][]): number[][] {
  const graph = new GraphBuilder();
  const { x, columnOf } = splits.build(graph, graph.input('X', 'f64', 2), RULES);
  const value = graph.select(x, ids.map(columnOf));
  const [output] = compileEvaluator({
    task: 'unknown',
    nodes: graph.nodes,
    outputs: [{ name: 'seen', value, role: 'other', squeeze: false }],
    features: [],
    probes: { values: [] },
  })([{ datatype: 'FP64', shape: [rows.length, 2], data: Float64Array.from(rows.flat()) }], rows.length);
  return rows.map((_, row) =>
    Array.from((output!.data as Float64Array).subarray(row * ids.length, (row + 1) * ids.length)),
  );
}

describe('SplitColumns', () => {
  test('a set of categories is seen as whether the category is in it', () => {
    const sets = fc.array(fc.array(fc.nat(70), { maxLength: 12 }), { minLength: 1, maxLength: 6 });
    const codes = fc.array(fc.oneof(fc.integer({ min: -2, max: 72 }), fc.constant(NaN)), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(sets, codes, (members, values) => {
        const splits = new SplitColumns(2);
        const ids = members.map((set) => splits.members(1, set));
        const expected = values.map((value) =>
          members.map((set) => (Number.isNaN(value) ? NaN : Number(set.includes(value)))),
        );
        expect(
          seen(
            splits,
            ids,
            values.map((value) => [-1, value]),
          ),
        ).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('thresholds see the columns themselves, the same column once', () => {
    const splits = new SplitColumns(2);
    const ids = [splits.threshold(1), splits.members(0, [3]), splits.threshold(1)];
    expect(ids[0]).toBe(ids[2]);
    expect(
      seen(splits, ids, [
        [3, 0.5],
        [4, -2],
      ]),
    ).toEqual([
      [0.5, 1, 0.5],
      [-2, 0, -2],
    ]);
  });

  test('columns and categories that cannot be are refused', () => {
    const splits = new SplitColumns(2);
    for (const split of [
      () => splits.threshold(2),
      () => splits.threshold(-1),
      () => splits.members(0, [-1]),
      () => splits.members(0, [2 ** 24]),
    ]) {
      expect(split).toThrow(expect.objectContaining({ code: 'model_corrupt' }));
    }
  });
});
