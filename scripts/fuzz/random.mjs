// Random choices that a seed repeats: mulberry32, 32 bits of state, good enough to mutate bytes by.

const INTEGERS = [
  0,
  1,
  2,
  3,
  7,
  8,
  16,
  31,
  32,
  63,
  64,
  100,
  127,
  128,
  255,
  256,
  1000,
  4096,
  65_535,
  65_536,
  1_000_000,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
];
const NUMBERS = [0, -0, 0.5, 1, -1, 1e-300, 5e-324, 1e300, 1.7976931348623157e308, NaN, Infinity, -Infinity];

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** 0 <= value < 2^32 */
  uint32() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 <= value < n */
  below(n) {
    return this.uint32() % Math.max(1, n);
  }

  chance(share) {
    return this.uint32() / 2 ** 32 < share;
  }

  pick(values) {
    return values[this.below(values.length)];
  }

  /** Whole numbers at which code breaks: bounds of types, powers of two, and their negatives. */
  integer() {
    const value = this.chance(0.3) ? this.below(300) : this.pick(INTEGERS) + (this.chance(0.3) ? 1 : 0);
    return this.chance(0.3) ? -value : value;
  }

  number() {
    return this.chance(0.5) ? this.pick(NUMBERS) : this.integer() / 8;
  }
}
