import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AppError } from '../../../../common/errors';
import { crc64 } from './crc64';
import { LzmaDecoder } from './lzma-decoder';
import { decodeLzma2 } from './lzma2';
import { PackedInput } from './packed-input';
import { corruptPacking, PackedOutput, requireChecksum, wrongChecksum } from './packed-output';

const MAGIC = 'fd377a585a00';
const FOOTER_MAGIC = 0x5a59;
const LZMA2_FILTER = 0x21;
/** By the id of the check, how many bytes it has. Source: section 2.1.1.2. */
const CHECK_BYTES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 4],
  [4, 8],
  [10, 32],
]);

interface Block {
  /** From the header to the check, without the padding before the check. */
  unpaddedBytes: number;
  contentBytes: number;
}

/**
 * The content of `.xz` streams, one after another, with padding between and behind. Source: "The .xz file format" 1.2.1.
 * @throws AppError `model_corrupt` when they are broken, `import_limit` beyond `maxBytes`, `model_unsupported` for
 * filters other than LZMA2 and for checks that xz does not have
 */
export function decodeXz(packed: Uint8Array, maxBytes: number): Uint8Array {
  const input = new PackedInput(packed, 'xz');
  const output = new PackedOutput(maxBytes, packed.length);
  const decoder = new LzmaDecoder(output);
  do {
    decodeStream(input, decoder, output);
    skipPadding(input);
  } while (input.left > 0);
  return output.since(0);
}

/** The format asks for fours of zeros; a transfer may append any number behind the last stream. */
function skipPadding(input: PackedInput): void {
  const { bytes } = input;
  const start = input.position;
  while (input.left > 0 && bytes[input.position] === 0) input.position += 1;
  if (input.left > 0 && (input.position - start) % 4 !== 0) {
    throw corruptPacking(
      `the padding between its xz streams should be fours of bytes, and is ${input.position - start}`,
    );
  }
}

function decodeStream(input: PackedInput, decoder: LzmaDecoder, output: PackedOutput): void {
  const start = input.position;
  if (Buffer.from(input.take(6, 'the header')).toString('hex') !== MAGIC) {
    throw corruptPacking(`an xz stream should begin at byte ${start}, and something else does`);
  }
  const flags = input.take(2, 'the header');
  requireChecksum('its xz header', input.uint32('the header'), crc32(flags));
  const checkId = (flags[1] as number) & 0x0f;
  const checkBytes = CHECK_BYTES.get(checkId);
  if (flags[0] !== 0 || flags[1] !== checkId || checkBytes === undefined) {
    throw new AppError(
      'model_unsupported',
      `The file is compressed with xz and a check of kind ${checkId}, which xz itself does not write; save it again.`,
    );
  }
  const blocks: Block[] = [];
  while (input.bytes[input.position] !== 0) blocks.push(decodeBlock(input, decoder, output, checkId, checkBytes));
  const indexBytes = readIndex(input, blocks);
  readFooter(input, flags, indexBytes);
}

function decodeBlock(
  input: PackedInput,
  decoder: LzmaDecoder,
  output: PackedOutput,
  checkId: number,
  checkBytes: number,
): Block {
  const start = input.position;
  const announced = readBlockHeader(input);
  const dataStart = input.position;
  const contentStart = output.length;
  decodeLzma2(input, decoder, output);
  const dataBytes = input.position - dataStart;
  const unpaddedBytes = input.position - start + checkBytes;
  requireZeros(input, -dataBytes & 3, 'an xz block');
  const content = output.since(contentStart);
  requireSize('an xz block has', announced.dataBytes ?? dataBytes, dataBytes);
  requireSize('an xz block holds', announced.contentBytes ?? content.length, content.length);
  requireCheck(checkId, input.take(checkBytes, 'a check'), content);
  return { unpaddedBytes, contentBytes: content.length };
}

