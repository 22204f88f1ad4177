import fc from 'fast-check';
import { nextDown } from './next-down';

describe('nextDown', () => {
  it.each([
    [1, true, 1 - 2 ** -24],
    [1, false, 1 - 2 ** -53],
    [-1, true, -1 - 2 ** -23],
    [0, true, -(2 ** -149)],
    [-0, true, -(2 ** -149)],
    [-0, false, -(2 ** -1074)],
    [2 ** -149, true, 0],
    [-3.4028234663852886e38, true, -Infinity],
  ])('of %d in float32 %s is %d', (value, isFloat, below) => {
    expect(nextDown(value, isFloat)).toBe(below);
  });

  it('tells < by <= for any two numbers of the type', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float(), (threshold, x) => {
        expect(x <= nextDown(threshold, true)).toBe(x < threshold);
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double(), (threshold, x) => {
        expect(x <= nextDown(threshold, false)).toBe(x < threshold);
      }),
    );
  });
});
