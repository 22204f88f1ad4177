import { AppError } from '../../../common/errors';

/** Reads little-endian numbers, texts and lists as dmlc streams write them: lengths are of 64 bits. */
export class BinaryReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  startsWith(text: string): boolean {
    return Buffer.from(this.bytes.subarray(this.at, this.at + text.length)).toString('latin1') === text;
  }

  /** @throws AppError model_corrupt beyond the end, as all that follow */
  skip(count: number): void {
    this.take(count);
  }

  int32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  float32(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  text(): string {
    const length = this.length(1, 'bytes of a text');
    const from = this.take(length);
    return Buffer.from(this.bytes.subarray(from, from + length)).toString('utf8');
  }

  floats(): Float32Array {
    const length = this.length(4, 'numbers');
    return Float32Array.from({ length }, () => this.float32());
  }

  /** The length of a list whose items take `itemBytes` or more each. */
  length(itemBytes: number, what: string): number {
    const length = Number(this.view.getBigUint64(this.take(8), true));
    this.expect(length, itemBytes, what);
    return length;
  }

  /** Checks a count before memory is taken for it. */
  expect(count: number, itemBytes: number, what: string): void {
    const most = Math.floor((this.bytes.length - this.at) / itemBytes);
    if (count >= 0 && count <= most) return;
    throw new AppError('model_corrupt', `expected at most ${most} ${what} in what is left of the file, found ${count}`);
  }

  private take(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) {
      throw new AppError(
        'model_corrupt',
        `expected ${count} more bytes of the XGBoost model at byte ${from}, found ${this.bytes.length - from}: the file is cut off`,
      );
    }
    this.at += count;
    return from;
  }
}
