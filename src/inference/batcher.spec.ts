import fc from 'fast-check';
import { cutBatch, remainingDelay } from './batcher';

describe('cutBatch', () => {
  test.each([
    [[1, 1, 1], 2, 2],
    [[3, 3], 4, 1],
    [[100, 1], 64, 1],
    [[1, 100], 64, 1],
    [[32, 32, 1], 64, 2],
    [[], 64, 0],
  ])('of %j with at most %i rows takes %i', (rows, maxRows, count) => {
    expect(cutBatch(rows, maxRows)).toBe(count);
  });

  test('takes at least one, stays within the rows, and could not take one more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 64 }),
        (rows, max) => {
          const count = cutBatch(rows, max);
          const sum = (n: number): number => rows.slice(0, n).reduce((a, b) => a + b, 0);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count === 1 || sum(count) <= max).toBe(true);
          expect(count === rows.length || sum(count + 1) > max).toBe(true);
        },
      ),
    );
  });
});

describe('remainingDelay', () => {
  const limits = { maxRows: 4, maxDelayMs: 10 };
  test.each([
    [{ rows: 1, oldestAt: 100 }, 103, limits, 7],
    [{ rows: 4, oldestAt: 100 }, 103, limits, 0],
    [{ rows: 1, oldestAt: 100 }, 150, limits, 0],
    [{ rows: 1, oldestAt: 100 }, 100, { maxRows: 4, maxDelayMs: 0 }, 0],
  ])('%j at %i', (waiting, now, bounds, delay) => {
    expect(remainingDelay(waiting, now, bounds)).toBe(delay);
  });
});
