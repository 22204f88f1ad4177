import { zstdDecompressSync } from 'node:zlib';
import { AppError } from '../../../../common/errors';
import { inflate } from './inflate';
import { corruptPacking, PackedOutput } from './packed-output';

/** A frame costs tens of microseconds however little it holds; writers of several frames put megabytes into each. */
const MAX_FRAMES = 10_000;

/** What `info` adds to the answer of `node:zlib`. */
interface Inflated {
  buffer: Uint8Array;
  /** `bytesWritten` is what the engine was given and took, to the end of the frame. */
  engine: { bytesWritten: number };
}

/**
 * The content of Zstandard frames, one after another, with zeros behind the last one: `node:zlib` stops at the end of a
 * frame. Source: RFC 8878.
 * @throws AppError `import_limit` beyond `maxBytes` or 10,000 frames, `model_corrupt` when the frames are broken
 */
export function decodeZstd(packed: Uint8Array, maxBytes: number): Uint8Array {
  const output = new PackedOutput(maxBytes, packed.length);
  let rest = packed;
  let frames = 0;
  do {
    if (++frames > MAX_FRAMES) {
      throw new AppError('import_limit', `The file has more than ${MAX_FRAMES} zstd frames; pack it again into one.`);
    }
    const { buffer, engine } = inflate(
      rest,
      (bytes, options) => zstdDecompressSync(bytes, { ...options, info: true }) as unknown as Inflated,
      maxBytes,
    );
    if (engine.bytesWritten <= 0) throw corruptPacking('a zstd frame should follow, and none does');
    rest = rest.subarray(engine.bytesWritten);
    if (output.length === 0 && rest.length === 0) return buffer;
    output.append(buffer, 0, buffer.length);
  } while (rest.some((byte) => byte !== 0));
  return output.since(0);
}
