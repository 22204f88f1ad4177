import * as fc from 'fast-check';
import { Histogram } from 'prom-client';
import { Distribution } from './distribution';
import { DistributionHistogram } from './distribution-histogram';

const BOUNDS = [0.1, 1, 2.5, 10];

/** A histogram of prom-client that saw the same values, as the independent count. */
function reference(values: number[]): Histogram {
  const histogram = new Histogram({ name: 'h', help: 'h', buckets: BOUNDS, registers: [], labelNames: ['model'] });
  for (const value of values) histogram.observe({ model: 'm' }, value);
  return histogram;
}

describe('Distribution', () => {
  it('puts a value equal to a bound under that bound, and one beyond all under +Inf', () => {
    const distribution = new Distribution(BOUNDS);
    for (const value of [0, 0.1, 0.10001, 10, 11]) distribution.observe(value);
    expect(distribution.cumulative()).toEqual([
      [0.1, 2],
      [1, 3],
      [2.5, 3],
      [10, 4],
      ['+Inf', 5],
    ]);
    expect(distribution.count).toBe(5);
    expect(distribution.sum).toBeCloseTo(21.20001, 10);
  });

  it('counts as prom-client does', async () => {
    const value = fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...BOUNDS));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 50 }), async (values) => {
        const distribution = new Distribution(BOUNDS);
        for (const observed of values) distribution.observe(observed);
        const ours = new DistributionHistogram({ name: 'h', help: 'h', labelNames: ['model'] }, () => [
          { labels: { model: 'm' }, distribution },
        ]);
        const plain = async (histogram: Histogram) =>
          (await histogram.get()).values.map(({ metricName, labels, value: seen }) => [
            metricName,
            { ...labels },
            seen,
          ]);
        expect(await plain(ours)).toEqual(await plain(reference(values)));
      }),
      { numRuns: 200 },
    );
  });
});
