/* global describe, it, expect */
import { figure, figureRow, targetText } from './figure.mjs';
import { number, table, withSpread, wrap } from './format.mjs';
import { sampleOf } from './metrics-page.mjs';
import { ceilings, onPaper } from './on-paper.mjs';
import { paddedGraph, varint } from './padded-graph.mjs';
import { toPictures, toText } from './report.mjs';
import { drawCurves, drawTargets, scale } from './svg.mjs';

const value = (median) => ({ median, q1: median - 0.1, q3: median + 0.1 });
const fast = figure('throughput', value(0.9), { target: { atLeast: 0.85 } });
const slow = figure('until <ready>', value(2), { unit: 'ms', target: { atMost: 1.5 } });

const report = {
  at: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'a chip', cpus: 2, memoryGb: 24, release: '6.1' },
  versions: { node: 'v24', onnxruntime: '1.27', modelport: '0.1' },
  generator: 'wrk',
  plan: { rounds: 3, seconds: 2, warmUpSeconds: 1 },
  loadBefore: 0.1,
  pace: { median: 1.02, slowestTenth: 1.43 },
  loadAfter: 1.5,
  took: 90,
  sections: [
    {
      title: 'One',
      about: ['Words.'],
      figures: [fast, slow, figure('told only', value(7))],
      tables: [{ caption: 'Caption:', head: ['', 'b'], rows: [['x', '1']] }],
      curves: [
        {
          name: 'rows',
          title: 'Rows',
          x: 'rows',
          y: 'µs',
          series: [
            {
              name: 'all',
              points: [
                [1, 10],
                [100, 500],
              ],
            },
          ],
        },
      ],
    },
  ],
};

describe('numbers as text', () => {
  it('have three digits that count', () => {
    const cases = [38778, 123.4, 12.34, 1.234, 0.1234, 0, NaN, null];
    expect(cases.map(number)).toEqual(['38,778', '123', '12.3', '1.23', '0.123', '0', '-', '-']);
    expect(withSpread({ median: 2, q1: 1, q3: 3 })).toBe('2.00 (1.00 to 3.00)');
  });

  it('tables line up, and paragraphs are at most 120 wide', () => {
    expect(table(['a', 'long'], [['bcde', '1']])).toBe('| a    | long |\n| ---- | ---- |\n| bcde | 1    |');
    const lines = wrap('word '.repeat(100)).split('\n');
    expect(Math.max(...lines.map((one) => one.length))).toBeLessThanOrEqual(120);
    expect(lines.join(' ').trim().split(' ')).toHaveLength(100);
  });
});

describe('figures', () => {
  it('say honestly whether their target is met', () => {
    expect(figureRow(fast)).toEqual(['throughput', '0.900 (0.800 to 1.00)', 'at least 0.850', 'met']);
    expect(figureRow(slow)[3]).toBe('**not met**');
    expect(figureRow(figure('told only', value(7))).slice(2)).toEqual(['', '']);
    expect(targetText({ atMost: 150 }, 'MB')).toBe('at most 150 MB');
  });
});

describe('the report', () => {
  it('of two runs says of each target what both had, and does not call met what was met once', () => {
    const section = report.sections[0];
    const once = figure('throughput', value(0.8), { target: { atLeast: 0.85 } });
    const earlier = { ...report, sections: [{ ...section, figures: [once, slow] }] };
    const text = toText({ ...report, earlier }, 'performance').replaceAll(/[\s|]+/g, ' ');
    expect(text).toContain('Of 2 targets 0 were met in both of two runs, one after the other, and 1 in one of them.');
    expect(text).toContain('throughput 0.800 (0.700 to 0.900) 0.900 (0.800 to 1.00) at least 0.850 **met once**');
    expect(text).toContain('until <ready> 2.00 (1.90 to 2.10) ms 2.00 (1.90 to 2.10) ms at most 1.50 ms **not met**');
  });

  it('counts what is met, and has every figure, table and picture', () => {
    const text = toText(report, 'performance');
    expect(text).toContain('1 of 2 targets were met');
    expect(text.replaceAll('\n', ' ')).toContain('1.43 times in the slowest tenth');
    for (const part of ['## One', '| told only', 'Caption:', '(performance/rows.svg)', '(performance/targets.svg)']) {
      expect(text).toContain(part);
    }
    expect(Object.keys(toPictures(report))).toEqual(['targets.svg', 'rows.svg']);
  });
});

describe('pictures', () => {
  const places = (svg, tag, attribute) =>
    [...svg.matchAll(new RegExp(`<${tag} [^>]*${attribute}="([^"]+)"`, 'g'))].map(([, found]) => Number(found));

  it('draw a bar to its share of the target, and take markup out of names', () => {
    const svg = drawTargets([fast, slow]);
    const [, first, second] = places(svg, 'rect', 'width');
    // The target is the middle of 420 points, the cut at twice the target.
    expect(first).toBeCloseTo((0.9 / 0.85) * 210, 0);
    expect(second).toBeCloseTo((2 / 1.5) * 210, 0);
    expect(svg).toContain('until &lt;ready&gt;');
    expect(svg).not.toContain('<ready>');
  });

  it('draw curves with the largest value on top', () => {
    const svg = drawCurves(report.sections[0].curves[0]);
    const [low, high] = places(svg, 'circle', 'cy');
    expect(high).toBeLessThan(low);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('scale by powers of ten', () => {
    const { at, ticks } = scale([1, 1000], 0, 100);
    expect(ticks).toEqual([1, 10, 100, 1000]);
    expect(at(10) - at(1)).toBeCloseTo(at(1000) - at(100), 6);
    expect(scale([5], 0, 100).at(5)).toBeCloseTo(50);
  });
});

describe('what the figures are taken from', () => {
  it('reads a sample of Prometheus text by its whole name', () => {
    const text = '# HELP lag x\nlag_p99_seconds 0.0123\nlag_seconds 1e-3\n';
    expect([sampleOf(text, 'lag_p99_seconds'), sampleOf(text, 'lag_seconds')]).toEqual([0.0123, 0.001]);
    expect(sampleOf(text, 'lag')).toBeNaN();
  });

  it('pads a graph to about its size with one field of protobuf', () => {
    const padded = paddedGraph(Buffer.from('graph'), 1000);
    expect(padded.subarray(0, 5).toString()).toBe('graph');
    expect([...padded.subarray(5, 8)]).toEqual([0x32, 0xe3, 0x07]); // field 6, length 995
    expect(padded).toHaveLength(5 + 3 + 995);
    expect([...varint(300)]).toEqual([0xac, 0x02]);
  });

  it('computes the ceiling of one process from its HTTP thread', () => {
    const { ceiling, coresOfOthers, rowsPerCore } = ceilings({ single: { cpuUs: 35, httpUs: 25 }, rows: { slope: 4 } });
    expect([ceiling, coresOfOthers, rowsPerCore]).toEqual([40_000, 0.4, 250_000]);
    const told = (httpUs) => onPaper({ single: { cpuUs: 25, httpUs }, rows: { slope: 4 } })[0];
    expect(told(15)).toContain('a third adds nothing');
    expect(told(24)).toContain('next to nothing');
  });
});
