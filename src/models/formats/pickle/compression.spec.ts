import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { AppError } from '../../../common/errors';
import { type Compression, decompress, detectCompression } from './compression';
import { xxhash32 } from './compression/xxhash32';

interface Packed {
  format: Compression;
  how: string;
  content: string;
  size: number;
  sha256: string;
  packed: string;
}

const GOLDEN = join(__dirname, '../../../../test/golden/pickle/packed.json');
const { packed: CASES } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { packed: Packed[] };
const MAX_BYTES = 16 * 1024 * 1024;
const FORMATS: Compression[] = ['bz2', 'lzma', 'xz', 'lz4'];

const bytesOf = ({ packed }: Packed): Uint8Array => new Uint8Array(Buffer.from(packed, 'base64'));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const unpack = (bytes: Uint8Array, format: Compression, maxBytes = MAX_BYTES): Uint8Array =>
  decompress(bytes, format, maxBytes);

function caseOf(format: Compression, how: string, content: string): Packed {
  const found = CASES.find((each) => each.format === format && each.how === how && each.content === content);
  if (!found) throw new Error(`no golden of ${format}, ${how}, ${content}`);
  return found;
}

/** What unpacking says, where it must fail. */
function refusal(bytes: Uint8Array, format: Compression, maxBytes = MAX_BYTES): string {
  try {
    unpack(bytes, format, maxBytes);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return `${(error as AppError).code}: ${(error as AppError).message}`;
  }
  return 'none';
}

function flip(bytes: Uint8Array, at: number, mask = 0x10): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  const index = (at + bytes.length) % bytes.length;
  flipped[index] = (flipped[index] as number) ^ mask;
  return flipped;
}

describe('what the libraries of Python pack', () => {
  test.each(CASES.map((each) => [each.format, each.how, each.content, each.size, each] as const))(
    '%s, %s: %s of %d bytes',
    (format, _how, _content, size, each) => {
      const bytes = bytesOf(each);
      if (each.how !== 'a skippable frame') expect(detectCompression(bytes)).toBe(format);
      const content = unpack(bytes, format);
      expect([content.length, sha256(content)]).toEqual([size, each.sha256]);
    },
  );

  test('zstd, in two frames', () => {
    const frames = ['first', 'second'].map((text) => zstdCompressSync(text.repeat(1000)));
    expect(detectCompression(frames[0] as Buffer)).toBe('zstd');
    expect(unpack(frames[0] as Buffer, 'zstd').length).toBe(5000);
    const content = Buffer.from(unpack(Buffer.concat([...frames, Buffer.alloc(3)]), 'zstd')).toString();
    expect(sha256(Buffer.from(content))).toBe(sha256(Buffer.from('first'.repeat(1000) + 'second'.repeat(1000))));
    expect(refusal(Buffer.concat([...frames, Buffer.from('more')]), 'zstd')).toMatch(/^model_corrupt/);
    expect(refusal((frames[0] as Buffer).subarray(0, -1), 'zstd')).toMatch(/^model_corrupt/);
  });

  test('reads a view into a larger buffer', () => {
    for (const format of FORMATS) {
      const each = CASES.find((one) => one.format === format && one.content === 'mixed') as Packed;
      const inner = bytesOf(each);
      const outer = new Uint8Array(inner.length + 13).fill(0xa5);
      outer.set(inner, 7);
      expect(sha256(unpack(outer.subarray(7, 7 + inner.length), format))).toBe(each.sha256);
    }
  });
});

describe('wrong checksums say what was expected and what was found', () => {
  const [bz2, xz] = [bytesOf(caseOf('bz2', 'level 9', 'text')), bytesOf(caseOf('xz', 'preset 0', 'text'))];
  const lz4 = bytesOf(caseOf('lz4', 'all checksums', 'mixed'));
  const sha = bytesOf(caseOf('xz', 'SHA-256', 'text'));
  const short = bytesOf(caseOf('xz', 'CRC32', 'text'));

  test.each<[string, Compression, Uint8Array, RegExp]>([
    [
      'a block of bz2',
      'bz2',
      flip(bz2, 11),
      /checksum of the bz2 block that ends at byte \d+ should be [\da-f]{8} and is/,
    ],
    ['the header of xz', 'xz', flip(xz, 8), /checksum of its xz header should be [\da-f]{8} and is [\da-f]{8}/],
    ['a block header of xz', 'xz', flip(xz, 14), /checksum of an xz block header should be/],
    ['the footer of xz', 'xz', flip(xz, -12), /checksum of its xz footer should be/],
    ['CRC-64 of xz', 'xz', flip(xz, -32), /checksum of an xz block should be [\da-f]{16} and is [\da-f]{16}/],
    ['CRC-32 of xz', 'xz', flip(short, -28), /checksum of an xz block should be [\da-f]{8} and is [\da-f]{8}\./],
    ['SHA-256 of xz', 'xz', flip(sha, -32), /checksum of an xz block should be [\da-f]{64} and is [\da-f]{64}/],
    ['the header of lz4', 'lz4', flip(lz4, 6), /checksum of its lz4 frame header should be/],
    ['a block of lz4', 'lz4', flip(lz4, 40), /checksum of an lz4 block should be/],
    ['a frame of lz4', 'lz4', flip(lz4, -1), /checksum of its lz4 frame should be/],
  ])('%s', (_, format, bytes, says) => {
    expect(refusal(bytes, format)).toMatch(new RegExp(`^model_corrupt.*${says.source}`));
  });

  test('the whole stream of bz2', () => {
    const two = bytesOf(caseOf('bz2', 'an empty stream first', 'text'));
    // The empty stream is a header, the end and a checksum of zero.
    expect(refusal(flip(two, 10), 'bz2')).toMatch(/checksum of its bz2 stream should be 10000000 and is 00000000/);
  });
});

