import { corruptPacking } from './packed-output';

/** Reads bits, the highest of each byte first. Behind the end it reads zeros, until it is asked whether it went there. */
export class BitReader {
  private buffer = 0;
  private buffered = 0;
  private position = 0;

  /** @param format for the messages */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly format: string,
  ) {}

  /** The byte that holds the next bit. */
  get byte(): number {
    return this.position - (this.buffered >> 3);
  }

  /**
   * The next `count` bits, up to 24.
   * @throws AppError `model_corrupt` behind the end
   */
  read(count: number): number {
    const value = this.peek(count);
    this.buffered -= count;
    this.requireNotPastEnd();
    return value;
  }

  /** @throws AppError `model_corrupt` behind the end */
  read32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0;
  }

  /** The next `count` bits, up to 24, which stay. */
  peek(count: number): number {
    while (this.buffered < count) {
      this.buffer =
        (this.buffer << 8) | (this.position < this.bytes.length ? (this.bytes[this.position] as number) : 0);
      this.position += 1;
      this.buffered += 8;
    }
    return (this.buffer >>> (this.buffered - count)) & ((1 << count) - 1);
  }

  /** Goes on by `count` bits that were peeked at. */
  skip(count: number): void {
    this.buffered -= count;
  }

  alignToByte(): void {
    this.buffered &= ~7;
  }

  /** Whether nothing but zeros is left, as some transfers append. */
  onlyZerosLeft(): boolean {
    return this.bytes.subarray(this.byte).every((value) => value === 0);
  }

  /** @throws AppError `model_corrupt` when bits behind the end were read */
  requireNotPastEnd(): void {
    if (this.position * 8 - this.buffered <= this.bytes.length * 8) return;
    throw corruptPacking(`its ${this.format} data end too early, after ${this.bytes.length} bytes`);
  }
}