function readBlockHeader(input: PackedInput): { dataBytes: number | null; contentBytes: number | null } {
  const start = input.position;
  const size = (input.uint8('a block header') + 1) * 4;
  input.position = start;
  const bytes = input.take(size - 4, 'a block header');
  requireChecksum('an xz block header', input.uint32('a block header'), crc32(bytes));
  const header = new PackedInput(bytes, 'xz', 1);
  const flags = header.uint8('a block header');
  const dataBytes = (flags & 0x40) !== 0 ? readVarint(header) : null;
  const contentBytes = (flags & 0x80) !== 0 ? readVarint(header) : null;
  const filter = readVarint(header);
  if ((flags & 0x3f) !== 0 || filter !== LZMA2_FILTER) {
    throw new AppError(
      'model_unsupported',
      'The file is compressed with xz and filters other than LZMA2, and LZMA2 alone can be read; save it again with joblib.dump(model, path, compress=3).',
    );
  }
  // One byte of the dictionary's size follows. What is written is the dictionary, so the size is of no concern.
  if (readVarint(header) !== 1)
    throw corruptPacking('the LZMA2 filter of an xz block should have one byte of properties');
  header.uint8('a block header');
  requireZeros(header, header.left, 'an xz block header');
  return { dataBytes, contentBytes };
}

function requireCheck(checkId: number, expected: Uint8Array, content: Uint8Array): void {
  if (checkId === 0) return;
  // The numbers are stored with their lowest byte first.
  const stored = Buffer.from(checkId === 10 ? expected : expected.toReversed()).toString('hex');
  const found = checkOf(checkId, content);
  if (stored !== found) throw wrongChecksum('an xz block', stored, found);
}

function checkOf(checkId: number, content: Uint8Array): string {
  if (checkId === 1) return crc32(content).toString(16).padStart(8, '0');
  return checkId === 4 ? crc64(content) : createHash('sha256').update(content).digest('hex');
}

/** @returns the bytes of the index */
function readIndex(input: PackedInput, blocks: Block[]): number {
  const start = input.position;
  input.uint8('the index');
  requireSize('the index of its xz stream lists blocks, of which there are', readVarint(input), blocks.length);
  for (const { unpaddedBytes, contentBytes } of blocks) {
    requireSize('an xz block of the index has', readVarint(input), unpaddedBytes);
    requireSize('an xz block of the index holds', readVarint(input), contentBytes);
  }
  requireZeros(input, -(input.position - start) & 3, 'the xz index');
  const index = input.bytes.subarray(start, input.position);
  requireChecksum('its xz index', input.uint32('the index'), crc32(index));
  return index.length + 4;
}

function readFooter(input: PackedInput, headerFlags: Uint8Array, indexBytes: number): void {
  const expected = input.uint32('the footer');
  const start = input.position;
  const backwardBytes = (input.uint32('the footer') + 1) * 4;
  const flags = input.take(2, 'the footer');
  requireChecksum('its xz footer', expected, crc32(input.bytes.subarray(start, input.position)));
  requireSize('the index of its xz stream has', backwardBytes, indexBytes);
  const magic = input.take(2, 'the footer');
  if (
    flags[0] !== headerFlags[0] ||
    flags[1] !== headerFlags[1] ||
    (((magic[1] as number) << 8) | (magic[0] as number)) !== FOOTER_MAGIC
  ) {
    throw corruptPacking('the footer of its xz stream is not as the header');
  }
}

function requireZeros(input: PackedInput, count: number, where: string): void {
  if (input.take(count, 'the padding').some((byte) => byte !== 0)) {
    throw corruptPacking(`the padding of ${where} should be zeros, and is not`);
  }
}

function requireSize(what: string, said: number, found: number): void {
  if (said !== found) throw corruptPacking(`${what} ${found} where ${said} is said`);
}

/** Seven bits a byte, the lowest first; values beyond 2^53 lose precision, and are far beyond any size. */
function readVarint(input: PackedInput): number {
  let value = 0;
  for (let scale = 1, count = 0; count < 9; count++, scale *= 128) {
    const byte = input.uint8('a number');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw corruptPacking('a number of its xz data takes more than nine bytes');
}
