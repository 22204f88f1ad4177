import fc from 'fast-check';
import { AppError } from './errors';
import { parseCpu, parseMemory } from './quantities';

describe('parseCpu', () => {
  it.each([
    ['2', 2],
    [2, 2],
    ['500m', 1],
    ['1500m', 2],
    ['0.5', 1],
    [3.2, 4],
  ])('%p is %p threads', (quantity, threads) => {
    expect(parseCpu(quantity)).toBe(threads);
  });

  it.each(['0', '-1', '', 'two', '2 cores', '1e3', NaN, '0m', '5000'])('refuses %p', (quantity) => {
    expect(() => parseCpu(quantity)).toThrow(AppError);
  });
});

describe('parseMemory', () => {
  it.each([
    ['512MB', 512e6],
    ['512Mi', 512 * 1024 ** 2],
    ['1GB', 1e9],
    ['1.5Gi', 1.5 * 1024 ** 3],
    [4096, 4096],
    ['64 KB', 64e3],
  ])('%p is %p bytes', (quantity, bytes) => {
    expect(parseMemory(quantity)).toBe(bytes);
  });

  it.each(['', '0', '-5MB', '5XB', 'lots', '1e400', '0.2'])('refuses %p', (quantity) => {
    expect(() => parseMemory(quantity)).toThrow(AppError);
  });

  it('throws nothing but AppError on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseMemory(text)).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});
