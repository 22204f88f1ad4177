import { corruptPacking, type PackedOutput } from './packed-output';
import { RangeDecoder } from './range-decoder';

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
const MAX_LITERAL_BITS = 4;

/**
 * Decodes LZMA: literals, and matches into what is written so far, out of a range coder.
 * Source: LZMA specification (Igor Pavlov, 2015). What is written is the dictionary, whatever size of it is announced.
 */
export class LzmaDecoder {
  /** Where the bits come from: to begin at a stream, and to ask where it is. */
  readonly coder = new RangeDecoder(LITERALS + (LITERAL_PROBABILITIES << MAX_LITERAL_BITS));
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;
  private dictionaryStart = 0;

  constructor(private readonly output: PackedOutput) {}

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
    this.coder.reset();
    this.state = 0;
    this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  /** Matches reach back to here from now on. */
  resetDictionary(): void {
    this.dictionaryStart = this.output.length;
  }

  /**
   * Decodes up to `limit` bytes of output in all or to the end marker.
   * @param marked whether an end marker may follow at `limit` where the range coder is not finished
   * @returns whether it came to the end marker
   * @throws AppError `model_corrupt`, or `import_limit` when they go over the bound of the output
   */
  decode(limit: number, marked: boolean): boolean {
    const { output, coder } = this;
    for (;;) {
      coder.requireNotPastEnd();
      const left = limit - output.length;
      if (left === 0 && (!marked || coder.isFinished)) return false;
      const positionState = (output.length - this.dictionaryStart) & this.positionMask;
      if (coder.bit(IS_MATCH + (this.state << 4) + positionState) === 0) {
        if (left === 0) throw tooLong(limit);
        this.decodeLiteral();
        continue;
      }
      const length = this.decodeMatch(positionState);
      coder.requireNotPastEnd();
      if (length === 0) return true;
      if (length > left) throw tooLong(limit);
      const reach = output.length - this.dictionaryStart;
      if (this.rep0 >>> 0 >= reach) {
        throw corruptPacking(`its lzma data refer ${(this.rep0 >>> 0) + 1} bytes back, and ${reach} are there`);
      }
      output.repeat(this.rep0 + 1, length);
    }
  }

  /** @returns the length of the next match, whose distance is `rep0 + 1`; 0 at the end marker */
  private decodeMatch(positionState: number): number {
    const { coder, state } = this;
    if (coder.bit(IS_REP + state) === 0) {
      this.rep3 = this.rep2;
      this.rep2 = this.rep1;
      this.rep1 = this.rep0;
      const length = this.decodeLength(MATCH_LENGTHS, positionState);
      this.rep0 = this.decodeDistance(Math.min(length - 2, 3));
      this.state = state < 7 ? 7 : 10;
      return this.rep0 === -1 ? 0 : length;
    }
    if (coder.bit(IS_REP_0 + state) === 0) {
      if (coder.bit(IS_REP_0_LONG + (state << 4) + positionState) === 0) {
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
    const { coder, state } = this;
    let distance = this.rep1;
    if (coder.bit(IS_REP_1 + state) === 1) {
      if (coder.bit(IS_REP_2 + state) === 0) {
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
    const { coder } = this;
    if (coder.bit(base) === 0) return 2 + coder.tree(base + LENGTH_LOW + (positionState << 3), 3);
    if (coder.bit(base + 1) === 0) {
      return 10 + coder.tree(base + LENGTH_MIDDLE + (positionState << 3), 3);
    }
    return 18 + coder.tree(base + LENGTH_HIGH, 8);
  }

  private decodeDistance(lengthState: number): number {
    const { coder } = this;
    const slot = coder.tree(DISTANCE_SLOTS + (lengthState << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const distance = (2 | (slot & 1)) << bits;
    if (slot < 14) return distance + coder.reverseTree(DISTANCE_MIDDLES + distance - slot, bits);
    const middle = coder.directBits(bits - 4) << 4;
    return (distance + middle + coder.reverseTree(DISTANCE_ALIGN, 4)) | 0;
  }

  /** A byte; behind a match, the byte that would have gone on with the match says what to expect. */
  private decodeLiteral(): void {
    const { output, coder, state } = this;
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
        const bit = coder.bit(base + 0x100 + expectedBit + symbol);
        symbol = (symbol << 1) | bit;
        if (expectedBit >> 8 !== bit) break;
      } while (symbol < 0x100);
    }
    bytes[length] = symbol < 0x100 ? coder.restOfByte(base, symbol) : symbol & 0xff;
    output.length = length + 1;
    this.state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }
}

function tooLong(limit: number): Error {
  return corruptPacking(`its lzma data should end at byte ${limit} of their content, and go on`);
}
