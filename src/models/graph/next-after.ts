const bits = new BigInt64Array(1);
const asDouble = new Float64Array(bits.buffer);
const bits32 = new Int32Array(1);
const asFloat = new Float32Array(bits32.buffer);

/**
 * The next double above (`direction` 1) or below (-1) a finite number: the bits of IEEE 754 numbers of one sign count up
 * in the order of their magnitudes.
 */
export function nextDouble(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  asDouble[0] = value;
  bits[0]! += value > 0 === direction > 0 ? 1n : -1n;
  return asDouble[0];
}

/** The next float32 strictly above or below a finite number, which need not be a float32 itself. */
export function nextFloat(value: number, direction: 1 | -1): number {
  const rounded = Math.fround(value);
  if ((rounded - value) * direction > 0) return rounded;
  if (rounded === 0) return direction * 2 ** -149;
  asFloat[0] = rounded;
  bits32[0]! += rounded > 0 === direction > 0 ? 1 : -1;
  return asFloat[0];
}
