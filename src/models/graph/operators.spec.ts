import { readGolden } from '../../../test/golden/graph/golden';
import type { Table } from '../../../test/golden/graph/golden';
import { graphOf, plain } from '../../../test/golden/graph/graphs';
import { OnnxProcess } from '../../../test/golden/graph/onnx-process';
import type { ClassLabel } from '../../common/signature';
import type { Tensor } from '../../common/tensor';
import { compileEvaluator } from './evaluate';
import type { GraphBuilder } from './graph-builder';
import type { BinaryFn, CompareFn, NeighborsNode, ReduceFn, UnaryFn, ValueId } from './ir';
import { toOnnx } from './to-onnx';

type Build = (b: GraphBuilder, x: ValueId) => ValueId;

const CASES = readGolden<{ input: Table; expected: Table }>('operators.json');

/** exp and tanh of V8, Eigen and libm differ in the last digit; sums of products in the last few. */
const LAST_DIGITS = 1e-13;

const unary =
  (fn: UnaryFn): Build =>
  (b, x) =>
    b.unary(fn, x);
const first: Build = (b, x) => b.select(x, [0]);
const second: Build = (b, x) => b.select(x, [1]);
const binary =
  (fn: BinaryFn): Build =>
  (b, x) =>
    b.binary(fn, first(b, x), second(b, x));
const compare =
  (fn: CompareFn): Build =>
  (b, x) =>
    b.compare(fn, first(b, x), second(b, x));
const reduce =
  (fn: ReduceFn): Build =>
  (b, x) =>
    b.reduce(fn, x);

/** Points [size, 3], as `grid` of make_golden.py makes them. */
function grid(size: number): number[][] {
  return Array.from({ length: size }, (_, i) => [
    (((i * 7919) % 10007) % 311) / 4,
    ((i * 104729) % 313) / 8,
    ((i * 31) % 17) - 8,
  ]);
}

const neighbors =
  (metric: NeighborsNode['metric'], size: number, count: number, points = grid(size)): Build =>
  (b, x) =>
    b.neighbors({
      x,
      points: Float64Array.from(points.flat()),
      metric,
      p: 3,
      count,
      values: Float64Array.from(grid(size).flatMap(([first], i) => [i, 2 * first!])),
      stride: 2,
    });
const edges = [Float64Array.of(-1, 0, 0, 0.5, 1, 2.5)];

