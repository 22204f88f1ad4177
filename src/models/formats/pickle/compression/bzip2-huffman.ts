import type { BitReader } from './bit-reader';
import { corruptPacking } from './packed-output';

const MAX_LENGTH = 20;
/** Codes of up to this many bits are looked up at once. */
const FAST_LENGTH = 10;

/** A canonical Huffman code of up to 258 symbols and 20 bits. */
export class HuffmanCode {
  /** For each next `FAST_LENGTH` bits, the symbol and the length of its code: `symbol << 5 | length`; 0 is a longer one. */
  private readonly fast = new Uint16Array(1 << FAST_LENGTH);
  private readonly first = new Int32Array(MAX_LENGTH + 1);
  private readonly counts = new Int32Array(MAX_LENGTH + 1);
  private readonly offsets = new Int32Array(MAX_LENGTH + 1);
  private readonly symbols: Uint16Array;

  /**
   * @param lengths of each symbol's code, 1 to 20 bits
   * @throws AppError `model_corrupt` when there are more codes than bits can tell apart
   */
  constructor(lengths: Uint8Array) {
    this.symbols = new Uint16Array(lengths.length);
    for (const length of lengths) (this.counts[length] as number)++;
    let placed = 0;
    for (let length = 1, code = 0; length <= MAX_LENGTH; length++, code <<= 1) {
      this.first[length] = code;
      this.offsets[length] = placed;
      if (this.counts[length] === 0) continue;
      lengths.forEach((own, symbol) => {
        if (own !== length) return;
        this.symbols[placed++] = symbol;
        if (length <= FAST_LENGTH) this.fillFast(code, length, symbol);
        code += 1;
      });
      if (code > 1 << length) throw corruptPacking('a bz2 block has a Huffman code that is none');
    }
  }

  /** The next symbol. @throws AppError `model_corrupt` for bits that stand for none */
  read(input: BitReader): number {
    const bits = input.peek(MAX_LENGTH);
    const entry = this.fast[bits >> (MAX_LENGTH - FAST_LENGTH)] as number;
    if (entry !== 0) {
      input.skip(entry & 31);
      return entry >> 5;
    }
    for (let length = FAST_LENGTH + 1; length <= MAX_LENGTH; length++) {
      const index = (bits >> (MAX_LENGTH - length)) - (this.first[length] as number);
      if (index >= 0 && index < (this.counts[length] as number)) {
        input.skip(length);
        return this.symbols[(this.offsets[length] as number) + index] as number;
      }
    }
    input.requireNotPastEnd();
    throw corruptPacking('a bz2 block has bits that stand for no symbol');
  }

  private fillFast(code: number, length: number, symbol: number): void {
    const start = code << (FAST_LENGTH - length);
    this.fast.fill((symbol << 5) | length, start, start + (1 << (FAST_LENGTH - length)));
  }
}
