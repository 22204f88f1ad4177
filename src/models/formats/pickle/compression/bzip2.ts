import { BitReader } from './bit-reader';
import { HuffmanCode } from './bzip2-huffman';
import { corruptPacking, PackedOutput, requireChecksum } from './packed-output';

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const BLOCK_UNIT_BYTES = 100_000;
/** Symbols that one choice of a Huffman code is used for. */
const GROUP_SYMBOLS = 50;
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** What every block of a file uses again: the sorted block, in its low bytes, and behind them the links of the sort. */
interface Workspace {
  links: Uint32Array;
}

/**
 * The content of bzip2 streams, one after another, with zeros behind the last one. Source: bzip2 1.0.8 `decompress.c`;
 * "BZIP2 format specification" (Joe Tsai, 2015).
 * @throws AppError `model_corrupt` when they are broken, `import_limit` beyond `maxBytes`
 */
export function decodeBzip2(packed: Uint8Array, maxBytes: number): Uint8Array {
  const input = new BitReader(packed, 'bz2');
  const output = new PackedOutput(maxBytes, packed.length);
  const workspace: Workspace = { links: new Uint32Array(0) };
  do decodeStream(input, output, workspace);
  while (!input.onlyZerosLeft());
  return output.since(0);
}

function decodeStream(input: BitReader, output: PackedOutput, workspace: Workspace): void {
  const magic = input.read(24);
  const level = input.read(8) - 0x30;
  if (magic !== 0x425a68 || level < 1 || level > 9) {
    throw corruptPacking(`a bz2 stream should begin at byte ${input.byte - 4}, and something else does`);
  }
  let combined = 0;
  for (;;) {
    const kind = input.read(24) * 2 ** 24 + input.read(24);
    const expected = input.read32();
    if (kind === END_MAGIC) {
      requireChecksum('its bz2 stream', expected, combined);
      input.alignToByte();
      return;
    }
    if (kind !== BLOCK_MAGIC)
      throw corruptPacking(`neither a block nor the end of its bz2 data is at byte ${input.byte}`);
    const start = output.length;
    decodeBlock(input, output, level * BLOCK_UNIT_BYTES, workspace);
    const found = crcOf(output.since(start));
    requireChecksum(`the bz2 block that ends at byte ${input.byte}`, expected, found);
    combined = ((combined << 1) | (combined >>> 31)) ^ found;
  }
}

function decodeBlock(input: BitReader, output: PackedOutput, maxBlockBytes: number, workspace: Workspace): void {
  if (input.read(1) === 1) throw corruptPacking('a bz2 block is randomised, which bzip2 has not written since 0.9.5');
  const origin = input.read(24);
  const values = readValues(input);
  const symbols = values.length + 2;
  const codeCount = input.read(3);
  const selectorCount = input.read(15);
  if (codeCount < 2 || codeCount > 6 || selectorCount < 1) {
    throw corruptPacking(
      `a bz2 block has 2 to 6 codes and some choices, and one has ${codeCount} and ${selectorCount}`,
    );
  }
  const selectors = readSelectors(input, selectorCount, codeCount);
  const codes = Array.from({ length: codeCount }, () => new HuffmanCode(readLengths(input, symbols)));
  if (workspace.links.length < maxBlockBytes) workspace.links = new Uint32Array(maxBlockBytes);
  const links = workspace.links.subarray(0, maxBlockBytes);
  const size = readSorted(input, codes, selectors, values, links);
  if (origin >= size) throw corruptPacking(`a bz2 block of ${size} bytes begins at its byte ${origin}`);
  linkSorted(links, size);
  writeRuns(links, size, origin, output);
}

/** The byte values that occur, in order: a map of 16 ranges, then one of each range. */
function readValues(input: BitReader): Uint8Array {
  const ranges = input.read(16);
  const values: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue;
    const used = input.read(16);
    for (let value = 0; value < 16; value++) if (((used >> (15 - value)) & 1) === 1) values.push(range * 16 + value);
  }
  if (values.length === 0) throw corruptPacking('a bz2 block uses no byte value');
  return Uint8Array.from(values);
}

