import * as zlib from 'node:zlib';
import { AppError } from '../errors';

type Inflate = (bytes: Uint8Array, options: zlib.ZlibOptions, done: (error: Error | null, out: Buffer) => void) => void;

/** Whether the two first bytes are a zlib header (RFC 1950, section 2.2): method 8 and a check that 31 divides. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

/**
 * Undoes a content encoding off the event loop, never writing more than `maxBytes`, however small the input is.
 * `deflate` takes both what RFC 9110 means by it (zlib) and what some clients send (raw deflate).
 * @throws AppError body_too_large when it inflates beyond the bound, bad_request when it is not what it says,
 * unsupported_media_type for any encoding other than gzip, deflate and identity
 */
export async function inflateBody(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  const inflate = inflaterOf(encoding, bytes);
  if (!inflate) return bytes;
  return new Promise((resolve, reject) => {
    inflate(bytes, { maxOutputLength: Math.max(1, maxBytes) }, (error, out) => {
      if (!error) return resolve(out);
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        return reject(new AppError('body_too_large', `The body inflates to more than the ${maxBytes} bytes allowed`));
      }
      reject(
        new AppError('bad_request', `The body is announced as ${encoding} but cannot be inflated`, {
          reason: error.message,
        }),
      );
    });
  });
}

/**
 * Refuses an encoding before the body is read.
 * @throws AppError unsupported_media_type
 */
export function assertKnownEncoding(encoding: string): void {
  if (!['gzip', 'x-gzip', 'deflate', 'identity', ''].includes(encoding)) {
    throw new AppError(
      'unsupported_media_type',
      `The content encoding must be gzip, deflate or none; found ${JSON.stringify(encoding.slice(0, 100))}`,
    );
  }
}

function inflaterOf(encoding: string, bytes: Uint8Array): Inflate | null {
  assertKnownEncoding(encoding);
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.gunzip;
  if (encoding === 'deflate') return hasZlibHeader(bytes) ? zlib.inflate : zlib.inflateRaw;
  return null;
}
