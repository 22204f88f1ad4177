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

/**
 * Asks a graph all of the rows. One whose first axis is fixed runs piece by piece; the last piece is filled up with rows
 * whose answers are dropped.
 * @param size rows of one run
 * @throws NotByRow when an output of a piece is not one row for each row, or its rows have not all the same size
 */
export async function runGraph(
  session: Pick<Session, 'run'>,
  outputNames: string[],
  filled: Filled,
  size: number,
): Promise<Map<string, OutputData>> {
  const { rows } = filled;
  if (size === rows) return session.run(feedsOf(filled, 0, rows, rows), outputNames);
  const joined = new Map<string, { data: unknown[]; dims: number[] }>();
  for (let start = 0; start < rows; start += size) {
    const count = Math.min(size, rows - start);
    for (const [name, { data, dims }] of await session.run(feedsOf(filled, start, count, size), outputNames)) {
      if (dims[0] !== size && size > 1) throw new NotByRow(name);
      const stride = data.length / size;
      const whole = joined.get(name) ?? { data: roomLike(data, rows * stride), dims: [rows, ...rowDims(dims, size)] };
      if (whole.data.length !== rows * stride) throw new NotByRow(name);
      for (let i = 0; i < stride * count; i++) whole.data[start * stride + i] = data[i];
      joined.set(name, whole);
    }
  }
  return joined;
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
