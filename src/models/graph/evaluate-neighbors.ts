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
  const { points, count, values, stride, metric } = node;
  const size = points.length / features;
  const distances = new Float64Array(size);
  const nearest = new Int32Array(count);
  const order = count > MAX_LIST ? new Int32Array(size) : null;
  const width = count * (1 + stride);
  return (x, out, rows) => {
    for (let row = 0; row < rows; row++) {
      if (metric === 'nan-euclidean') shareMeasured(node, x.subarray(row * features, (row + 1) * features), distances);
      else measure(node, x.subarray(row * features, (row + 1) * features), distances);
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

/** Distances before the last step (a root) that keeps their order. */
function measure({ metric, p, points }: NeighborsNode, x: Float64Array, distances: Float64Array): void {
  const features = x.length;
  for (let point = 0, at = 0; point < distances.length; point++) {
    let total = 0;
    for (let j = 0; j < features; j++) {
      const difference = x[j]! - points[at++]!;
      if (metric === 'euclidean') total += difference * difference;
      else if (metric === 'manhattan') total += Math.abs(difference);
      else if (metric === 'chebyshev') total = Math.max(total, Math.abs(difference));
      else total += Math.abs(difference) ** p;
    }
    distances[point] = Number.isNaN(total) ? Infinity : total;
  }
}

/** Mean square of the differences in the columns that both have. */
function shareMeasured({ points }: NeighborsNode, x: Float64Array, distances: Float64Array): void {
  for (let point = 0, at = 0; point < distances.length; point++) {
    let total = 0;
    let present = 0;
    for (let j = 0; j < x.length; j++) {
      const difference = x[j]! - points[at++]!;
      if (Number.isNaN(difference)) continue;
      total += difference * difference;
      present++;
    }
    distances[point] = present > 0 ? total / present : Infinity;
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
