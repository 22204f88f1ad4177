import { AppError } from '../../../common/errors';
import { overLimit } from './limits';

const NEWLINE = 10;
const BACKSLASH = 92;
/** V8 holds strings of up to 2^29 - 24 characters; no name or label of a model comes near. */
const MAX_STRING_BYTES = 2 ** 28;

/** The refusal of a pickle that breaks the rules of the format. `found` completes "The pickle is broken at byte n: ". */
export function corruptPickle(offset: number, found: string): AppError {
  return new AppError('model_corrupt', `The pickle is broken at byte ${offset}: ${found}.`);
}

/**
 * A cursor over the bytes of a pickle. Every length is held against the bytes that are left before anything is
 * allocated; byte strings are views of the file.
 */
export class ByteReader {
  position = 0;
  private readonly view: DataView;
  private readonly buffer: Buffer;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `count` bytes, as a view. @throws AppError `model_corrupt` when fewer are left. */
  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  uint8(): number {
    return this.view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  /** An 8-byte length; one that is no exact number is larger than any file, so {@link skip} refuses it. */
  length64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** IEEE 754 double, big-endian as BINFLOAT has it. */
  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** `count` bytes of UTF-8. */
  utf8(count: number): string {
    const start = this.skipString(count);
    return this.buffer.toString('utf8', start, start + count);
  }

  latin1(count: number): string {
    const start = this.skipString(count);
    return this.buffer.toString('latin1', start, start + count);
  }

  /** Text up to the next newline, which is consumed, as latin1. */
  line(): string {
    const end = this.bytes.indexOf(NEWLINE, this.position);
    if (end < 0) throw corruptPickle(this.position, 'it ends within a line of text');
    const text = this.latin1(end - this.position);
    this.position = end + 1;
    return text;
  }

  /** A short line, as numbers and names have. */
  shortLine(maxChars: number): string {
    const start = this.position;
    const text = this.line();
    if (text.length > maxChars) {
      throw corruptPickle(start, `a number or name of ${text.length} characters, at most ${maxChars} can be read`);
    }
    return text;
  }

  /** Moves over `count` bytes and returns where they start. */
  skip(count: number): number {
    const start = this.position;
    const left = this.bytes.length - start;
    if (!(count >= 0 && count <= left)) {
      throw corruptPickle(start, `${count} bytes are announced and ${left} are left; the file is cut off or lies`);
    }
    this.position = start + count;
    return start;
  }

  private skipString(count: number): number {
    const start = this.skip(count);
    if (count > MAX_STRING_BYTES) throw overLimit('bytes in one string', MAX_STRING_BYTES, start);
    return start;
  }
}

/** The value of a `raw-unicode-escape` text (protocol 0): only `\uXXXX` and `\UXXXXXXXX` are escapes. */
export function decodeRawUnicode(text: string, offset: number): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? '', 16);
    if (code > 0x10ffff) throw corruptPickle(offset, 'a character beyond Unicode');
    return String.fromCodePoint(code);
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The value of the `repr` of a Python 2 `str` (protocol 0 STRING): quoted, with the escapes of `string_escape`. */
export function decodeQuoted(text: string, offset: number): string {
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw corruptPickle(offset, 'a string without its quotes');
  }
  const body = text.slice(1, -1);
  if (!body.includes(String.fromCharCode(BACKSLASH))) return body;
  return body.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs, (whole, escape: string) => {
    if (escape.length === 3 && escape[0] === 'x') return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    return ESCAPES[escape] ?? whole;
  });
}
