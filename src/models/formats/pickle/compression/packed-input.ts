import { corruptPacking } from './packed-output';

/** Reads the headers of packed data, little-endian; `format` is for the messages. */
export class PackedInput {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly format: string,
    public position = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  /** @throws AppError `model_corrupt` when fewer than `count` bytes are left */
  take(count: number, what: string): Uint8Array {
    const start = this.advance(count, what);
    return this.bytes.subarray(start, start + count);
  }

  /** @throws AppError `model_corrupt` at the end of the data */
  uint8(what: string): number {
    return this.view.getUint8(this.advance(1, what));
  }

  /** @throws AppError `model_corrupt` when fewer than 4 bytes are left */
  uint32(what: string): number {
    return this.view.getUint32(this.advance(4, what), true);
  }

  /** @throws AppError `model_corrupt` when fewer than 8 bytes are left */
  uint64(what: string): bigint {
    return this.view.getBigUint64(this.advance(8, what), true);
  }

  private advance(count: number, what: string): number {
    const start = this.position;
    if (count > this.left) {
      throw corruptPacking(`${what} of its ${this.format} data takes ${count} bytes, and ${this.left} are left`);
    }
    this.position = start + count;
    return start;
  }
}
