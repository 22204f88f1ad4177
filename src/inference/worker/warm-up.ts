import type { FeatureSpec, Signature } from '../../common/signature';
import { type BatchTask, FEATURES } from '../protocol';
import type { ItemDecoder } from './codecs/item-decoder';
import type { Feed } from './session';

/** A request that a deployment asked to be warmed up with. */
export function warmUpTask(rows: unknown): BatchTask {
  const bytes = Buffer.from(JSON.stringify({ features: rows }));
  return { type: 'batch', bytes, ends: [bytes.length], kinds: [FEATURES], datatypes: null };
}

/**
 * Rows drawn from a signature: the first known category, or else zero, empty text and false; the second row differs in
 * every number, so that a model whose rows are not independent of each other shows it.
 */
export function drawFeeds(signature: Signature, decoder: ItemDecoder, rows: number, shift: number): Feed[] {
  const buffers = decoder.allocate(rows);
  if (signature.features) {
    for (let row = 0; row < rows; row++) {
      const list = [signature.features.map((feature) => drawValue(feature, row + shift))];
      decoder.write({ single: true, list, member: 'warm-up' }, 0, buffers, row);
    }
  }
  return buffers.map((buffer) => ({ spec: buffer.spec, data: buffer.data, dims: decoder.dims(buffer, rows) }));
}

function drawValue(feature: FeatureSpec, row: number): unknown {
  const known = feature.categories?.find((category) => category !== null);
  if (known !== undefined) return known;
  if (feature.kind === 'text') return '';
  return feature.kind === 'number' ? row : false;
}

/**
 * Waits until every thread of the pool has come here, so that each takes one warm-up task and no thread two. Blocks the
 * thread, which has nothing else to do; gives up after `timeoutMs`, so that a thread that never comes holds up nobody.
 */
export function awaitAllThreads(arrivals: Int32Array, timeoutMs: number): void {
  const until = performance.now() + timeoutMs;
  const count = arrivals[1] ?? 1;
  let arrived = Atomics.add(arrivals, 0, 1) + 1;
  Atomics.notify(arrivals, 0);
  while (arrived < count) {
    const left = until - performance.now();
    if (left <= 0) return;
    Atomics.wait(arrivals, 0, arrived, left);
    arrived = Atomics.load(arrivals, 0);
  }
}
