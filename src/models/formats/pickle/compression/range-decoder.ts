import { corruptPacking } from './packed-output';

const HALF = 1 << 10;
const MOVE_BITS = 5;
const SIGN = 1 << 31;

/**
 * The range coder of LZMA: bits that are likely cost little, by probabilities that adapt to what was read. The range
 * and the code are unsigned numbers of 32 bits kept in signed ones, which the engine computes with as integers.
 * Source: LZMA specification (Igor Pavlov, 2015), "Range Decoder" and "Bit Tree".
 */
export class RangeDecoder {
  private readonly probabilities: Uint16Array;
  private input: Uint8Array = new Uint8Array(0);
  private at = 0;
  private range = 0;
  private code = 0;

  /** @param contexts how many probabilities there are, each known by its index */
  constructor(contexts: number) {
    this.probabilities = new Uint16Array(contexts);
    this.reset();
  }

  /** How far the input is read. */
  get position(): number {
    return this.at;
  }

  /** Whether it is where the encoder of a whole stream leaves it. */
  get isFinished(): boolean {
    return this.code === 0;
  }

  /** Takes zeros and ones for equally likely everywhere. */
  reset(): void {
    this.probabilities.fill(HALF);
  }

  /**
   * Begins to read at the coder's first five bytes; the end of `input` is as far as it may go.
   * @throws AppError `model_corrupt` when they are not there, or the first is not zero
   */
  begin(input: Uint8Array, at: number): void {
    if (input.length - at < 5 || input[at] !== 0) throw corruptPacking(`no lzma data begin at byte ${at}`);
    this.input = input;
    this.range = -1;
    this.code = 0;
    for (let next = at + 1; next < at + 5; next++) this.code = (this.code << 8) | (input[next] as number);
    this.at = at + 5;
  }

  /** @throws AppError `model_corrupt` when more was read than there is, for which zeros were taken meanwhile */
  requireNotPastEnd(): void {
    if (this.at <= this.input.length) return;
    throw corruptPacking(`its lzma data end too early, after ${this.input.length} bytes`);
  }

  /** A bit by the probability at `index`. */
  bit(index: number): number {
    const { probabilities } = this;
    const probability = probabilities[index] as number;
    const bound = Math.imul(this.range >>> 11, probability);
    const isZero = (this.code ^ SIGN) < (bound ^ SIGN);
    if (isZero) {
      this.range = bound;
      probabilities[index] = probability + ((2048 - probability) >> MOVE_BITS);
    } else {
      this.range = (this.range - bound) | 0;
      this.code = (this.code - bound) | 0;
      probabilities[index] = probability - (probability >> MOVE_BITS);
    }
    if ((this.range & 0xff000000) === 0) this.normalise();
    return isZero ? 0 : 1;
  }

  /**
   * The bits that are left of a byte, as {@link bit} decodes them; most of the time is spent here, so nothing is looked
   * up twice.
   * @param begun a one and the bits that are there
   */
  restOfByte(base: number, begun: number): number {
    const { probabilities, input } = this;
    let { range, code, at } = this;
    let symbol = begun;
    while (symbol < 0x100) {
      const index = base + symbol;
      const probability = probabilities[index] as number;
      const bound = Math.imul(range >>> 11, probability);
      if ((code ^ SIGN) < (bound ^ SIGN)) {
        range = bound;
        probabilities[index] = probability + ((2048 - probability) >> MOVE_BITS);
        symbol <<= 1;
      } else {
        range = (range - bound) | 0;
        code = (code - bound) | 0;
        probabilities[index] = probability - (probability >> MOVE_BITS);
        symbol = (symbol << 1) | 1;
      }
      if ((range & 0xff000000) === 0) {
        range <<= 8;
        code = (code << 8) | (at < input.length ? (input[at] as number) : 0);
        at += 1;
      }
    }
    this.range = range;
    this.code = code;
    this.at = at;
    return symbol & 0xff;
  }

  /** A number whose bits come from the highest down, each by those before it. */
  tree(base: number, bits: number): number {
    let symbol = 1;
    for (let bit = 0; bit < bits; bit++) symbol = (symbol << 1) | this.bit(base + symbol);
    return symbol - (1 << bits);
  }

  /** A number whose bits come from the lowest up. */
  reverseTree(base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << at;
    }
    return value;
  }

  /** A number of bits that are zero as often as one. */
  directBits(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.range >>>= 1;
      this.code = (this.code - this.range) | 0;
      const borrowed = this.code >> 31;
      this.code = (this.code + (this.range & borrowed)) | 0;
      value = (value << 1) + borrowed + 1;
      if ((this.range & 0xff000000) === 0) this.normalise();
    }
    return value;
  }

  private normalise(): void {
    this.range <<= 8;
    this.code = (this.code << 8) | (this.at < this.input.length ? (this.input[this.at] as number) : 0);
    this.at += 1;
  }
}
