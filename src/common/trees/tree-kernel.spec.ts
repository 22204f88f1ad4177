import fc from 'fast-check';
import type { Forest, TreeEnsemble } from './tree-ensemble';
import { compileTreeKernel, GROUP_PAYLOAD } from './tree-kernel';

/** Thresholds and rows are drawn from the same few numbers, so that they meet. */
const NUMBERS = [-Infinity, -3, -0.5, 0, 0.1, 0.30000001192092896, 0.30000000000000004, 2, 16777217, Infinity];
const number = fc.constantFrom(...NUMBERS);
const cell = fc.oneof({ weight: 5, arbitrary: number }, { weight: 1, arbitrary: fc.constant(NaN) });
const FEATURES = 3;

interface Shape {
  trees: number;
  depth: number;
  stride: number;
  width: number;
  missing: boolean;
}

/** Draws a forest: each number of the stream decides what comes next. */
function drawForest({ trees, depth, stride, width, missing }: Shape, next: () => number): Forest {
  const rows: { left: number; right: number; feature: number; threshold: number; missing: number }[] = [];
  const leafValues: number[] = [];
  const grow = (level: number): number => {
    const id = rows.length;
    const node = { left: -1, right: leafValues.length / stride, feature: 0, threshold: 0, missing: 0 };
    rows.push(node);
    if (level === depth || next() < 0.2) {
      for (let j = 0; j < stride; j++) leafValues.push(next() * 3 - 1);
      return id;
    }
    node.feature = Math.floor(next() * FEATURES);
    node.threshold = NUMBERS[Math.floor(next() * NUMBERS.length)]!;
    node.missing = missing && next() < 0.5 ? 1 : 0;
    node.left = grow(level + 1);
    node.right = grow(level + 1);
    return id;
  };
  const roots = Array.from({ length: trees }, () => grow(0));
  return {
    roots: Int32Array.from(roots),
    left: Int32Array.from(rows, (row) => row.left),
    right: Int32Array.from(rows, (row) => row.right),
    feature: Int32Array.from(rows, (row) => row.feature),
    threshold: Float64Array.from(rows, (row) => row.threshold),
    missingLeft: Uint8Array.from(rows, (row) => row.missing),
    leafValues: Float64Array.from(leafValues),
    stride,
    target: Int32Array.from(roots, () => Math.floor(next() * (width - stride + 1))),
  };
}

/** The leaf row that a row arrives at, as the definition has it. */
function leafOf({ forest, compare }: TreeEnsemble, row: Float64Array, root: number): number {
  const { left, right, feature, threshold, missingLeft } = forest;
  let id = root;
  while (left[id] !== -1) {
    const x = row[feature[id]!]!;
    const goesLeft = Number.isNaN(x)
      ? missingLeft[id] === 1
      : compare === 'le'
        ? x <= threshold[id]!
        : x < threshold[id]!;
    id = goesLeft ? left[id]! : right[id]!;
  }
  return right[id]!;
}

/** Answers of one row, summed as the compiled ONNX graph sums. */
function answerOf(ensemble: TreeEnsemble, cells: Float64Array, inTurn: boolean): number[] {
  const { forest, round32, accumulate, base, scale, divisor } = ensemble;
  const { roots, leafValues, stride, target } = forest;
  const row = round32 ? cells.map(Math.fround) : cells;
  const float = accumulate === 'f32';
  const round = float ? Math.fround : (x: number) => x;
  const group = stride === 1 || inTurn ? roots.length : Math.floor(GROUP_PAYLOAD / base.length);
  const totals = Array.from(base, (value) => (float ? round(value) : 0));
  for (let from = 0; from < roots.length; from += group) {
    const sums = totals.map((total) => (float ? total : 0));
    for (let tree = from; tree < Math.min(roots.length, from + group); tree++) {
      const leaf = leafOf(ensemble, row, roots[tree]!);
      for (let j = 0; j < stride; j++) {
        const column = target[tree]! + j;
        sums[column] = round(sums[column]! + round(scale * leafValues[leaf * stride + j]!));
      }
    }
    for (const [column, sum] of sums.entries()) totals[column] = float ? sum : totals[column]! + sum;
  }
  return totals.map((total, column) => {
    const based = float ? total : base[column]! + total;
    return divisor === 1 ? based : round(based / round(divisor));
  });
}

interface Case {
  ensemble: TreeEnsemble;
  rows: number;
  /** [rows, features and whatever is beside them] */
  x: Float64Array;
  inTurn: boolean;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    trees: fc.integer({ min: 1, max: 12 }),
    depth: fc.integer({ min: 0, max: 7 }),
    stride: fc.constantFrom(1, 1, 2, 3, 16, 17, 20),
    spare: fc.integer({ min: 0, max: 2 }),
    missing: fc.boolean(),
    compare: fc.constantFrom<'le' | 'lt'>('le', 'lt'),
    round32: fc.boolean(),
    float: fc.boolean(),
    scale: fc.constantFrom(1, 0.1),
    divisor: fc.constantFrom(1, 3, 100),
    seed: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
    rows: fc.integer({ min: 1, max: 40 }),
    beside: fc.integer({ min: 0, max: 2 }),
    inTurn: fc.boolean(),
  })
  .chain(({ seed, beside, inTurn, ...options }) => {
    const { trees, depth, stride, missing, compare, round32, float, scale, divisor, rows, spare } = options;
    const width = stride + spare;
    const next = (): number => seed.next().value as number;
    const forest = drawForest({ trees, depth, stride, width, missing }, next);
    const base = Float64Array.from({ length: width }, (_, j) => j / 7);
    // In float32 a compiled graph adds one number a leaf.
    const accumulate = float && (stride === 1 || inTurn) ? 'f32' : 'f64';
    const ensemble: TreeEnsemble = { forest, compare, round32, accumulate, base, scale, divisor };
    return fc
      .array(cell, { minLength: rows * (FEATURES + beside), maxLength: rows * (FEATURES + beside) })
      .map((cells) => ({ ensemble, rows, x: Float64Array.from(cells), inTurn }));
  });

