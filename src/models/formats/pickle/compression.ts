import { gunzipSync, inflateSync } from 'node:zlib';
import { AppError } from '../../../common/errors';
import { decodeBzip2 } from './compression/bzip2';
import { inflate } from './compression/inflate';
import { decodeLz4 } from './compression/lz4';
import { decodeLzmaAlone } from './compression/lzma-alone';
import { decodeXz } from './compression/xz';
import { decodeZstd } from './compression/zstd';

/** How a file is packed: `zfile` is zlib with the header of joblib before 0.10, `lzma` the container before xz. */
export type Compression = 'none' | 'zlib' | 'gzip' | 'zfile' | 'bz2' | 'xz' | 'lzma' | 'lz4' | 'zstd';

/** "ZF", then the size in hexadecimal, padded to 19 characters. Source: joblib `numpy_pickle_compat.py`. */
const ZFILE_HEADER_BYTES = 21;

/** What the first bytes say of the packing. Source: joblib `compressor.py`; RFC 1950, RFC 1952, RFC 8878. */
export function detectCompression(bytes: Uint8Array): Compression {
  const [a, b, , d] = bytes;
  const starts = (...prefix: number[]): boolean => prefix.every((byte, at) => bytes[at] === byte);
  if (a === 0x78 && b !== undefined && ((a << 8) | b) % 31 === 0 && (b & 0x20) === 0) return 'zlib';
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x5a, 0x46, 0x30, 0x78)) return 'zfile';
  if (starts(0x42, 0x5a, 0x68) && d !== undefined && d >= 0x31 && d <= 0x39) return 'bz2';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'xz';
  if (starts(0x5d, 0x00, 0x00)) return 'lzma';
  if (starts(0x04, 0x22, 0x4d, 0x18)) return 'lz4';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  return 'none';
}

/**
 * The content of a packed file; `none` returns it as it is. Node has no bz2, lzma, xz and lz4: those decoders are our
 * own, and keep the bound while they write.
 * @throws AppError `import_limit` beyond `maxBytes`, `model_corrupt` when the packed data are broken,
 * `model_unsupported` for the few options of a packing that are not read.
 */
export function decompress(bytes: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  switch (compression) {
    case 'none':
      return bytes;
    case 'zlib':
      return inflate(bytes, inflateSync, maxBytes);
    case 'gzip':
      return inflate(bytes, gunzipSync, maxBytes);
    case 'zfile':
      return inflateZfile(bytes, maxBytes);
    case 'bz2':
      return decodeBzip2(bytes, maxBytes);
    case 'xz':
      return decodeXz(bytes, maxBytes);
    case 'lzma':
      return decodeLzmaAlone(bytes, maxBytes);
    case 'lz4':
      return decodeLz4(bytes, maxBytes);
    case 'zstd':
      return decodeZstd(bytes, maxBytes);
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
