/** Bytes of large bodies after which the young generation is collected. */
const COLLECT_AFTER_BYTES = 8 * 1024 * 1024;

let bytes = 0;

/**
 * To be told of each large body that has been read. Its bytes lie outside of V8's heap, in buffers that die young; but
 * V8 looks at the young generation when the objects in it fill it, which takes hundreds of bodies, and meets what they
 * hold outside with collections of the whole heap instead: 25 ms of the event loop, and as much of its helpers, for each
 * 60 bodies of 200 KB. A collection of the young generation takes less than a millisecond and frees the same.
 * Does nothing unless the process was started with `--expose-gc`.
 */
export function noteLargeBody(length: number): void {
  bytes += length;
  if (bytes < COLLECT_AFTER_BYTES) return;
  bytes = 0;
  void globalThis.gc?.({ type: 'minor', execution: 'sync' });
}
