import { corruptPacking, type PackedOutput } from './packed-output';

/** Where each group of probabilities begins; the literals' are the last. Source: LZMA specification, "LZMA decoder". */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (12 << 4);
const IS_REP_0 = IS_REP + 12;
const IS_REP_1 = IS_REP_0 + 12;
const IS_REP_2 = IS_REP_1 + 12;
const IS_REP_0_LONG = IS_REP_2 + 12;
const DISTANCE_SLOTS = IS_REP_0_LONG + (12 << 4);
const DISTANCE_MIDDLES = DISTANCE_SLOTS + (4 << 6);
const DISTANCE_ALIGN = DISTANCE_MIDDLES + 128;
const MATCH_LENGTHS = DISTANCE_ALIGN + 16;
const LENGTH_LOW = 2;
const LENGTH_MIDDLE = LENGTH_LOW + (16 << 3);
const LENGTH_HIGH = LENGTH_MIDDLE + (16 << 3);
const REP_LENGTHS = MATCH_LENGTHS + LENGTH_HIGH + 256;
const LITERALS = REP_LENGTHS + LENGTH_HIGH + 256;
const LITERAL_PROBABILITIES = 0x300;

const HALF = 1 << 10;
const MOVE_BITS = 5;
const SIGN = 1 << 31;
const MAX_LITERAL_BITS = 4;

/**
 * Decodes LZMA: a range coder over probabilities that adapt, and matches into what is written so far. The range and
 * the code are unsigned numbers of 32 bits kept in signed ones, which the engine computes with as integers.
 * Source: LZMA specification (Igor Pavlov, 2015). What is written is the dictionary, whatever size of it is announced.
 */
export class LzmaDecoder {
  private readonly probabilities = new Uint16Array(LITERALS + (LITERAL_PROBABILITIES << MAX_LITERAL_BITS));
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;
  private input: Uint8Array = new Uint8Array(0);
  private at = 0;
  private range = 0;
  private code = 0;
  private dictionaryStart = 0;

  constructor(private readonly output: PackedOutput) {}

  /** How far the input is read. */
  get position(): number {
    return this.at;
  }

  /** Whether the range coder is where the encoder of a whole stream leaves it. */
  get isFinished(): boolean {
    return this.code === 0;
  }

  /**
   * Sets how many bits of the position and of the last byte choose among probabilities, and begins anew.
   * @param byte `(pb * 5 + lp) * 9 + lc`
   * @throws AppError `model_corrupt` outside of what xz takes: pb up to 4, lc and lp up to 4 together
   */
  setProperties(byte: number): void {
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    if (pb > 4 || lc + lp > MAX_LITERAL_BITS) {
      throw corruptPacking(
        `its lzma properties should have pb and lc + lp up to 4; they are pb ${pb}, lc ${lc}, lp ${lp}`,
      );
    }
    this.literalContextBits = lc;
    this.literalPositionMask = (1 << lp) - 1;
    this.positionMask = (1 << pb) - 1;
    this.resetState();
  }

