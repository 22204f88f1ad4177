import { isUtf8 } from 'node:buffer';
import { AppError } from '../../../common/errors';

/** Bytes `start` to `end` (exclusive) of the file. */
export interface Span {
  start: number;
  end: number;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_FIELD = 2 ** 29 - 1;
const TWO_32 = 2 ** 32;

/**
 * Walks the fields of one protobuf message (protobuf.dev, "Encoding") without copying: `next` finds the payload of a
 * field and steps over it, the accessors decode that payload. Where readers may differ it refuses rather than chooses:
 * groups, a wire type other than the declared one, a singular field said twice, numbers out of range, text that is not
 * UTF-8. Everything it throws is `model_corrupt` with the offset in the file.
 */
export class ProtoReader {
  /** Number of the field that `next` found. */
  field = 0;
  /** Offset of its tag, and its payload. */
  tagStart = 0;
  start: number;
  end: number;

  private readonly buffer: Buffer;
  private wire = 0;
  private at: number;
  private seen = 0;
  /** 32 bits each of the varint read last. */
  private low = 0;
  private high = 0;

  constructor(
    bytes: Uint8Array,
    private readonly span: Span = { start: 0, end: bytes.byteLength },
  ) {
    // A model has hundreds of thousands of messages: one view of the file serves them all.
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = span.start;
    this.start = span.start;
    this.end = span.start;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.span.end) return false;
    this.tagStart = this.at;
    this.varint();
    this.field = Math.floor((this.high * TWO_32 + this.low) / 8);
    this.wire = this.low & 7;
    if (this.field < 1 || this.field > MAX_FIELD) this.fail(`expected a field number, found ${this.field}`);
    this.start = this.at;
    this.skip();
    this.end = this.at;
    return true;
  }

  /** Whether the field is length-delimited: text, bytes, a message or packed numbers. */
  get isBytes(): boolean {
    return this.wire === BYTES;
  }

  get isVarint(): boolean {
    return this.wire === VARINT;
  }

  /** The payload of a length-delimited field. */
  bytes(): Span {
    this.expectWire(BYTES);
    return { start: this.start, end: this.end };
  }

  /** UTF-8 text of at most `maxBytes` bytes. */
  text(maxBytes: number): string {
    this.expectWire(BYTES);
    const length = this.end - this.start;
    if (length > maxBytes) this.fail(`expected text of at most ${maxBytes} bytes, found ${length}`);
    const payload = this.buffer.subarray(this.start, this.end);
    if (!isUtf8(payload)) this.fail('expected text in UTF-8');
    return payload.toString('utf8');
  }

  /** int64; exact up to 2^53, beyond that the nearest double. */
  int64(): number {
    this.expectWire(VARINT);
    this.at = this.start;
    return this.signed();
  }

  /** int32 or an enum: protobuf would cut a larger number to 32 bits, so that it could say two things; refused. */
  int32(): number {
    const value = this.int64();
    if (value < -(2 ** 31) || value >= 2 ** 31) this.fail(`expected a number of 32 bits, found ${value}`);
    return value;
  }

  float(): number {
    this.expectWire(FIXED32);
    return this.buffer.readFloatLE(this.start);
  }

  /** How many numbers of a repeated int64 or int32 field this record adds: one, or the packed ones. */
  countInts(): number {
    if (this.wire === VARINT) return 1;
    this.expectWire(BYTES);
    if (this.end > this.start && this.buffer[this.end - 1]! > 127) this.fail('expected whole packed numbers');
    let count = 0;
    for (let i = this.start; i < this.end; i++) if (this.buffer[i]! < 128) count++;
    return count;
  }

  /** The same for repeated float (`size` 4) and double (8). */
  countFixed(size: 4 | 8): number {
    if (this.wire === (size === 4 ? FIXED32 : FIXED64)) return 1;
    this.expectWire(BYTES);
    const length = this.end - this.start;
    if (length % size !== 0) this.fail(`expected packed numbers of ${size} bytes each, found ${length} bytes`);
    return length / size;
  }

  /** Decodes what {@link countInts} counted into `target` from `index` on; returns the index after the last one. */
  readInts(target: Float64Array, index: number): number {
    const end = this.end;
    this.at = this.start;
    while (this.at < end) target[index++] = this.signed();
    return index;
  }

  /** Decodes what {@link countFixed} counted. */
  readFixed(size: 4 | 8, target: Float64Array, index: number): number {
    for (let i = this.start; i < this.end; i += size) {
      target[index++] = size === 4 ? this.buffer.readFloatLE(i) : this.buffer.readDoubleLE(i);
    }
    return index;
  }

  /** Itself, once for each singular field of a number below 32. Throws model_corrupt the second time. */
  once(): this {
    const bit = 1 << this.field;
    if (this.seen & bit) this.fail(`expected field ${this.field} once, found it twice`);
    this.seen |= bit;
    return this;
  }

  fail(what: string): never {
    throw new AppError('model_corrupt', `broken ONNX file: ${what} at byte ${this.tagStart}`);
  }

  private expectWire(wire: number): void {
    if (this.wire !== wire) this.fail(`expected wire type ${wire} for field ${this.field}, found ${this.wire}`);
  }

  private skip(): void {
    if (this.wire === VARINT) return this.varint();
    if (this.wire === FIXED64) return this.advance(8);
    if (this.wire === FIXED32) return this.advance(4);
    if (this.wire !== BYTES) this.fail(`expected wire type 0, 1, 2 or 5, found ${this.wire}`);
    this.varint();
    const length = this.high * TWO_32 + this.low;
    this.start = this.at;
    this.advance(length);
  }

  private advance(bytes: number): void {
    const left = this.span.end - this.at;
    if (bytes > left) this.fail(`expected ${bytes} bytes, found ${left}`);
    this.at += bytes;
  }

  /** At most ten bytes, 64 bits. Leaves the value in `low` and `high`. */
  private varint(): void {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.span.end) this.fail('expected the rest of a number, found the end');
      const byte = this.buffer[this.at++]!;
      const bits = byte & 127;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 128) {
        if (i === 9 && byte > 1) break;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.fail('expected a number of at most 64 bits');
  }

  private signed(): number {
    this.varint();
    return (this.high | 0) * TWO_32 + this.low;
  }
}
