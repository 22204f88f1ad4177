import * as fc from 'fast-check';
import { nextDouble, nextFloat } from './next-after';

describe('neighbours of a number', () => {
  it('are those of numpy.nextafter', () => {
    expect(nextDouble(1, 1)).toBe(1.0000000000000002);
    expect(nextDouble(1, -1)).toBe(0.9999999999999999);
    expect(nextDouble(-1, 1)).toBe(-0.9999999999999999);
    expect(nextDouble(0, 1)).toBe(5e-324);
    expect(nextDouble(-0, -1)).toBe(-5e-324);
    expect(nextDouble(Number.MAX_VALUE, 1)).toBe(Infinity);
    expect(nextFloat(1, 1)).toBe(1.0000001192092896);
    expect(nextFloat(-1, -1)).toBe(-1.0000001192092896);
    expect(nextFloat(0, -1)).toBe(-1.401298464324817e-45);
    expect(nextFloat(0.1, 1)).toBe(0.10000000149011612);
    expect(nextFloat(0.1, -1)).toBe(0.09999999403953552);
    expect(nextFloat(1e-60, 1)).toBe(1.401298464324817e-45);
  });

  it('have nothing between them and the number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), (value) => {
        const above = nextDouble(value, 1);
        expect(above).toBeGreaterThan(value);
        expect(nextDouble(above, -1)).toBe(value + 0);
        const middle = value / 2 + above / 2;
        expect([value + 0, above]).toContain(middle + 0);
      }),
    );
  });

  it('are float32 numbers on the side that was asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
        fc.constantFrom(1 as const, -1 as const),
        (value, direction) => {
          const next = nextFloat(value, direction);
          expect(Math.fround(next)).toBe(next);
          expect(Math.sign(next - value)).toBe(direction);
          const back = nextFloat(next, direction === 1 ? -1 : 1);
          expect((back - value) * direction).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});
