/** The value that a share of the values does not exceed, by nearest rank. @param sorted ascending, not empty */
export function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** What is told of latencies. @param values in ms, in any order; an empty list gives null */
export function latencySummary(values) {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share) => quantile(sorted, share);
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
}

/** Median and quartiles of a few figures, in a straight line between the two nearest where they fall between. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), q1: at(0.25), q3: at(0.75) };
}

/** A figure divided by another of the same round, round by round. */
export function ratios(values, base) {
  return values.map((value, i) => value / base[i]);
}

/**
 * Least squares of y = base + slope * x, each point weighted by 1/y^2: costs that differ by orders of magnitude count by
 * their relative errors, else the largest alone decides.
 * @param points pairs [x, y], y above 0
 */
export function fitLine(points) {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const [x, y] of points) {
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return { base: (wy - slope * wx) / w, slope };
}

/**
 * Whether a median is on the right side of its target.
 * @param target `{atLeast}` or `{atMost}`
 * @returns null without a target
 */
export function isMet(median, target) {
  if (!target) return null;
  return target.atLeast === undefined ? median <= target.atMost : median >= target.atLeast;
}
