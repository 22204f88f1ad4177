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

/** Smaller pieces are left to the collector. */
const FREE_FROM_BYTES = 4096;

/**
 * Gives back the memory of bytes that nobody reads any more, before the collector would; the array is empty then. Does
 * nothing where the array is part of a buffer that is shared with others, such as Node's pool.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < FREE_FROM_BYTES || buffer.byteLength !== byteLength || buffer instanceof SharedArrayBuffer) return;
  buffer.transfer(0);
}