describe('the bound of what is inflated', () => {
  test.each(FORMATS)('%s stops at it and not before', (format) => {
    const each = CASES.find((one) => one.format === format && one.content === 'runs') as Packed;
    expect(unpack(bytesOf(each), format, each.size).length).toBe(each.size);
    expect(refusal(bytesOf(each), format, each.size - 1)).toMatch(/^import_limit: .* inflate to more than 99999/);
  });

  test('zstd stops at it', () => {
    expect(refusal(zstdCompressSync(Buffer.alloc(100_000)), 'zstd', 50_000)).toMatch(/^import_limit/);
  });

  test('zstd stops at too many frames', () => {
    const frames = Buffer.concat(Array<Buffer>(10_001).fill(zstdCompressSync('')));
    expect(refusal(frames, 'zstd')).toMatch(/^import_limit: .*10000 zstd frames/);
  });

  test('a dictionary of 4 GiB that a header announces is not made', () => {
    const bytes = bytesOf(caseOf('lzma', 'preset 6', 'text')).fill(0xff, 1, 5);
    const before = process.memoryUsage().arrayBuffers;
    expect(unpack(bytes, 'lzma').length).toBe(6000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});

describe('sizes that lie', () => {
  const sized = bytesOf(caseOf('lzma', 'size in the header', 'text'));
  const stored = flip(bytesOf(caseOf('lz4', 'two blocks, linked True', 'runs')), 6, 1);
  stored[14] = (xxhash32(stored.subarray(4, 14)) >>> 8) & 0xff;

  test.each<[string, Compression, Uint8Array, RegExp]>([
    ['a lzma header with a byte more', 'lzma', flip(sized, 5, 1), /says it holds 6001 bytes, and it holds 6000/],
    ['a lzma header with far less', 'lzma', flip(sized, 6), /should end at byte 1904 of their content, and go on/],
    ['a lzma header with far more', 'lzma', flip(sized, 11), /and it holds 6000/],
    ['an lz4 header', 'lz4', stored, /says it holds 100001 bytes and holds 100000/],
  ])('%s', (_, format, bytes, says) => {
    expect(refusal(bytes, format)).toMatch(says);
  });
});

describe('any damage', () => {
  const small = CASES.filter(({ size }) => size <= 8000 && size > 0);

  test('cut off anywhere: refused', () => {
    const cut = fc.constantFrom(...small).chain((each) => {
      const bytes = bytesOf(each);
      return fc.tuple(fc.constant(each), fc.nat({ max: bytes.length - 1 }));
    });
    fc.assert(
      fc.property(cut, ([each, length]) => {
        const said = refusal(bytesOf(each).subarray(0, length), each.format);
        const whole = said === 'none' ? unpack(bytesOf(each).subarray(0, length), each.format).length : -1;
        // Only the second of two streams, or padding, can be missing unnoticed.
        if (!/stream|frame|zeros|padding/.test(each.how)) expect(whole).toBe(-1);
        else expect(said).toMatch(/^model_corrupt|none/);
      }),
      { numRuns: 1500 },
    );
  });

  test.each(FORMATS)('%s cut in its middle: says so', (format) => {
    const bytes = bytesOf(CASES.find((each) => each.format === format && each.content === 'mixed') as Packed);
    expect(refusal(bytes.subarray(0, bytes.length / 2), format)).toMatch(
      /end too early|bytes are left|and \d+ are left/,
    );
  });

  test('bytes changed: the same content or a refusal, in time', () => {
    const changed = fc.constantFrom(...small).chain((each) => {
      const { length } = bytesOf(each);
      const change = fc.tuple(fc.nat({ max: length - 1 }), fc.integer({ min: 1, max: 255 }));
      return fc.tuple(fc.constant(each), fc.array(change, { minLength: 1, maxLength: 4 }));
    });
    fc.assert(
      fc.property(changed, ([each, changes]) => {
        const bytes = bytesOf(each);
        for (const [at, mask] of changes) bytes[at] = (bytes[at] as number) ^ mask;
        const said = refusal(bytes, each.format, 1024 * 1024);
        if (said !== 'none') expect(said).toMatch(/^(model_corrupt|import_limit|model_unsupported)/);
        // What has a checksum is never taken for something else.
        else if (each.format === 'bz2' || (each.format === 'xz' && !/no check|stream|padding/.test(each.how))) {
          expect(sha256(unpack(bytes, each.format))).toBe(each.sha256);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('noise behind the magic bytes', () => {
    const heads = small.map((each) => [each.format, bytesOf(each).subarray(0, 26)] as const);
    fc.assert(
      fc.property(
        fc.constantFrom(...heads),
        fc.nat({ max: 26 }),
        fc.uint8Array({ maxLength: 300 }),
        (head, keep, rest) => {
          const said = refusal(Buffer.concat([head[1].subarray(0, keep), rest]), head[0], 1024 * 1024);
          expect(said).toMatch(/^(model_corrupt|import_limit|model_unsupported|none)/);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
