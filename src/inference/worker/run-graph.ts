import type { InputBuffer } from './codecs/input-buffer';
import type { ItemDecoder } from './codecs/item-decoder';
import { NotByRow, type OutputData, rowDims } from './codecs/reply-encoder';
import type { Feed, Session } from './session';

/** Rows that stand in their buffers, from the first row on. */
interface Filled {
  decoder: Pick<ItemDecoder, 'dims'>;
  buffers: InputBuffer[];
  rows: number;
}

/** Rows of each run of a graph that answers row by row. */
export interface RunSize {
  rows: number;
  /** Whether the first axis of the graph is fixed: the last run is filled up, with rows whose answers are dropped. */
  isFixed: boolean;
}

/**
 * Asks a graph all of the rows, in as many runs as it takes.
 * @throws NotByRow when there are several and an output of one is not one row for each row, or its rows have not all the
 * same size
 */
export async function runGraph(
  session: Pick<Session, 'run'>,
  outputNames: string[],
  filled: Filled,
  size: RunSize,
): Promise<Map<string, OutputData>> {
  const { rows } = filled;
  if (size.rows === rows || (size.rows > rows && !size.isFixed)) {
    return session.run(feedsOf(filled, 0, rows, rows), outputNames);
  }
  const joined = new Map<string, { data: unknown[]; dims: number[] }>();
  for (let start = 0; start < rows; start += size.rows) {
    const count = Math.min(size.rows, rows - start);
    const run = size.isFixed ? size.rows : count;
    for (const [name, { data, dims }] of await session.run(feedsOf(filled, start, count, run), outputNames)) {
      if (dims[0] !== run && (run > 1 || !size.isFixed)) throw new NotByRow(name);
      const stride = data.length / run;
      const whole = joined.get(name) ?? { data: roomLike(data, rows * stride), dims: [rows, ...rowDims(dims, run)] };
      if (whole.data.length !== rows * stride) throw new NotByRow(name);
      copyInto(whole.data, start * stride, data, count * stride);
      joined.set(name, whole);
    }
  }
  return joined;
}

function copyInto(to: unknown[], at: number, from: OutputData['data'], count: number): void {
  if (Array.isArray(from)) for (let i = 0; i < count; i++) to[at + i] = from[i];
  else (to as unknown as Float64Array).set((from as Float64Array).subarray(0, count), at);
}

/** An array of the same kind, so that what is joined is as the runtime would have given it. */
function roomLike(data: ArrayLike<unknown>, length: number): unknown[] {
  return new (data.constructor as new (length: number) => unknown[])(length);
}

function feedsOf({ decoder, buffers }: Filled, start: number, count: number, size: number): Feed[] {
  return buffers.map((buffer) => {
    const { spec, stride, data } = buffer;
    const from = start * stride;
    const to = (start + count) * stride;
    const whole = from === 0 && to === data.length;
    const used = whole ? data : Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
    return { spec, data: count === size ? used : padded(used, size * stride), dims: decoder.dims(buffer, size) };
  });
}

function padded(data: Feed['data'], length: number): Feed['data'] {
  if (Array.isArray(data)) return [...data, ...new Array<string>(length - data.length).fill('')];
  const longer = new (data.constructor as new (length: number) => Float64Array)(length);
  longer.set(data as Float64Array);
  return longer;
}