function readSelectors(input: BitReader, count: number, codeCount: number): Uint8Array {
  const order = Uint8Array.from({ length: codeCount }, (_, code) => code);
  const selectors = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    let rank = 0;
    while (input.read(1) === 1) rank += 1;
    if (rank >= codeCount) throw corruptPacking(`a bz2 block chooses its code ${rank} of ${codeCount}`);
    selectors[at] = moveToFront(order, rank);
  }
  return selectors;
}

function moveToFront(order: Uint8Array, rank: number): number {
  const value = order[rank] as number;
  order.copyWithin(1, 0, rank);
  order[0] = value;
  return value;
}

/** The lengths of a code, each given by steps from the one before. */
function readLengths(input: BitReader, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let length = input.read(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    while (input.read(1) === 1) length += input.read(1) === 1 ? -1 : 1;
    if (length < 1 || length > 20) throw corruptPacking(`a bz2 code is 1 to 20 bits long, and one is ${length}`);
    lengths[symbol] = length;
  }
  return lengths;
}

/**
 * Undoes the Huffman codes, the runs of the most recent value and the move to front. Symbols 0 and 1 are the digits 1
 * and 2 of a run's length in base 2, the last symbol ends the block, the others are ranks.
 * @returns how many bytes of the sorted block are in `sorted`
 */
function readSorted(
  input: BitReader,
  codes: HuffmanCode[],
  selectors: Uint8Array,
  order: Uint8Array,
  sorted: Uint32Array,
): number {
  const end = order.length + 1;
  let size = 0;
  let run = 0;
  let digit = 1;
  for (const selector of selectors) {
    const code = codes[selector] as HuffmanCode;
    for (let count = 0; count < GROUP_SYMBOLS; count++) {
      const symbol = code.read(input);
      if (symbol <= 1) {
        run += digit << symbol;
        digit <<= 1;
        if (run > sorted.length - size) throw tooLong(input, sorted.length);
        continue;
      }
      if (run > 0) sorted.fill(order[0] as number, size, size + run);
      size += run;
      run = 0;
      digit = 1;
      if (symbol === end) return size;
      if (size >= sorted.length) throw tooLong(input, sorted.length);
      sorted[size++] = moveNearToFront(order, symbol - 1);
    }
    input.requireNotPastEnd();
  }
  throw corruptPacking('a bz2 block has no end');
}

/** The same as `moveToFront` where most ranks are small. */
function moveNearToFront(order: Uint8Array, rank: number): number {
  if (rank > 48) return moveToFront(order, rank);
  const value = order[rank] as number;
  for (let at = rank; at > 0; at--) order[at] = order[at - 1] as number;
  order[0] = value;
  return value;
}

function tooLong(input: BitReader, maxBytes: number): Error {
  // The zeros behind the end of a cut file look like a long run.
  input.requireNotPastEnd();
  return corruptPacking(`a bz2 block may have ${maxBytes} bytes, and one has more`);
}

/** Puts into the high 24 bits of each place of a sorted block the place of the byte that follows. */
function linkSorted(links: Uint32Array, size: number): void {
  const next = new Uint32Array(256);
  for (let at = 0; at < size; at++) (next[links[at] as number] as number)++;
  let total = 0;
  for (let value = 0; value < 256; value++) {
    const count = next[value] as number;
    next[value] = total;
    total += count;
  }
  for (let at = 0; at < size; at++) {
    const value = (links[at] as number) & 0xff;
    const place = next[value] as number;
    next[value] = place + 1;
    links[place] = (links[place] as number) | (at << 8);
  }
}

/** Follows the links and undoes the first runs: four equal bytes are followed by how many more there are. */
function writeRuns(links: Uint32Array, size: number, origin: number, output: PackedOutput): void {
  let link = (links[origin] as number) >>> 8;
  let previous = -1;
  let equal = 0;
  for (let at = 0; at < size; at++) {
    link = links[link] as number;
    const value = link & 0xff;
    link >>>= 8;
    if (equal === 4) {
      output.reserve(value);
      output.bytes.fill(previous, output.length, output.length + value);
      output.length += value;
      equal = 0;
      previous = -1;
      continue;
    }
    equal = value === previous ? equal + 1 : 1;
    previous = value;
    if (output.length === output.bytes.length) output.reserve(1);
    output.bytes[output.length++] = value;
  }
}

/** CRC-32 with the highest bit first, as bzip2 has it. */
function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (let at = 0; at < bytes.length; at++) {
    crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ (bytes[at] as number)] as number);
  }
  return ~crc;
}
