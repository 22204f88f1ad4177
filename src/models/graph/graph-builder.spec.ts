import { AppError } from '../../common/errors';
import { GraphBuilder } from './graph-builder';
import type { Forest } from '../../common/trees/tree-ensemble';
import type { TreesNode } from './ir';

const forest: Forest = {
  roots: Int32Array.of(0),
  left: Int32Array.of(1, -1, 3, -1, -1),
  right: Int32Array.of(2, 0, 4, 1, 2),
  feature: Int32Array.of(0, -2, 1, -2, -2),
  threshold: Float64Array.of(0.5, 0, Infinity, 0, 0),
  missingLeft: new Uint8Array(5),
  leafValues: Float64Array.of(1, 2, 3),
  stride: 1,
  target: Int32Array.of(0),
};
const trees: Omit<TreesNode, 'op' | 'x'> = {
  forest,
  compare: 'le',
  round32: true,
  accumulate: 'f64',
  base: Float64Array.of(0),
  scale: 1,
  divisor: 1,
};

function builder(): { b: GraphBuilder; x: number; t: number } {
  const b = new GraphBuilder();
  return { b, x: b.input('x', 'f64', 2), t: b.input('t', 'text', 1) };
}

describe(GraphBuilder, () => {
  it('keeps dtype and width of every value', () => {
    const { b, x, t } = builder();
    const wide = b.matmul(x, new Float64Array(6), 3);
    expect(b.type(wide)).toEqual({ dtype: 'f64', width: 3 });
    expect(b.type(b.concat([wide, x, b.scalar(1)]))).toEqual({ dtype: 'f64', width: 6 });
    expect(b.type(b.compare('eq', t, b.texts(['a', 'b'])))).toEqual({ dtype: 'bool', width: 2 });
    expect(b.type(b.where(b.isnan(x), b.scalar(0), b.scalar(1)))).toEqual({ dtype: 'f64', width: 2 });
    expect(b.type(b.label(b.argmax(wide), ['a', 'b', 'c']))).toEqual({ dtype: 'text', width: 1 });
    expect(b.type(b.label(b.argmax(wide), [true, false]))).toEqual({ dtype: 'i64', width: 1 });
    expect(b.type(b.label(b.argmax(wide), [1, 2.5]))).toEqual({ dtype: 'f64', width: 1 });
    expect(b.type(b.trees({ x, ...trees }))).toEqual({ dtype: 'f64', width: 1 });
    expect(b.concat([x])).toBe(x);
    expect(b.cast(x, 'f64')).toBe(x);
  });

  it.each<[string, (parts: ReturnType<typeof builder>) => unknown, string]>([
    ['a column that is not there', ({ b, x }) => b.select(x, [2]), 'a column below 2, found 2'],
    ['no column', ({ b, x }) => b.select(x, []), 'at least one column, found 0'],
    [
      'widths that do not go together',
      ({ b, x }) => b.binary('add', x, b.row([1, 2, 3])),
      'one width for add, found 2 and 3',
    ],
    ['weights of another size', ({ b, x }) => b.matmul(x, new Float64Array(5), 3), '2 x 3 weights, found 5'],
    ['edges that fall', ({ b, x }) => b.bin(x, [Float64Array.of(1, 0), Float64Array.of()], 'left'), 'found 0 after 1'],
    [
      'edges that are no numbers',
      ({ b, x }) => b.bin(x, [Float64Array.of(NaN), Float64Array.of()], 'left'),
      'found NaN',
    ],
    [
      'more neighbours than points',
      ({ b, x }) =>
        b.neighbors({
          ...{ x, points: Float64Array.of(1, 2, 3, 4), values: Float64Array.of(5, 6), stride: 1 },
          ...{ count: 3, metric: 'euclidean', p: 2 },
        }),
      '1 to 2 neighbours, as many as there are points, found 3',
    ],
    ['no class', ({ b, x }) => b.label(b.argmax(x), []), 'at least one class, found none'],
  ])('refuses %s as a broken model', (_what, build, sentence) => {
    const error = refusal(() => build(builder()));
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('model_corrupt');
    expect(error.message).toContain(sentence);
  });

  it.each<[string, (parts: ReturnType<typeof builder>) => unknown, string]>([
    ['arithmetic with text', ({ b, t }) => b.unary('exp', t), 'text cannot be used'],
    ['text as a number', ({ b, t }) => b.cast(t, 'f64'), 'text cannot be used'],
    [
      'text keys for a column of numbers',
      ({ b, x }) => b.lookup(b.select(x, [0]), ['a'], Float64Array.of(1), 0),
      'found text for a column of numbers',
    ],
    ['labels of several types', ({ b, x }) => b.label(b.argmax(x), ['a', 1]), 'labels of one type'],
  ])('refuses %s as not supported', (_what, build, sentence) => {
    const error = refusal(() => build(builder()));
    expect((error as AppError).code).toBe('model_unsupported');
    expect(error.message).toContain(sentence);
  });

  it.each<[string, (parts: ReturnType<typeof builder>) => unknown]>([
    ['a value that does not exist', ({ b }) => b.unary('neg', 9)],
    ['an order of texts', ({ b, t }) => b.compare('lt', t, t)],
    ['an order of booleans', ({ b, x }) => b.compare('lt', b.isnan(x), b.isnan(x))],
    ['logic on numbers', ({ b, x }) => b.logic('not', x)],
    ['one operand for and', ({ b, x }) => b.logic('and', b.isnan(x))],
    ['a condition that is no boolean', ({ b, x }) => b.where(x, x, x)],
    ['a lookup of two columns', ({ b, x }) => b.lookup(x, Float64Array.of(1), Float64Array.of(1), 0)],
    ['a label of a number', ({ b, x }) => b.label(b.select(x, [0]), ['a'])],
    ['an integer in arithmetic', ({ b, x }) => b.unary('neg', b.argmax(x))],
    ['edges for fewer columns', ({ b, x }) => b.bin(x, [Float64Array.of(1)], 'left')],
  ])('refuses %s as a mistake of the front end', (_what, build) => {
    expect(refusal(() => build(builder()))).toBeInstanceOf(RangeError);
  });

  it.each<[string, Partial<Forest>, string]>([
    [
      'a child before its parent',
      { left: Int32Array.of(1, -1, 1, -1, -1) },
      'child of tree node 2 between it and 5, found 1',
    ],
    ['a node that is its own child', { left: Int32Array.of(1, -1, 2, -1, -1) }, 'found 2'],
    ['a child beyond the end', { right: Int32Array.of(2, 0, 9, 1, 2) }, 'found 9'],
    ['a node with two parents', { right: Int32Array.of(2, 0, 3, 1, 2) }, 'two for node 3'],
    [
      'a root within a tree',
      { roots: Int32Array.of(0, 2), target: Int32Array.of(0, 0) },
      'not the child of another node',
    ],
    ['a root twice', { roots: Int32Array.of(0, 0), target: Int32Array.of(0, 0) }, 'not the child of another node'],
    ['a root beyond the end', { roots: Int32Array.of(5) }, 'root of the trees below 5, found 5'],
    ['no tree', { roots: new Int32Array(0), target: new Int32Array(0) }, 'at least one tree'],
    [
      'a feature that is not there',
      { feature: Int32Array.of(2, -2, 1, -2, -2) },
      'feature of the trees below 2, found 2',
    ],
    ['a negative feature', { feature: Int32Array.of(-1, -2, 1, -2, -2) }, 'found -1'],
    ['a threshold that is no number', { threshold: Float64Array.of(NaN, 0, 0, 0, 0) }, 'a number as threshold'],
    ['a leaf row that is not there', { leafValues: Float64Array.of(1, 2) }, 'leaf row of the trees below 2, found 2'],
    ['half a leaf row', { stride: 2 }, 'leaf values in rows of 2'],
    ['no stride', { stride: 0 }, 'a positive leaf stride'],
    ['an output column that is not there', { target: Int32Array.of(1) }, 'output column of the trees below 1, found 1'],
    ['a negative output column', { target: Int32Array.of(-1) }, 'found -1'],
    ['arrays of other lengths', { missingLeft: new Uint8Array(4) }, '5 entries in missingLeft, found 4'],
    [
      'a target too few',
      { roots: Int32Array.of(0), target: new Int32Array(0) },
      'one output column for each of 1 trees',
    ],
  ])('refuses a forest with %s', (_what, broken, sentence) => {
    const { b, x } = builder();
    const error = refusal(() => b.trees({ x, ...trees, forest: { ...forest, ...broken } }));
    expect((error as AppError).code).toBe('model_corrupt');
    expect(error.message).toContain(sentence);
  });
});

function refusal(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}
