/** Powers of ten that a double holds exactly. */
export const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Splits a double into two of 26 bits (Dekker 1971): times it, less what rounding made of that. */
const SPLITTER = 2 ** 27 + 1;
/** Far above the error of what is computed here (a few times 2^-105), far below half a unit in the last place. */
const DOUBT = 2 ** -98;

/**
 * (high * 10^digits + low) / 10^fraction as the nearest double, for decimal numbers with more digits than a double holds:
 * computed to about twice the precision (T. J. Dekker, "A floating-point technique for extending the available
 * precision", Numerische Mathematik 18, 1971) and rounded once. What lies so near to the middle of two doubles that the
 * error of that could turn it is not decided.
 *
 * @param high, low whole numbers below 2^53, low below 10^digits
 * @param digits, fraction from 0 to 22, such that the numerator is below 10^22
 * @returns NaN where it cannot tell
 */
export function roundDecimal(high: number, low: number, digits: number, fraction: number): number {
  const scale = POWERS[digits]!;
  const divisor = POWERS[fraction]!;
  // The numerator is exactly product + rest, but for the last bit of rest.
  const product = high * scale;
  const rest = productError(high, scale, product) + low;
  const numerator = product + rest;
  const carried = rest - (numerator - product);
  const first = numerator / divisor;
  const whole = first * divisor;
  const left = numerator - whole - productError(first, divisor, whole) + carried;
  const second = left / divisor;
  const sum = first + second;
  const error = second - (sum - first);
  const doubt = sum * DOUBT;
  return sum + (error + doubt) === sum && sum + (error - doubt) === sum ? sum : NaN;
}

/** x * y - product without rounding, where product is x * y rounded. */
function productError(x: number, y: number, product: number): number {
  const xBig = x * SPLITTER;
  const xHigh = xBig - (xBig - x);
  const xLow = x - xHigh;
  const yBig = y * SPLITTER;
  const yHigh = yBig - (yBig - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}
