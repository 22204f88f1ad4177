/* global describe, it, expect */
import { setTimeout as sleep } from 'node:timers/promises';
import { CorePace, paceText } from './core-pace.mjs';

describe('the pace of the cores', () => {
  it('is told beside the quickest of what was timed meanwhile', async () => {
    const pace = new CorePace();
    await sleep(600);
    const told = pace.stop();
    expect(pace.samples.length).toBeGreaterThanOrEqual(2);
    expect(told.median).toBeGreaterThanOrEqual(1);
    expect(told.slowestTenth).toBeGreaterThanOrEqual(told.median);
    // Work that is done in a wink, as it would be if nobody used its result, tells nothing.
    expect(Math.min(...pace.samples)).toBeGreaterThan(0.02);
  });

  it('is told by how many times its quickest the work took', () => {
    const pace = new CorePace();
    pace.samples = [0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.15];
    const told = pace.stop();
    expect(told.median).toBeCloseTo(1, 12);
    expect(told.slowestTenth).toBeCloseTo(1.5, 12);
    expect(paceText(told)).toContain('1.00 times its quickest in the median and 1.50 times');
  });
});