const BUILD: Record<string, Build> = {
  ...Object.fromEntries(
    (
      [
        'neg',
        'abs',
        'sign',
        'floor',
        'exp',
        'log',
        'sqrt',
        'sin',
        'tanh',
        'relu',
        'sigmoid',
        'round',
        'round32',
      ] as const
    ).map((fn) => [fn, unary(fn)]),
  ),
  ...Object.fromEntries((['add', 'sub', 'mul', 'div', 'pow', 'min', 'max'] as const).map((fn) => [fn, binary(fn)])),
  ...Object.fromEntries((['lt', 'le', 'gt', 'ge', 'eq'] as const).map((fn) => [fn, compare(fn)])),
  sum: reduce('sum'),
  mean: reduce('mean'),
  rowMax: reduce('max'),
  rowMin: reduce('min'),
  prod: reduce('prod'),
  isnan: (b, x) => b.isnan(x),
  and: (b, x) => b.logic('and', compare('lt')(b, x), b.isnan(first(b, x))),
  or: (b, x) => b.logic('or', compare('lt')(b, x), b.isnan(first(b, x))),
  not: (b, x) => b.logic('not', b.isnan(x)),
  where: (b, x) => b.where(b.isnan(first(b, x)), second(b, x), first(b, x)),
  whereBool: (b, x) =>
    b.where(
      b.isnan(first(b, x)),
      b.compare('gt', second(b, x), b.scalar(0)),
      b.compare('lt', first(b, x), b.scalar(1)),
    ),
  softmax: (b, x) => b.softmax(x),
  argmax: (b, x) => b.argmax(x),
  matmul: (b, x) => b.matmul(x, Float64Array.of(1, 0.1, 2, -0.2, 3, 1 / 3), 2),
  scaledMatmul: (b, x) => b.binary('mul', b.matmul(x, Float64Array.of(1 / 3, 1 / 7, -2), 1), b.scalar(0.1)),
  select: (b, x) => b.select(x, [2, 0, 2]),
  concat: (b, x) => b.concat([b.scalar(0.5), x, first(b, x)]),
  toInteger: (b, x) => b.cast(x, 'i64'),
  fromBool: (b, x) => b.cast(b.isnan(x), 'f64'),
  constant: (b) => b.row([1.5, -2]),
  binRight: (b, x) => b.bin(x, edges, 'right'),
  binLeft: (b, x) => b.bin(x, edges, 'left'),
  lookup: (b, x) => b.lookup(x, Float64Array.of(1, NaN, 0, 2.5), Float64Array.of(10, 20, 30, 40), -1),
  lookupText: (b, x) => b.lookup(x, ['a', '', 'é', '\uffffmissing'], Float64Array.of(1, 2, 3, 4), NaN),
  equalText: (b, x) => b.compare('eq', x, b.texts(['a', 'é'])),
  ...Object.fromEntries(
    (['euclidean', 'manhattan', 'chebyshev', 'minkowski'] as const).map((metric) => [
      `neighbors-${metric}`,
      neighbors(metric, 50, 5),
    ]),
  ),
  neighborsMissing: (b, x) => {
    const holed = grid(50).map((row, i) => row.map((value, j) => ((i + j) % 4 === 0 ? NaN : value)));
    return neighbors('nan-euclidean', 50, 50, holed)(b, x);
  },
  neighborsBlocks: neighbors('euclidean', 9000, 3),
  neighborsAll: neighbors('manhattan', 70, 70),
  labelText: (b, x) => b.label(b.argmax(x), ['n', 'ö', '日本']),
  labelNumber: (b, x) => b.label(b.argmax(x), [0.5, 1, 2]),
  labelWhole: (b, x) => b.label(b.argmax(x), [-1, 7, 2]),
  labelBool: (b, x) => b.label(b.argmax(x), [false, true, true]),
};

const DATATYPE: Record<string, string> = {
  ...Object.fromEntries(
    [...'lt le gt ge eq isnan and or not whereBool equalText labelBool'.split(' ')].map((name) => [name, 'BOOL']),
  ),
  ...Object.fromEntries(['argmax', 'toInteger', 'labelWhole'].map((name) => [name, 'INT64'])),
  labelText: 'BYTES',
};

function inputOf({ shape, data }: Table, text: boolean): Tensor {
  if (text) return { datatype: 'BYTES', shape, data: data.map(String) };
  return { datatype: 'FP64', shape, data: Float64Array.from(data, Number) };
}

function same({ datatype, shape, data }: Tensor, expected: Table, name: string): void {
  expect({ datatype, shape }).toEqual({ datatype: DATATYPE[name] ?? 'FP64', shape: expected.shape });
  if (datatype === 'BYTES') return expect(plain(data)).toEqual(expected.data);
  const numbers = plain(data) as number[];
  const wanted = expected.data.map(Number);
  const wrong = wanted.flatMap((number, i) =>
    close(numbers[i]!, number) ? [] : [{ i, wanted: number, found: numbers[i] }],
  );
  expect(wrong).toEqual([]);
}

function close(found: number, wanted: number): boolean {
  return Object.is(found, wanted) || found === wanted || Math.abs(found - wanted) <= LAST_DIGITS * Math.abs(wanted);
}

test('argmax takes the first value that is not a number for the greatest, as numpy.argmax does', () => {
  const input: Tensor = { datatype: 'FP64', shape: [3, 3], data: Float64Array.of(1, NaN, 2, NaN, 5, NaN, 1, 2, NaN) };
  const evaluator = compileEvaluator(graphOf(3, (b, x) => b.argmax(x)));
  expect(plain(evaluator([input], 3)[0]!.data)).toEqual([1, 0, 2]);
});

