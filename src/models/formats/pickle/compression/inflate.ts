import { corruptPacking, inflatesTooFar } from './packed-output';

const MAX_CHUNK_BYTES = 1024 * 1024;
const MIN_CHUNK_BYTES = 16 * 1024;

/**
 * Unpacks by one of the functions of `node:zlib`.
 * @throws AppError `import_limit` beyond `maxBytes`, `model_corrupt` when the packed data are broken
 */
export function inflate<Unpacked>(
  bytes: Uint8Array,
  run: (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Unpacked,
  maxBytes: number,
): Unpacked {
  try {
    const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes.length * 4));
    return run(bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'ERR_BUFFER_TOO_LARGE' ? inflatesTooFar(bytes.length, maxBytes) : corruptPacking(message);
  }
}
