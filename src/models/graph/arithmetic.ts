import type { BinaryFn, CompareFn, ReduceFn, UnaryFn } from './ir';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

/** Functions of one number. The sigmoid has scipy.special.expit's form, which keeps the digits of small answers. */
export const UNARY: Record<UnaryFn, Unary> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  sin: Math.sin,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  round: roundHalfEven,
  round32: Math.fround,
};

/** Functions of two numbers; Math.min and Math.max already let NaN win. */
export const BINARY: Record<BinaryFn, Binary> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow: power,
  min: (x, y) => Math.min(x, y),
  max: (x, y) => Math.max(x, y),
};

export const COMPARE: Record<CompareFn, Binary> = {
  lt: (x, y) => (x < y ? 1 : 0),
  le: (x, y) => (x <= y ? 1 : 0),
  gt: (x, y) => (x > y ? 1 : 0),
  ge: (x, y) => (x >= y ? 1 : 0),
  eq: (x, y) => (x === y ? 1 : 0),
};

/** `mean` is the sum, divided by the caller. */
export const REDUCE: Record<ReduceFn, { start: number; combine: Binary }> = {
  sum: { start: 0, combine: BINARY.add },
  mean: { start: 0, combine: BINARY.add },
  max: { start: -Infinity, combine: BINARY.max },
  min: { start: Infinity, combine: BINARY.min },
  prod: { start: 1, combine: BINARY.mul },
};

/** C's pow (ISO C annex F.10.4.4), which numpy and onnxruntime use; JavaScript's differs for a base of 1 or -1. */
function power(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === -1 && Math.abs(y) === Infinity) return 1;
  return x ** y;
}

/** IEEE 754's default rounding, which numpy and onnxruntime use; JavaScript's Math.round takes halves upward. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