test('a lookup answers the first of keys that repeat, as LabelEncoder does', () => {
  const input: Tensor = { datatype: 'FP64', shape: [1, 1], data: Float64Array.of(1) };
  const evaluator = compileEvaluator(
    graphOf(1, (b, x) => b.lookup(x, Float64Array.of(1, 1), Float64Array.of(10, 20), -1)),
  );
  expect(plain(evaluator([input], 1)[0]!.data)).toEqual([10]);
});

test('an evaluator that has answered one row answers several', () => {
  const evaluator = compileEvaluator(graphOf(1, (b, x) => b.unary('neg', x)));
  const answers = [[1], [2, 3, 4]].map((rows) => {
    const input: Tensor = { datatype: 'FP64', shape: [rows.length, 1], data: Float64Array.from(rows) };
    return plain(evaluator([input], rows.length)[0]!.data);
  });
  expect(answers).toEqual([[-1], [-2, -3, -4]]);
});

describe('operations of a graph against numpy', () => {
  let ort: OnnxProcess;
  beforeAll(() => {
    ort = new OnnxProcess();
  });
  afterAll(() => ort.close());

  it('has a golden answer for each', () => {
    expect(Object.keys(BUILD).sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(Object.keys(BUILD))('%s', async (name) => {
    const { input, expected } = CASES[name]!;
    const text = name.endsWith('Text') && name !== 'labelText';
    const classes: ClassLabel[] | undefined = name === 'labelBool' ? [false, true, true] : undefined;
    const graph = graphOf(input.shape[1]!, BUILD[name]!, { text, ...(classes && { classes }) });
    const tensor = inputOf(input, text);
    const [evaluated] = compileEvaluator(graph)([tensor], input.shape[0]!);
    same(evaluated!, expected, name);
    const onnx = toOnnx(graph);
    for (const level of ['basic', 'all'] as const) {
      const [answered] = await ort.run(onnx, ['X'], [tensor], level);
      same(answered!, expected, name);
    }
  });

  it.each<[string, Build]>([
    ['mul', (b, x) => b.binary('mul', x, b.scalar(1 + 2 ** -52))],
    ['mul the other way round', (b, x) => b.binary('mul', b.scalar(1 + 2e-8), x)],
    ['div', (b, x) => b.binary('div', x, b.scalar(1 - 2e-8))],
    ['div the other way round', (b, x) => b.binary('div', b.scalar(1 + 2e-8), x)],
  ])('a number that is 1 in float32 but not in double: %s', async (_name, build) => {
    const input: Tensor = { datatype: 'FP64', shape: [4, 1], data: Float64Array.of(1, -0.3, 12345.678, 1e-300) };
    // What is at an end of the model is not left out.
    const graph = graphOf(1, (b, x) => b.unary('neg', build(b, b.unary('neg', x))));
    const [wanted] = compileEvaluator(graph)([input], 4);
    expect(plain(wanted!.data)).not.toEqual(plain(input.data as Float64Array));
    for (const level of ['basic', 'all'] as const) {
      const [answered] = await ort.run(toOnnx(graph), ['X'], [input], level);
      expect(plain(answered!.data)).toEqual(plain(wanted!.data));
    }
  });

  it('an infinite number in a column that a point lacks', async () => {
    const points = Float64Array.of(0, 1, NaN, 3, 2, 5);
    const values = Float64Array.of(10, 20, 30);
    const input: Tensor = { datatype: 'FP64', shape: [2, 2], data: Float64Array.of(-Infinity, 1, 1, Infinity) };
    const graph = graphOf(2, (b, x) =>
      b.neighbors({ x, points, metric: 'nan-euclidean', p: 2, count: 1, values, stride: 1 }),
    );
    const wanted = [Math.sqrt(8), 20, Infinity, 10];
    const [evaluated] = compileEvaluator(graph)([input], 2);
    const [answered] = await ort.run(toOnnx(graph), ['X'], [input], 'all');
    expect([evaluated, answered].map((tensor) => [...tensor!.data])).toEqual([wanted, wanted]);
  });
});
