/** Bernoulli numbers B(2n) / 2n of the asymptotic series (Abramowitz and Stegun 6.3.18). */
const SERIES = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** Where seven terms of the series are good to the last digit. */
const ASYMPTOTIC = 12;

/** The logarithmic derivative of the gamma function for positive x, within about 1e-15 of the greater of 1 and itself. */
export function digamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < ASYMPTOTIC; at++) shift += 1 / at;
  const square = 1 / (at * at);
  const tail = SERIES.reduceRight((sum, term) => (sum + term) * square, 0);
  return Math.log(at) - 0.5 / at - tail - shift;
}
