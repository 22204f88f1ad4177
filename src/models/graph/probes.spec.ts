import { MISSING_TEXT } from '../../common/signature';
import type { FeatureSpec } from '../../common/signature';
import type { Graph } from './ir';
import { GraphBuilder } from './graph-builder';
import { nextDouble, nextFloat } from './next-after';
import { probeInputs } from './probes';

type Hints = (number | string | null)[];

function graphWith(features: (Omit<FeatureSpec, 'input' | 'column'> & { hints: Hints })[]): Graph {
  const b = new GraphBuilder();
  const texts = features.filter(({ kind }) => kind === 'text').length;
  const numbers = features.length - texts;
  if (numbers > 0) b.input('numeric', 'f64', numbers);
  if (texts > 0) b.input('text', 'text', texts);
  const next = { numeric: 0, text: 0 };
  return {
    task: 'unknown',
    nodes: b.nodes,
    outputs: [],
    features: features.map(({ hints: _hints, ...spec }) =>
      spec.kind === 'text'
        ? { ...spec, input: numbers > 0 ? 1 : 0, column: next.text++ }
        : { ...spec, input: 0, column: next.numeric++ },
    ),
    probes: { values: features.map(({ hints }) => hints) },
  };
}

function column(graph: Graph, feature: number): (number | string)[] {
  const { input, column: at } = graph.features[feature]!;
  const { data, shape } = probeInputs(graph)[input]!;
  return Array.from({ length: shape[0]! }, (_, row) => data[row * shape[1]! + at] as number | string);
}

const number = { kind: 'number' as const, nullable: false };

describe(probeInputs, () => {
  it('visits each threshold, a float32 and a double beside it, zero, and far beyond', () => {
    const graph = graphWith([{ ...number, hints: [0.1, 2.5, -7] }]);
    const seen = new Set(column(graph, 0));
    for (const hint of [0.1, 2.5, -7]) {
      const near = [hint, nextFloat(hint, 1), nextFloat(hint, -1), nextDouble(hint, 1), nextDouble(hint, -1)];
      for (const value of near) expect(seen).toContain(value);
    }
    expect([...seen]).toEqual(expect.arrayContaining([0, 70, -70]));
    expect([...seen].every((value) => Number.isFinite(value))).toBe(true);
  });

  it('leaves values out only where a feature takes null', () => {
    const graph = graphWith([
      { ...number, hints: [1] },
      { ...number, nullable: true, hints: [1, null] },
      { kind: 'text', nullable: false, hints: ['a'] },
      { kind: 'text', nullable: true, hints: ['a', null] },
    ]);
    expect(column(graph, 0)).not.toContainEqual(NaN);
    expect(column(graph, 1)).toContainEqual(NaN);
    expect(column(graph, 2)).not.toContain(MISSING_TEXT);
    expect(column(graph, 3)).toContain(MISSING_TEXT);
  });

  it('sends categories, and others only where the feature is open', () => {
    const categories = ['red', 'blue'];
    const graph = graphWith([
      { kind: 'text', nullable: false, categories, closed: true, hints: ['red'] },
      { kind: 'text', nullable: false, categories, hints: [] },
      { ...number, categories: [3, 5], closed: true, hints: [3] },
      { kind: 'boolean', nullable: false, hints: [] },
    ]);
    expect(new Set(column(graph, 0))).toEqual(new Set(categories));
    expect(new Set(column(graph, 1))).toEqual(new Set([...categories, 'never seen in training']));
    expect(new Set(column(graph, 2))).toEqual(new Set([3, 5]));
    expect(new Set(column(graph, 3))).toEqual(new Set([0, 1]));
  });

  it('begins with an ordinary row, zeros and a row of missing values', () => {
    const graph = graphWith([
      { ...number, nullable: true, hints: [1, 2, 9] },
      { ...number, hints: [4] },
    ]);
    const data = probeInputs(graph)[0]!.data as Float64Array;
    expect(Array.from(data.slice(0, 6))).toEqual([2, 4, 0, 0, NaN, 4]);
  });

  it('gives the same rows each time, 256 of them, fewer for very wide models', () => {
    const graph = graphWith(Array.from({ length: 5 }, (_, i) => ({ ...number, hints: [i, i + 0.5] })));
    expect(probeInputs(graph)).toEqual(probeInputs(graph));
    expect(probeInputs(graph)[0]!.shape).toEqual([256, 5]);
    expect(probeInputs(graph, 10)[0]!.shape).toEqual([10, 5]);
    const wide = graphWith(Array.from({ length: 10_000 }, () => ({ ...number, hints: [1] })));
    expect(probeInputs(wide)[0]!.shape).toEqual([100, 10_000]);
  });

  it('mixes the hints of features, so that rows differ', () => {
    const graph = graphWith([
      { ...number, hints: [1, 2, 3] },
      { ...number, hints: [1, 2, 3] },
    ]);
    const data = probeInputs(graph)[0]!.data as Float64Array;
    const rows = new Set(Array.from({ length: 256 }, (_, row) => `${data[2 * row]},${data[2 * row + 1]}`));
    expect(rows.size).toBeGreaterThan(60);
  });

  it('takes hints evenly where there are too many', () => {
    const graph = graphWith([{ ...number, hints: Array.from({ length: 10_000 }, (_, i) => i) }]);
    const seen = column(graph, 0).map(Number);
    expect(Math.max(...seen.filter((value) => value <= 10_000))).toBeGreaterThan(9_000);
    expect(seen.filter((value) => Number.isInteger(value) && value <= 10_000).length).toBeGreaterThan(20);
  });
});
