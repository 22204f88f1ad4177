import { digamma } from './digamma';

/** scipy.special.digamma (scipy 1.18.1). */
const KNOWN: [number, number][] = [
  [1e-3, -1000.5755719318103],
  [0.5, -1.9635100260214235],
  [1, -0.5772156649015329],
  [1.4616321449683622, -9.241265521729427e-17],
  [2.75, 0.8189010249754325],
  [11.999, 2.442574774329119],
  [150.25, 5.008969095021217],
  [1e8, 18.420680738952367],
];

describe(digamma, () => {
  it.each(KNOWN)('of %d', (x, expected) => {
    expect(Math.abs(digamma(x) - expected)).toBeLessThanOrEqual(2e-15 * Math.max(1, Math.abs(expected)));
  });
});
