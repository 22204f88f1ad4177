import type { Signature } from '../../../common/signature';
import { compileColumns, plainBound } from './column';
import { POWERS, roundDecimal } from './round-decimal';

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const LOWER_E = 101;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const CASE_BIT = 32;

const FEATURES = Buffer.from('features');
const INPUTS = Buffer.from('inputs');
const VERSION = Buffer.from('version');
const NULL = Buffer.from('null');
/** As many decimal digits always make an integer below 2^53. */
const EXACT_DIGITS = 15;
/** With 22 digits a number is below 10^22, and so is the power of ten that divides it. */
const MOST_DIGITS = 22;
/** One more digit leaves a number that is smaller than this below 10^15. */
const HIGH_PART = 1e14;
/** Not a place in a body: the scan has met something that it leaves to the careful reader. */
const UNUSUAL = -1;

/** The kind of table that a model reads; null for one that takes more than one table of plain numbers. */
export function tableShapeOf({ inputs, features }: Signature): TableShape | null {
  if (!features || inputs.length !== 1) return null;
  const columns = compileColumns({ inputs, features });
  const bound = plainBound(columns);
  if (bound === null) return null;
  return { columns: columns.length, bound, nullable: Uint8Array.from(columns, (c) => (c.feature.nullable ? 1 : 0)) };
}

/** The kind of table that is read. */
export interface TableShape {
  columns: number;
  /** Greatest magnitude that a cell may have. */
  bound: number;
  /** 1 for each column that takes null, which is NaN in the table. */
  nullable: Uint8Array;
}

/**
 * Reads `{"features": [...]}` from bytes straight into a table of doubles, without text or objects in between: one row
 * of numbers, or a list of rows. It knows the usual form only and gives up on everything else (records, escapes,
 * characters outside ASCII, a cell that is wrong): that is for the careful reader, which takes it or says what is wrong.
 * What it does take, it reads exactly as JSON.parse does.
 */
export class RowScanner {
  /** Rows of the last scan. */
  rows = 0;
  /** Whether the last scan found one row rather than a list. */
  single = false;
  private bytes: Uint8Array = FEATURES;
  private end = 0;
  /** The cell that is written next. */
  private next = 0;

  /** @param cells the table, row by row, with room for more; it is replaced by a longer one when that is needed */
  constructor(
    private readonly shape: TableShape,
    public cells: Float64Array = new Float64Array(shape.columns),
  ) {}

  /**
   * Reads the body at `bytes[from .. to)` into the table from row `firstRow` on.
   * @returns false when it is not of the usual form, or has more than `maxRows` rows; the table is then as good as empty
   */
  scan(bytes: Uint8Array, from: number, to: number, firstRow: number, maxRows: number): boolean {
    this.bytes = bytes;
    this.end = to;
    this.rows = 0;
    this.next = firstRow * this.shape.columns;
    return this.body(from, maxRows);
  }

  get columns(): number {
    return this.shape.columns;
  }

  /** Rows of the table, of this scan or an earlier one; good until the next scan. */
  view(firstRow: number, rows: number): Float64Array {
    const { columns } = this.shape;
    return this.cells.subarray(firstRow * columns, (firstRow + rows) * columns);
  }

  /** Lets go of a table of more than `cells` numbers. */
  keep(cells: number): void {
    if (this.cells.length > cells) this.cells = new Float64Array(this.shape.columns);
  }

  /** Whoever reads past the end reads another body's bytes, or nothing; what counts is that the last brace is inside. */
  private body(from: number, maxRows: number): boolean {
    const { bytes } = this;
    let at = this.skipBlank(from);
    if (bytes[at] !== OPEN_BRACE) return false;
    do {
      const open = this.skipBlank(at + 1);
      const close = bytes[open] === QUOTE ? this.endOfString(open) : UNUSUAL;
      if (close === UNUSUAL) return false;
      at = this.skipBlank(close + 1);
      if (bytes[at] !== COLON) return false;
      at = this.skipBlank(at + 1);
      at = this.isKey(FEATURES, open, close) ? this.table(at, maxRows) : this.otherMember(open, close, at);
      if (at === UNUSUAL) return false;
      at = this.skipBlank(at);
    } while (bytes[at] === COMMA);
    return bytes[at] === CLOSE_BRACE && this.rows > 0 && this.skipBlank(at + 1) === this.end;
  }

  private table(at: number, maxRows: number): number {
    const { bytes } = this;
    // A member said twice: JSON.parse takes the last.
    if (this.rows > 0 || bytes[at] !== OPEN_BRACKET) return UNUSUAL;
    const first = this.skipBlank(at + 1);
    this.single = bytes[first] !== OPEN_BRACKET;
    if (this.single) return this.row(at);
    at = first;
    for (;;) {
      if (bytes[at] !== OPEN_BRACKET || this.rows >= maxRows) return UNUSUAL;
      at = this.row(at);
      if (at === UNUSUAL) return UNUSUAL;
      at = this.skipBlank(at);
      if (bytes[at] === CLOSE_BRACKET) return at + 1;
      if (bytes[at] !== COMMA) return UNUSUAL;
      at = this.skipBlank(at + 1);
    }
  }

