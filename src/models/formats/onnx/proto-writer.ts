import { AppError } from '../../../common/errors';

/** Byte arrays of at least this size are referenced, not copied, until {@link ProtoWriter.finish}. */
const REFERENCE_BYTES = 4096;
/** A protobuf message cannot be larger than 2 GiB - 1 (protobuf.dev, "Proto Limits"). */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

const encoder = new TextEncoder();

/**
 * Writes one protobuf message (protobuf.dev, "Encoding") as a rope: small fields go to a growing block, large arrays
 * stay where they are until `finish` copies everything once. A model of 100 MB is thus copied a single time.
 */
export class ProtoWriter {
  private readonly chunks: Uint8Array[] = [];
  private block = new Uint8Array(128);
  private used = 0;
  private sealed = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.sealed + this.used;
  }

  /** Varint field of a whole number; negative ones take ten bytes, as int64 does. */
  int(field: number, value: number): this {
    this.tag(field, WIRE_VARINT);
    this.varint(value);
    return this;
  }

  float32(field: number, value: number): this {
    this.tag(field, WIRE_FIXED32);
    this.reserve(4);
    new DataView(this.block.buffer).setFloat32(this.used, value, true);
    this.used += 4;
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  /** Length-delimited field. A large `value` is referenced: it must not change before `finish`. */
  bytes(field: number, value: Uint8Array): this {
    this.tag(field, WIRE_BYTES);
    this.varint(value.byteLength);
    this.append(value);
    return this;
  }

  /** Embedded message; `message` must not be written to afterwards. */
  message(field: number, message: ProtoWriter): this {
    this.tag(field, WIRE_BYTES);
    this.varint(message.length);
    for (const chunk of message.chunks) this.append(chunk);
    this.append(message.block.subarray(0, message.used));
    return this;
  }

  /** Packed repeated int64 from whole numbers, sized in a first pass so that it is allocated exactly once. */
  packedInts(field: number, values: ArrayLike<number>): this {
    let size = 0;
    for (let i = 0; i < values.length; i++) size += varintSize(values[i]!);
    const packed = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < values.length; i++) at = putVarint(packed, at, values[i]!);
    return this.bytes(field, packed);
  }

  /** The whole message. Throws `import_limit` above the 2 GiB that protobuf allows. */
  finish(): Uint8Array {
    if (this.length > MAX_MESSAGE_BYTES) {
      throw new AppError('import_limit', `expected a model below 2 GiB as ONNX, found ${this.length} bytes`);
    }
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    whole.set(this.block.subarray(0, this.used), at);
    return whole;
  }

  private tag(field: number, wire: number): void {
    this.varint(field * 8 + wire);
  }

  private varint(value: number): void {
    this.reserve(10);
    this.used = putVarint(this.block, this.used, value);
  }

  private append(value: Uint8Array): void {
    if (value.byteLength < REFERENCE_BYTES) {
      this.reserve(value.byteLength);
      this.block.set(value, this.used);
      this.used += value.byteLength;
      return;
    }
    this.seal();
    this.chunks.push(value);
    this.sealed += value.byteLength;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.block.byteLength) return;
    const grown = new Uint8Array(Math.max(this.block.byteLength * 2, this.used + bytes));
    grown.set(this.block.subarray(0, this.used));
    this.block = grown;
  }

  private seal(): void {
    if (this.used === 0) return;
    this.chunks.push(this.block.subarray(0, this.used));
    this.sealed += this.used;
    this.block = new Uint8Array(128);
    this.used = 0;
  }
}

function varintSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Base-128 groups, least significant first; numbers up to 2^31 by shifts, larger by division, negative by BigInt. */
function putVarint(target: Uint8Array, at: number, value: number): number {
  if (value < 0) return putBigVarint(target, at, BigInt.asUintN(64, BigInt(value)));
  let rest = value;
  while (rest > 0x7fffffff) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

function putBigVarint(target: Uint8Array, at: number, value: bigint): number {
  let rest = value;
  while (rest > 127n) {
    target[at++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  target[at++] = Number(rest);
  return at;
}
