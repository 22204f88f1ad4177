import * as fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { Distribution } from './distribution';
import { Exposition, labelText } from './exposition';

const BOUNDS = [0.1, 1, 2.5, 10];

/** The text of prom-client's histogram that saw the same values, as the independent count. */
async function reference(labels: Record<string, string>, values: number[]): Promise<string> {
  const registry = new Registry();
  const labelNames = Object.keys(labels);
  const histogram = new Histogram({ name: 'h', help: 'Some help', buckets: BOUNDS, registers: [registry], labelNames });
  for (const value of values) histogram.observe(labels, value);
  return registry.metrics();
}

/** Lines with their labels sorted, as their order means nothing. */
function normal(text: string): string[] {
  return text
    .split('\n')
    .map((line) =>
      line.replace(
        /\{(.*)\}/,
        (_, labels: string) => `{${(labels.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? []).sort().join(',')}}`,
      ),
    )
    .filter((line) => line !== '')
    .sort();
}

describe('Distribution', () => {
  it('puts a value equal to a bound under that bound, and one beyond all under +Inf', () => {
    const distribution = new Distribution(BOUNDS);
    for (const value of [0, 0.1, 0.10001, 10, 11]) distribution.observe(value);
    expect([...distribution.cumulative()]).toEqual([
      [0.1, 2],
      [1, 3],
      [2.5, 3],
      [10, 4],
      ['+Inf', 5],
    ]);
    expect(distribution.sum).toBeCloseTo(21.20001, 10);
  });
});

describe('Exposition', () => {
  it('writes a histogram as prom-client does, whatever is observed and whatever the labels hold', async () => {
    const value = fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...BOUNDS));
    const label = fc.oneof(fc.string(), fc.constantFrom('a"b', 'a\\b', 'a\nb', '\\n', 'ü🌍'));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 50 }), label, async (values, model) => {
        const distribution = new Distribution(BOUNDS);
        for (const observed of values) distribution.observe(observed);
        const text = new Exposition();
        const labels = { model, other: 'x' };
        await text.histogram('h', 'Some help', [[labelText(labels), distribution]]);
        expect(normal(text.toString())).toEqual(normal(await reference(labels, values)));
      }),
      { numRuns: 300 },
    );
  });
});
