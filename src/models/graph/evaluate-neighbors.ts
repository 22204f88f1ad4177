import type { NeighborsNode } from './ir';

/** Fills `out` [rows, count * (1 + stride)] from x [rows, features]. */
type NeighborsKernel = (x: Float64Array, out: Float64Array, rows: number) => void;

/** Above this many neighbours all distances are sorted; below, a short list is kept in order while they are made. */
const MAX_LIST = 64;

/**
 * Prepares the search for the nearest points: every distance is computed, the terms added in the order of the columns;
 * of equal distances the earlier point is the nearer. A distance that is not a number is the farthest.
 */
export function compileNeighbors(node: NeighborsNode, features: number): NeighborsKernel {
  const { points, count, values, stride } = node;
  const measure = measureOf(node);
  const size = points.length / features;
  const distances = new Float64Array(size);
  const nearest = new Int32Array(count);
  const order = count > MAX_LIST ? new Int32Array(size) : null;
  const width = count * (1 + stride);
  return (x, out, rows) => {
    for (let row = 0; row < rows; row++) {
      measure(x.subarray(row * features, (row + 1) * features), points, distances);
      clean(distances);
      if (order) sortAll(distances, order, nearest);
      else keepNearest(distances, nearest);
      const at = row * width;
      for (let i = 0; i < count; i++) {
        const point = nearest[i]!;
        out[at + i] = wholeDistance(node, distances[point]!, features);
        for (let j = 0; j < stride; j++) out[at + count + i * stride + j] = values[point * stride + j]!;
      }
    }
  };
}

/** Fills the distances of one row to all points, before the last step (a root), which keeps their order. */
type Measure = (x: Float64Array, points: Float64Array, distances: Float64Array) => void;

/** A distance that is not a number is the farthest. */
function clean(distances: Float64Array): void {
  for (let point = 0; point < distances.length; point++) {
    if (Number.isNaN(distances[point])) distances[point] = Infinity;
  }
}

/** One loop for each metric: a choice within the innermost loop takes ten times as long. */
function measureOf({ metric, p }: NeighborsNode): Measure {
  switch (metric) {
    case 'euclidean':
      return squares;
    case 'nan-euclidean':
      return sharedSquares;
    case 'manhattan':
      return (x, points, distances) => combine(x, points, distances, (total, difference) => total + difference);
    case 'chebyshev':
      return (x, points, distances) => combine(x, points, distances, Math.max);
    case 'minkowski':
      return (x, points, distances) => combine(x, points, distances, (total, difference) => total + difference ** p);
  }
}

function squares(x: Float64Array, points: Float64Array, distances: Float64Array): void {
  const features = x.length;
  for (let point = 0, at = 0; point < distances.length; point++) {
    let total = 0;
    for (let j = 0; j < features; j++, at++) {
      const difference = x[j]! - points[at]!;
      total += difference * difference;
    }
    distances[point] = total;
  }
}

/** Mean square of the differences in the columns that both have. */
function sharedSquares(x: Float64Array, points: Float64Array, distances: Float64Array): void {
  const features = x.length;
  for (let point = 0, at = 0; point < distances.length; point++) {
    let total = 0;
    let present = 0;
    for (let j = 0; j < features; j++, at++) {
      const difference = x[j]! - points[at]!;
      if (difference !== difference) continue;
      total += difference * difference;
      present++;
    }
    distances[point] = present > 0 ? total / present : Infinity;
  }
}

function combine(
  x: Float64Array,
  points: Float64Array,
  distances: Float64Array,
  add: (total: number, difference: number) => number,
): void {
  const features = x.length;
  for (let point = 0, at = 0; point < distances.length; point++) {
    let total = 0;
    for (let j = 0; j < features; j++, at++) total = add(total, Math.abs(x[j]! - points[at]!));
    distances[point] = total;
  }
}

function wholeDistance({ metric, p }: NeighborsNode, reduced: number, features: number): number {
  if (metric === 'nan-euclidean') return Math.sqrt(reduced * features);
  if (metric === 'euclidean') return Math.sqrt(reduced);
  return metric === 'minkowski' ? reduced ** (1 / p) : reduced;
}

function keepNearest(distances: Float64Array, nearest: Int32Array): void {
  const count = nearest.length;
  let found = 0;
  for (let point = 0; point < distances.length; point++) {
    const distance = distances[point]!;
    if (found === count && !(distance < distances[nearest[count - 1]!]!)) continue;
    let place = found < count ? found++ : count - 1;
    for (; place > 0 && distance < distances[nearest[place - 1]!]!; place--) nearest[place] = nearest[place - 1]!;
    nearest[place] = point;
  }
}

function sortAll(distances: Float64Array, order: Int32Array, nearest: Int32Array): void {
  for (let point = 0; point < order.length; point++) order[point] = point;
  order.sort((a, b) => (distances[a] === distances[b] ? a - b : distances[a]! - distances[b]!));
  nearest.set(order.subarray(0, nearest.length));
}
