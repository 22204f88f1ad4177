import { AppError } from '../../../common/errors';

/** A value of a UBJSON document; numbers of one type in a typed container are a typed array. */
export type UbjsonValue =
  null | boolean | number | string | NumberArray | UbjsonValue[] | { [key: string]: UbjsonValue };
export type NumberArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

const MAX_DEPTH = 64;

const SIZES: Record<string, number> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

/**
 * Reads Universal Binary JSON (ubjson.org, draft 12), the format of XGBoost's `.ubj` files and of the state of its
 * pickles. Every item takes at least a byte of the file, so memory is bounded by a multiple of its size; containers of a
 * type without payload, with which a short file could claim any number of items, are refused.
 *
 * @throws AppError model_corrupt saying where the file is broken
 */
export function readUbjson(bytes: Uint8Array): UbjsonValue {
  const reader = new UbjsonReader(bytes);
  return reader.value(reader.marker(), 0);
}

class UbjsonReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next type marker; no-ops are passed over. */
  marker(): string {
    for (;;) {
      const marker = String.fromCharCode(this.view.getUint8(this.take(1)));
      if (marker !== 'N') return marker;
    }
  }

  value(marker: string, depth: number): UbjsonValue {
    switch (marker) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'C':
        return String.fromCharCode(this.view.getUint8(this.take(1)));
      case 'S':
        return this.text();
      case '[':
        return this.array(this.deeper(depth));
      case '{':
        return this.object(this.deeper(depth));
      default:
        return this.number(marker);
    }
  }

  private number(marker: string): number {
    const size = SIZES[marker];
    if (size === undefined) throw this.broken(`a type of UBJSON, found ${describe(marker)}`);
    const at = this.take(size);
    switch (marker) {
      case 'i':
        return this.view.getInt8(at);
      case 'U':
        return this.view.getUint8(at);
      case 'I':
        return this.view.getInt16(at);
      case 'l':
        return this.view.getInt32(at);
      case 'L':
        return Number(this.view.getBigInt64(at));
      case 'd':
        return this.view.getFloat32(at);
      default:
        return this.view.getFloat64(at);
    }
  }

  private text(): string {
    const length = this.length();
    const at = this.take(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, length).toString('utf8');
  }

  private length(): number {
    const marker = this.marker();
    if (!'iUIlL'.includes(marker)) throw this.broken(`a length, found ${describe(marker)}`);
    const length = this.number(marker);
    if (!(length >= 0 && length <= this.bytes.length - this.at)) {
      throw this.broken(`a length that the file can hold, found ${length}`);
    }
    return length;
  }

  private array(depth: number): UbjsonValue {
    const { type, count } = this.header();
    if (type !== null && type in SIZES) return this.numbers(type, count!);
    const items: UbjsonValue[] = [];
    for (let index = 0; count === null || index < count; index++) {
      const marker = type ?? this.marker();
      if (count === null && marker === ']') break;
      items.push(this.value(marker, depth));
    }
    return items;
  }

  private numbers(type: string, count: number): NumberArray {
    const size = SIZES[type]!;
    if (count * size > this.bytes.length - this.at) throw this.broken(`${count} numbers, found the end of the file`);
    const at = this.take(count * size);
    const fill = <T extends NumberArray>(array: T, get: (at: number) => number): T => {
      for (let i = 0; i < count; i++) array[i] = get(at + i * size);
      return array;
    };
    const { view } = this;
    switch (type) {
      case 'i':
        return fill(new Int8Array(count), (place) => view.getInt8(place));
      case 'U':
        return fill(new Uint8Array(count), (place) => view.getUint8(place));
      case 'I':
        return fill(new Int16Array(count), (place) => view.getInt16(place));
      case 'l':
        return fill(new Int32Array(count), (place) => view.getInt32(place));
      case 'L':
        return fill(new Float64Array(count), (place) => Number(view.getBigInt64(place)));
      case 'd':
        return fill(new Float32Array(count), (place) => view.getFloat32(place));
      default:
        return fill(new Float64Array(count), (place) => view.getFloat64(place));
    }
  }

  private object(depth: number): UbjsonValue {
    const { type, count } = this.header();
    // Without a prototype, a key such as __proto__ is a key like any other.
    const object = Object.create(null) as { [key: string]: UbjsonValue };
    for (let index = 0; count === null || index < count; index++) {
      if (count === null && this.bytes[this.at] === 0x7d) {
        this.at++;
        break;
      }
      const key = this.text();
      object[key] = this.value(type ?? this.marker(), depth);
    }
    return object;
  }

  /** Type and count of an optimised container. */
  private header(): { type: string | null; count: number | null } {
    let type: string | null = null;
    if (this.bytes[this.at] === 0x24) {
      this.at++;
      type = this.marker();
      if (!(type in SIZES) && !'CS[{'.includes(type))
        throw this.broken(`a type with a payload, found ${describe(type)}`);
      if (this.bytes[this.at] !== 0x23) throw this.broken('a count after the type of a container');
    }
    if (this.bytes[this.at] !== 0x23) return { type, count: null };
    this.at++;
    return { type, count: this.length() };
  }

  private take(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) throw this.broken(`${length} more bytes, found the end of the file`);
    this.at += length;
    return at;
  }

  private deeper(depth: number): number {
    if (depth >= MAX_DEPTH) throw this.broken(`at most ${MAX_DEPTH} containers within each other, found more`);
    return depth + 1;
  }

  private broken(expected: string): AppError {
    return new AppError('model_corrupt', `The UBJSON is broken at byte ${this.at}: expected ${expected}.`);
  }
}

function describe(marker: string): string {
  return `0x${marker.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
