import type { InputBuffer } from './codecs/input-buffer';
import { NotByRow, type OutputData } from './codecs/reply-encoder';
import { runGraph } from './run-graph';
import type { Feed } from './session';

/** Runs the rows 1, 2, 3 ... of one column through `answer`, which is given the values of a run. */
function run(
  rows: number,
  size: number,
  answer: (values: number[]) => OutputData,
  isFixed = true,
): Promise<Map<string, OutputData>> {
  const spec = { name: 'x', datatype: 'FP64' as const, shape: [isFixed ? size : -1, 1] };
  const data = Float64Array.from({ length: rows }, (_, row) => row + 1);
  const buffers: InputBuffer[] = [{ spec, stride: 1, data }];
  const session = {
    run: (feeds: Feed[]) => Promise.resolve(new Map([['y', answer(Array.from(feeds[0]!.data as Float64Array))]])),
  };
  return runGraph(
    session,
    ['y'],
    { decoder: { dims: (_, count) => [count, 1] }, buffers, rows },
    { rows: size, isFixed },
  );
}

describe(runGraph.name, () => {
  test('joins what pieces answer, and drops the answers to rows that fill up the last one', async () => {
    const seen: number[][] = [];
    const outputs = await run(3, 2, (values) => {
      seen.push(values);
      return { data: Float64Array.from(values.flatMap((value) => [value, -value])), dims: [2, 2] };
    });
    expect(seen).toEqual([
      [1, 2],
      [3, 0],
    ]);
    expect(outputs.get('y')).toEqual({ data: Float64Array.of(1, -1, 2, -2, 3, -3), dims: [3, 2] });
  });

  test('runs many rows in parts where their first axis is free, the last part as short as it is', async () => {
    const seen: number[][] = [];
    const answer = (values: number[]): OutputData => {
      seen.push(values);
      return { data: values.map((value) => `row ${value}`), dims: [values.length, 1] };
    };
    const outputs = await run(5, 2, answer, false);
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
    expect(outputs.get('y')).toEqual({ data: [1, 2, 3, 4, 5].map((value) => `row ${value}`), dims: [5, 1] });
    expect((await run(2, 3, answer, false)).get('y')!.dims).toEqual([2, 1]);
    expect(seen.at(-1)).toEqual([1, 2]);
  });

  test.each<[string, number[], number[]]>([
    ['a scalar', [], [3]],
    ['a row', [1], [3]],
    ['a list', [2], [3, 2]],
    ['a table', [2, 3], [3, 2, 3]],
    ['a row of a table', [1, 2, 3], [3, 2, 3]],
  ])('takes %s as the answer to its row when rows run alone', async (_, dims, joined) => {
    const length = dims.reduce((product, size) => product * size, 1);
    const outputs = await run(3, 1, ([value]) => ({ data: new Float64Array(length).fill(value!), dims }));
    const expected = [1, 2, 3].flatMap((value) => new Array<number>(length).fill(value));
    expect(outputs.get('y')).toEqual({ data: Float64Array.from(expected), dims: joined });
  });

  test('throws when what is left over for a run of one row is answered by no row', async () => {
    const answer = (values: number[]): OutputData =>
      values.length > 1
        ? { data: Float64Array.from(values), dims: [values.length] }
        : { data: Float64Array.of(1), dims: [] };
    await expect(run(3, 2, answer, false)).rejects.toThrow(NotByRow);
  });

  test.each<[string, number, (values: number[]) => OutputData]>([
    ['of another length than its rows', 2, () => ({ data: Float64Array.of(1), dims: [1] })],
    [
      'as long as its values say',
      1,
      ([value]) => ({ data: new Float64Array(value as number), dims: [value as number] }),
    ],
  ])('throws when an answer is %s', async (_, size, answer) => {
    await expect(run(4, size, answer)).rejects.toThrow(NotByRow);
  });
});
