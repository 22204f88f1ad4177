import { AppError } from '../../../../common/errors';
import { PackedInput } from './packed-input';
import { corruptPacking, PackedOutput, requireChecksum } from './packed-output';
import { xxhash32 } from './xxhash32';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const STORED_BLOCK = 0x80000000;
const MIN_MATCH = 4;

interface Frame {
  blocksAreLinked: boolean;
  blocksHaveChecksums: boolean;
  hasContentChecksum: boolean;
  /** What the header says the frame holds; null when it does not say. */
  contentBytes: bigint | null;
  maxBlockBytes: number;
}

/**
 * The content of LZ4 frames, one after another, with zeros behind the last one. Source: lz4 `doc/lz4_Frame_format.md` 1.6.4 and `lz4_Block_format.md`.
 * @throws AppError `model_corrupt` when they are broken, `import_limit` beyond `maxBytes`, `model_unsupported` when
 * they need a dictionary
 */
export function decodeLz4(packed: Uint8Array, maxBytes: number): Uint8Array {
  const input = new PackedInput(packed, 'lz4');
  const output = new PackedOutput(maxBytes, packed.length);
  do {
    const magic = input.uint32('the magic number');
    if (magic === FRAME_MAGIC) decodeFrame(input, output);
    else if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) input.take(input.uint32('the size'), 'a skippable frame');
    else throw corruptPacking(`an lz4 frame should begin at byte ${input.position - 4}, and something else does`);
  } while (packed.subarray(input.position).some((byte) => byte !== 0));
  return output.since(0);
}

function decodeFrame(input: PackedInput, output: PackedOutput): void {
  const frame = readFrameHeader(input);
  const start = output.length;
  for (let size = input.uint32('a block size'); size !== 0; size = input.uint32('a block size')) {
    decodeBlock(input, output, frame, size, start);
  }
  const content = output.since(start);
  if (frame.contentBytes !== null && frame.contentBytes !== BigInt(content.length)) {
    throw corruptPacking(`its lz4 frame says it holds ${frame.contentBytes} bytes and holds ${content.length}`);
  }
  if (frame.hasContentChecksum) requireChecksum('its lz4 frame', input.uint32('the checksum'), xxhash32(content));
}

function readFrameHeader(input: PackedInput): Frame {
  const start = input.position;
  const flags = input.uint8('the frame header');
  const blockSizeId = input.uint8('the frame header') >> 4;
  if (flags >> 6 !== 1) throw corruptPacking(`version 1 of the lz4 frame format was expected, and it is ${flags >> 6}`);
  if (blockSizeId < 4 || blockSizeId > 7) {
    throw corruptPacking(`the block size of an lz4 frame is given as 4 to 7, and it is ${blockSizeId}`);
  }
  const contentBytes = (flags & 0x08) !== 0 ? input.uint64('the frame header') : null;
  if ((flags & 0x01) !== 0) {
    throw new AppError(
      'model_unsupported',
      'The file is compressed with lz4 and a dictionary of its own; save it without.',
    );
  }
  const header = input.bytes.subarray(start, input.position);
  requireChecksum('its lz4 frame header', input.uint8('the frame header'), (xxhash32(header) >>> 8) & 0xff);
  return {
    blocksAreLinked: (flags & 0x20) === 0,
    blocksHaveChecksums: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
    contentBytes,
    maxBlockBytes: 1 << (8 + 2 * blockSizeId),
  };
}

function decodeBlock(input: PackedInput, output: PackedOutput, frame: Frame, size: number, frameStart: number): void {
  const stored = size >= STORED_BLOCK;
  const block = input.take(stored ? size - STORED_BLOCK : size, 'a block');
  if (frame.blocksHaveChecksums) requireChecksum('an lz4 block', input.uint32('a block checksum'), xxhash32(block));
  const start = output.length;
  if (stored) output.append(block, 0, block.length);
  else expandBlock(block, output, frame.blocksAreLinked ? frameStart : start);
  if (output.length - start > frame.maxBlockBytes) {
    throw corruptPacking(`an lz4 block may hold ${frame.maxBlockBytes} bytes, and one holds ${output.length - start}`);
  }
}

/** Sequences of literals and a match; the last one has no match. Matches may reach back to `windowStart`. */
function expandBlock(block: Uint8Array, output: PackedOutput, windowStart: number): void {
  let at = 0;
  const extend = (length: number): number => {
    let total = length;
    for (let more = 255; more === 255; total += more) {
      if (at >= block.length) throw corruptPacking('an lz4 block ends within a length');
      more = block[at++] as number;
    }
    return total;
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = token >> 4 === 15 ? extend(15) : token >> 4;
    if (literals > block.length - at) {
      throw corruptPacking(
        `an lz4 block announces ${literals} literals, and ${block.length - at} bytes are left of it`,
      );
    }
    output.append(block, at, at + literals);
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw corruptPacking('an lz4 block ends within an offset');
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    const matched = MIN_MATCH + ((token & 15) === 15 ? extend(15) : token & 15);
    if (distance === 0 || distance > output.length - windowStart) {
      throw corruptPacking(`an lz4 block refers ${distance} bytes back, and ${output.length - windowStart} are there`);
    }
    output.repeat(distance, matched);
  }
}