  /** Forgets what was learnt of the data. */
  resetState(): void {
    this.probabilities.fill(HALF);
    this.state = 0;
    this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  /** Matches reach back to here from now on. */
  resetDictionary(): void {
    this.dictionaryStart = this.output.length;
  }

  /**
   * Begins to read at a range coder's first five bytes; the end of `input` is as far as it may go.
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

  /**
   * Decodes up to `limit` bytes of output in all or to the end marker.
   * @param marked whether an end marker may follow at `limit` where the range coder is not finished
   * @returns whether it came to the end marker
   * @throws AppError `model_corrupt`, or `import_limit` when they go over the bound of the output
   */
  decode(limit: number, marked: boolean): boolean {
    const { output, probabilities } = this;
    for (;;) {
      this.requireNotPastEnd();
      const left = limit - output.length;
      if (left === 0 && (!marked || this.isFinished)) return false;
      const positionState = (output.length - this.dictionaryStart) & this.positionMask;
      if (this.bit(probabilities, IS_MATCH + (this.state << 4) + positionState) === 0) {
        if (left === 0) throw tooLong(limit);
        this.decodeLiteral();
        continue;
      }
      const length = this.decodeMatch(positionState);
      this.requireNotPastEnd();
      if (length === 0) return true;
      if (length > left) throw tooLong(limit);
      const reach = output.length - this.dictionaryStart;
      if (this.rep0 >>> 0 >= reach) {
        throw corruptPacking(`its lzma data refer ${(this.rep0 >>> 0) + 1} bytes back, and ${reach} are there`);
      }
      output.repeat(this.rep0 + 1, length);
    }
  }

  private requireNotPastEnd(): void {
    if (this.at <= this.input.length) return;
    throw corruptPacking(`its lzma data end too early, after ${this.input.length} bytes`);
  }

  /** @returns the length of the next match, whose distance is `rep0 + 1`; 0 at the end marker */
  private decodeMatch(positionState: number): number {
    const { probabilities, state } = this;
    if (this.bit(probabilities, IS_REP + state) === 0) {
      this.rep3 = this.rep2;
      this.rep2 = this.rep1;
      this.rep1 = this.rep0;
      const length = this.decodeLength(MATCH_LENGTHS, positionState);
      this.rep0 = this.decodeDistance(Math.min(length - 2, 3));
      this.state = state < 7 ? 7 : 10;
      return this.rep0 === -1 ? 0 : length;
    }
    if (this.bit(probabilities, IS_REP_0 + state) === 0) {
      if (this.bit(probabilities, IS_REP_0_LONG + (state << 4) + positionState) === 0) {
        this.state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      this.useOlderDistance();
    }
    this.state = state < 7 ? 8 : 11;
    return this.decodeLength(REP_LENGTHS, positionState);
  }

  private useOlderDistance(): void {
    const { probabilities, state } = this;
    let distance = this.rep1;
    if (this.bit(probabilities, IS_REP_1 + state) === 1) {
      if (this.bit(probabilities, IS_REP_2 + state) === 0) {
        distance = this.rep2;
      } else {
        distance = this.rep3;
        this.rep3 = this.rep2;
      }
      this.rep2 = this.rep1;
    }
    this.rep1 = this.rep0;
    this.rep0 = distance;
  }

  private decodeLength(base: number, positionState: number): number {
    if (this.bit(this.probabilities, base) === 0) return 2 + this.tree(base + LENGTH_LOW + (positionState << 3), 3);
    if (this.bit(this.probabilities, base + 1) === 0) {
      return 10 + this.tree(base + LENGTH_MIDDLE + (positionState << 3), 3);
    }
    return 18 + this.tree(base + LENGTH_HIGH, 8);
  }

  private decodeDistance(lengthState: number): number {
    const slot = this.tree(DISTANCE_SLOTS + (lengthState << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const distance = (2 | (slot & 1)) << bits;
    if (slot < 14) return distance + this.reverseTree(DISTANCE_MIDDLES + distance - slot, bits);
    const middle = this.directBits(bits - 4) << 4;
    return (distance + middle + this.reverseTree(DISTANCE_ALIGN, 4)) | 0;
  }

  /** A byte; behind a match, the byte that would have gone on with the match says what to expect. */
  private decodeLiteral(): void {
    const { output, probabilities, state } = this;
    output.reserve(1);
    const { bytes, length } = output;
    const position = length - this.dictionaryStart;
    const previous = position > 0 ? (bytes[length - 1] as number) : 0;
    const context =
      ((position & this.literalPositionMask) << this.literalContextBits) + (previous >> (8 - this.literalContextBits));
    const base = LITERALS + LITERAL_PROBABILITIES * context;
    let symbol = 1;
    if (state >= 7) {
      let expected = bytes[length - this.rep0 - 1] as number;
      do {
        expected <<= 1;
        const expectedBit = expected & 0x100;
        const bit = this.bit(probabilities, base + 0x100 + expectedBit + symbol);
        symbol = (symbol << 1) | bit;
        if (expectedBit >> 8 !== bit) break;
      } while (symbol < 0x100);
    }
    bytes[length] = symbol < 0x100 ? this.literalBits(base, symbol) : symbol & 0xff;
    output.length = length + 1;
    this.state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  /** The bits of a byte that are left, as `bit` decodes them; most of the time is spent here, so nothing is looked up twice. */
  private literalBits(base: number, begun: number): number {
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

  private tree(base: number, bits: number): number {
    const { probabilities } = this;
    let symbol = 1;
    for (let bit = 0; bit < bits; bit++) symbol = (symbol << 1) | this.bit(probabilities, base + symbol);
    return symbol - (1 << bits);
  }

  private reverseTree(base: number, bits: number): number {
    const { probabilities } = this;
    let symbol = 1;
    let value = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.bit(probabilities, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << at;
    }
    return value;
  }

  private bit(probabilities: Uint16Array, index: number): number {
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

  private directBits(count: number): number {
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

function tooLong(limit: number): Error {
  return corruptPacking(`its lzma data should end at byte ${limit} of their content, and go on`);
}