function kernelAnswers({ ensemble, rows, x, inTurn }: Case): number[][] {
  const width = ensemble.base.length;
  const out = new Float64Array(rows * width);
  compileTreeKernel(ensemble, Math.min(FEATURES, x.length / rows), inTurn)!(x, rows, out);
  return Array.from({ length: rows }, (_, row) => [...out.subarray(row * width, (row + 1) * width)]);
}

function referenceAnswers({ ensemble, rows, x, inTurn }: Case): number[][] {
  const columns = x.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    answerOf(ensemble, x.subarray(row * columns, (row + 1) * columns), inTurn),
  );
}

/** One tree of one split on one feature. */
function stump(overrides: Partial<Forest> = {}): TreeEnsemble {
  const forest: Forest = {
    roots: Int32Array.of(0),
    left: Int32Array.of(1, -1, -1),
    right: Int32Array.of(2, 0, 1),
    feature: Int32Array.of(0, 0, 0),
    threshold: Float64Array.of(0.5, 0, 0),
    missingLeft: Uint8Array.of(0, 0, 0),
    leafValues: Float64Array.of(1, 2),
    stride: 1,
    target: Int32Array.of(0),
    ...overrides,
  };
  const base = Float64Array.of(0);
  return { forest, compare: 'le', round32: false, accumulate: 'f64', base, scale: 1, divisor: 1 };
}

describe('compileTreeKernel', () => {
  it('answers any ensemble to the last bit as its definition has it', () => {
    fc.assert(
      fc.property(cases, (drawn) => {
        expect(kernelAnswers(drawn)).toEqual(referenceAnswers(drawn));
      }),
      { numRuns: 400 },
    );
  });

  it('answers more rows than a block has, each as alone', () => {
    const numbers = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: 5_000, seed: 7 });
    let at = 0;
    const next = (): number => Math.min(0.999, numbers[at++ % numbers.length]!);
    const forest = drawForest({ trees: 30, depth: 6, stride: 2, width: 2, missing: true }, next);
    const ensemble: TreeEnsemble = { ...stump(), forest, base: new Float64Array(2), divisor: 30 };
    const rows = 2_500;
    const x = Float64Array.from({ length: rows * FEATURES }, () => NUMBERS[Math.floor(next() * NUMBERS.length)]!);
    expect(kernelAnswers({ ensemble, rows, x, inTurn: false })).toEqual(
      referenceAnswers({ ensemble, rows, x, inTurn: false }),
    );
  });

  it('adds many classes in the groups of the compiled graph', () => {
    const numbers = fc.sample(fc.double({ min: 0, max: 0.99, noNaN: true }), { numRuns: 9_000, seed: 11 });
    let at = 0;
    const next = (): number => numbers[at++ % numbers.length]!;
    const stride = 100;
    const forest = drawForest({ trees: 25, depth: 3, stride, width: stride, missing: false }, next);
    const ensemble: TreeEnsemble = { ...stump(), forest, base: new Float64Array(stride), divisor: 25 };
    const x = Float64Array.from({ length: 9 * FEATURES }, () => NUMBERS[Math.floor(next() * NUMBERS.length)]!);
    expect(Math.floor(GROUP_PAYLOAD / stride)).toBeLessThan(25);
    expect(kernelAnswers({ ensemble, rows: 9, x, inTurn: false })).toEqual(
      referenceAnswers({ ensemble, rows: 9, x, inTurn: false }),
    );
  });

  it('keeps a tree of one leaf, and one of a thousand levels', () => {
    const levels = 1_000;
    const leaf = (id: number): boolean => id % 2 === 1 || id === 2 * levels;
    const ids = Array.from({ length: 2 * levels + 1 }, (_, id) => id);
    const chain = stump({
      roots: Int32Array.of(0),
      left: Int32Array.from(ids, (id) => (leaf(id) ? -1 : id + 1)),
      right: Int32Array.from(ids, (id) => (leaf(id) ? Math.floor(id / 2) : id + 2)),
      feature: new Int32Array(ids.length),
      threshold: Float64Array.from(ids, (id) => id / 2),
      missingLeft: new Uint8Array(ids.length),
      leafValues: Float64Array.from({ length: levels + 1 }, (_, i) => i),
    });
    const x = Float64Array.of(-1, 0.5, 500, 998.5, 5_000);
    expect(kernelAnswers({ ensemble: chain, rows: 5, x, inTurn: false }).flat()).toEqual([0, 1, 500, 999, 1_000]);
    const single = { left: Int32Array.of(-1), right: Int32Array.of(0), leafValues: Float64Array.of(4) };
    const constant = stump({ ...single, feature: new Int32Array(1), threshold: new Float64Array(1) });
    expect(kernelAnswers({ ensemble: constant, rows: 2, x: Float64Array.of(NaN, 1), inTurn: false }).flat()).toEqual([
      4, 4,
    ]);
  });

  it('holds no leaf that is not greater than -Infinity, for a leaf must compare as greater', () => {
    for (const value of [NaN, -Infinity]) {
      expect(compileTreeKernel(stump({ leafValues: Float64Array.of(1, value) }), 1)).toBeNull();
    }
    expect(compileTreeKernel(stump({ leafValues: Float64Array.of(1, Infinity) }), 1)).not.toBeNull();
  });
});
