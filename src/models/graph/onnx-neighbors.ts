import type { NeighborsNode } from './ir';
import type { OnnxEmitter } from './onnx-emitter';

/** Points whose distances are held at a time: a batch of 1,000 rows takes 32 MB for them, however many points there are. */
const BLOCK_POINTS = 4096;

const COLUMNS = { axis: { int: 1 } };

/**
 * Emits the search for the nearest points; x is [N, features]. The points are taken in blocks, whose distances are added
 * up column by column in the order of the evaluator, so that the two agree to the last bit (`pow` apart); the nearest
 * of each block go into a last choice. Of equal values TopK takes the first, which the order of blocks preserves.
 */
export function emitNeighbors(emitter: OnnxEmitter, node: NeighborsNode, x: string, features: number): string {
  const { points, count, values, stride } = node;
  const size = points.length / features;
  const columns = Array.from({ length: features }, (_, j) =>
    emitter.op('Gather', [x, emitter.integers([1], [j])], COLUMNS),
  );
  const blocks: [distances: string, rows: string][] = [];
  for (let from = 0; from < size; from += BLOCK_POINTS) {
    const to = Math.min(from + BLOCK_POINTS, size);
    const [distances, rows] = emitNearest(
      emitter,
      emitDistances(emitter, node, columns, from, to),
      Math.min(count, to - from),
    );
    blocks.push([distances, from === 0 ? rows : emitter.op('Add', [rows, emitter.integers([1, 1], [from])])]);
  }
  let [reduced, rows] = blocks[0]!;
  if (blocks.length > 1) {
    const together = (i: 0 | 1): string =>
      emitter.op(
        'Concat',
        blocks.map((block) => block[i]),
        COLUMNS,
      );
    const all = together(1);
    const [best, places] = emitNearest(emitter, together(0), count);
    [reduced, rows] = [best, emitter.op('GatherElements', [all, places], COLUMNS)];
  }
  const distances = emitRoot(emitter, node, reduced, features);
  if (stride === 0) return distances;
  const gathered = emitter.op('Gather', [emitter.doubles([size, stride], values), rows]);
  const payload = emitter.op('Reshape', [gathered, emitter.integers([2], [0, count * stride])]);
  return emitter.op('Concat', [distances, payload], COLUMNS);
}

function emitDistances(
  emitter: OnnxEmitter,
  { points, metric, p }: NeighborsNode,
  columns: readonly string[],
  from: number,
  to: number,
): string {
  const features = columns.length;
  if (metric === 'nan-euclidean') return emitSharedDistances(emitter, points, columns, from, to);
  let total: string | null = null;
  columns.forEach((column, j) => {
    const row = Float64Array.from({ length: to - from }, (_, i) => points[(from + i) * features + j]!);
    const difference = emitter.op('Sub', [column, emitter.doubles([1, to - from], row)]);
    let term: string;
    if (metric === 'euclidean') term = emitter.op('Mul', [difference, difference]);
    else {
      const size = emitter.op('Abs', [difference]);
      term = metric === 'minkowski' ? emitter.op('Pow', [size, emitter.scalar(p)]) : size;
    }
    total = total === null ? term : emitter.op(metric === 'chebyshev' ? 'Max' : 'Add', [total, term]);
  });
  return total!;
}

/** Mean squares over the columns that both have: a difference that is not a number is left out, as by the evaluator. */
function emitSharedDistances(
  emitter: OnnxEmitter,
  points: Float64Array,
  columns: readonly string[],
  from: number,
  to: number,
): string {
  const features = columns.length;
  const [zero, one] = [emitter.scalar(0), emitter.scalar(1)];
  const sum = (total: string | null, term: string): string =>
    total === null ? term : emitter.op('Add', [total, term]);
  let total: string | null = null;
  let present: string | null = null;
  columns.forEach((column, j) => {
    const row = Float64Array.from({ length: to - from }, (_, i) => points[(from + i) * features + j]!);
    const difference = emitter.op('Sub', [column, emitter.doubles([1, to - from], row)]);
    const missing = emitter.op('IsNaN', [difference]);
    const known = emitter.op('Where', [missing, zero, difference]);
    total = sum(total, emitter.op('Mul', [known, known]));
    present = sum(present, emitter.op('Where', [missing, zero, one]));
  });
  const none = emitter.op('Equal', [present!, zero]);
  return emitter.op('Where', [none, emitter.scalar(Infinity), emitter.op('Div', [total!, present!])]);
}

function emitNearest(emitter: OnnxEmitter, distances: string, count: number): [string, string] {
  const [best, places] = emitter.several('TopK', [distances, emitter.integers([1], [count])], 2, {
    ...COLUMNS,
    largest: { int: 0 },
    sorted: { int: 1 },
  });
  return [best!, places!];
}

function emitRoot(emitter: OnnxEmitter, { metric, p }: NeighborsNode, reduced: string, features: number): string {
  if (metric === 'nan-euclidean') {
    return emitter.op('Sqrt', [emitter.op('Mul', [reduced, emitter.scalar(features)])]);
  }
  if (metric === 'euclidean') return emitter.op('Sqrt', [reduced]);
  return metric === 'minkowski' ? emitter.op('Pow', [reduced, emitter.scalar(1 / p)]) : reduced;
}
