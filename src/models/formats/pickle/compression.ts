import { gunzipSync, inflateSync } from 'node:zlib';
import { AppError } from '../../../common/errors';

/** How a file is packed: `zfile` is zlib with the header of joblib before 0.10. */
export type Compression = 'none' | 'zlib' | 'gzip' | 'zfile';
/** Packings that are known and not read. */
export type RefusedCompression = 'bz2' | 'xz' | 'lzma' | 'lz4' | 'zstd';

/** "ZF", then the size in hexadecimal, padded to 19 characters. Source: joblib `numpy_pickle_compat.py`. */
const ZFILE_HEADER_BYTES = 21;
const MAX_CHUNK_BYTES = 1024 * 1024;
const MIN_CHUNK_BYTES = 16 * 1024;

/** What the first bytes say of the packing. Source: joblib `compressor.py`; RFC 1950, RFC 1952. */
export function detectCompression(bytes: Uint8Array): Compression | RefusedCompression {
  const [a, b, c, d] = bytes;
  const starts = (...prefix: number[]): boolean => prefix.every((byte, at) => bytes[at] === byte);
  if (a === 0x78 && b !== undefined && ((a << 8) | b) % 31 === 0 && (b & 0x20) === 0) return 'zlib';
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x5a, 0x46, 0x30, 0x78)) return 'zfile';
  if (starts(0x42, 0x5a, 0x68) && d !== undefined && d >= 0x31 && d <= 0x39) return 'bz2';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'xz';
  if (starts(0x5d, 0x00, 0x00)) return 'lzma';
  if (starts(0x04, 0x22, 0x4d, 0x18)) return 'lz4';
  if (b === 0xb5 && c === 0x2f && d === 0xfd && a === 0x28) return 'zstd';
  return 'none';
}

/** The refusal of a packing that is known and not read, with what to do. */
export function refusedCompression(compression: RefusedCompression): AppError {
  return new AppError(
    'model_unsupported',
    `The file is compressed with ${compression}, and zlib and gzip can be read; save it again with joblib.dump(model, path, compress=3).`,
  );
}

/**
 * The content of a packed file; `none` returns it as it is.
 * @throws AppError `import_limit` beyond `maxBytes`, `model_corrupt` when the packed data are broken,
 * `model_unsupported` for a packing that is not read.
 */
export function decompress(
  bytes: Uint8Array,
  compression: Compression | RefusedCompression,
  maxBytes: number,
): Uint8Array {
  switch (compression) {
    case 'none':
      return bytes;
    case 'zlib':
      return inflate(bytes, inflateSync, maxBytes);
    case 'gzip':
      return inflate(bytes, gunzipSync, maxBytes);
    case 'zfile':
      return inflateZfile(bytes, maxBytes);
    default:
      throw refusedCompression(compression);
  }
}

function inflateZfile(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const header = Buffer.from(bytes.subarray(2, ZFILE_HEADER_BYTES)).toString('latin1').trim();
  // Python 2 wrote a long with its L, which can make the header one character longer.
  const size = /^0x([0-9a-f]{1,12})L?$/i.exec(header)?.[1];
  const start = ZFILE_HEADER_BYTES + (bytes[ZFILE_HEADER_BYTES] === 0x20 ? 1 : 0);
  const content = inflate(bytes.subarray(start), inflateSync, maxBytes);
  if (size === undefined || content.length !== Number.parseInt(size, 16)) {
    throw new AppError('model_corrupt', 'The compressed file has another size than its joblib header says.');
  }
  return content;
}

function inflate(bytes: Uint8Array, run: typeof inflateSync, maxBytes: number): Uint8Array {
  try {
    const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes.length * 4));
    return run(bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    const { code, message: reason } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new AppError(
        'import_limit',
        `The ${bytes.length} bytes of the file inflate to more than ${maxBytes}, more than a model of its size has.`,
      );
    }
    throw new AppError('model_corrupt', `The compressed data of the file are broken: ${reason}.`, { reason });
  }
}