  /** Reads the row whose bracket opens at `at`; answers the place after its end. */
  private row(at: number): number {
    const { bytes } = this;
    const { columns } = this.shape;
    if (this.next + columns > this.cells.length) this.grow();
    for (let column = 0; column < columns; column++) {
      at = this.cell(this.skipBlank(at + 1), column);
      if (at === UNUSUAL) return UNUSUAL;
      at = this.skipBlank(at);
      if (bytes[at] !== (column < columns - 1 ? COMMA : CLOSE_BRACKET)) return UNUSUAL;
    }
    this.next += columns;
    this.rows++;
    return at + 1;
  }

  /**
   * Reads one number (RFC 8259, section 6), or null, and answers the place after it. A quotient of two integers that a
   * double holds exactly is rounded once, hence correctly (W. D. Clinger, "How to read floating point numbers
   * accurately", PLDI 1990, the fast case); what has more digits, or an exponent, is left to Number.
   */
  private cell(start: number, column: number): number {
    const { bytes } = this;
    const negative = bytes[start] === MINUS;
    const first = negative ? start + 1 : start;
    let at = first;
    let value = 0;
    let digit = bytes[at]! - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = bytes[++at]! - ZERO;
    }
    const whole = at - first;
    if (whole === 0 || (whole > 1 && bytes[first] === ZERO)) return this.missing(start, column);
    let fraction = 0;
    if (digit === DOT - ZERO) {
      const dot = at;
      digit = bytes[++at]! - ZERO;
      while (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        digit = bytes[++at]! - ZERO;
      }
      fraction = at - dot - 1;
      if (fraction === 0) return UNUSUAL;
    }
    if (whole + fraction > EXACT_DIGITS || (bytes[at]! | CASE_BIT) === LOWER_E) {
      return this.longNumber(start, at, fraction, column);
    }
    if (fraction > 0) value /= POWERS[fraction]!;
    return this.write(column, negative ? -value : value) ? at : UNUSUAL;
  }

  /** A number of many digits, whose sign and digits end at `end`, or one with an exponent. */
  private longNumber(start: number, end: number, fraction: number, column: number): number {
    const { bytes } = this;
    const digits = end - start;
    if ((bytes[end]! | CASE_BIT) === LOWER_E || digits > MOST_DIGITS) return this.anyNumber(start, column);
    let [high, low, lowDigits] = [0, 0, 0];
    for (let at = start; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0) continue;
      if (high < HIGH_PART) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        lowDigits++;
      }
    }
    const value = roundDecimal(high, low, lowDigits, fraction);
    if (Number.isNaN(value)) return this.anyNumber(start, column);
    return this.write(column, bytes[start] === MINUS ? -value : value) ? end : UNUSUAL;
  }

  private anyNumber(start: number, column: number): number {
    const { bytes } = this;
    let at = start;
    while (at < this.end && isOfNumber(bytes[at]!)) at++;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString('latin1');
    return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && this.write(column, Number(text)) ? at : UNUSUAL;
  }

  private missing(at: number, column: number): number {
    if (this.shape.nullable[column] !== 1 || !this.isText(NULL, at)) return UNUSUAL;
    this.cells[this.next + column] = NaN;
    return at + NULL.length;
  }

  private write(column: number, value: number): boolean {
    const { bound } = this.shape;
    this.cells[this.next + column] = value;
    return value <= bound && value >= -bound;
  }

  /** Steps over a member that says nothing of the rows: a plain text, such as `model_id`. */
  private otherMember(open: number, close: number, at: number): number {
    // Both names for the rows in one body are an error, and "inputs" alone is rare; so is a version asked for.
    if (this.isKey(INPUTS, open, close) || this.isKey(VERSION, open, close)) return UNUSUAL;
    if (this.bytes[at] !== QUOTE) return UNUSUAL;
    const end = this.endOfString(at);
    return end === UNUSUAL ? UNUSUAL : end + 1;
  }

  /** Place of the closing quote of a string of printable ASCII without escapes. */
  private endOfString(open: number): number {
    const { bytes, end } = this;
    for (let at = open + 1; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at;
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return UNUSUAL;
    }
    return UNUSUAL;
  }

  private isKey(key: Uint8Array, open: number, close: number): boolean {
    return close - open - 1 === key.length && this.isText(key, open + 1);
  }

  private isText(text: Uint8Array, at: number): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[at + i] !== text[i]) return false;
    return true;
  }

  private skipBlank(at: number): number {
    const { bytes, end } = this;
    while (at < end && isBlank(bytes[at]!)) at++;
    return at;
  }

  private grow(): void {
    const longer = new Float64Array(Math.max(2 * this.cells.length, 64 * this.shape.columns));
    longer.set(this.cells);
    this.cells = longer;
  }
}

function isBlank(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB);
}

/** Whether a byte can stand inside a number: a digit, `.`, `+`, `-`, `e` or `E`. */
function isOfNumber(byte: number): boolean {
  return (byte >= 43 && byte <= 57 && byte !== COMMA && byte !== 47) || (byte | CASE_BIT) === LOWER_E;
}
