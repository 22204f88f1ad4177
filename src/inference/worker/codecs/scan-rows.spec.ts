import * as fc from 'fast-check';
import { roundDecimal } from './round-decimal';
import { RowScanner } from './scan-rows';

const COLUMNS = 3;
const shape = { columns: COLUMNS, bound: Number.MAX_VALUE, nullable: Uint8Array.of(0, 0, 1) };

interface Found {
  single: boolean;
  rows: number[][];
}

function scan(text: string, { maxRows = 1e6, before = '', after = '' } = {}): Found | null {
  const bytes = Buffer.from(before + text + after);
  const from = Buffer.byteLength(before);
  const scanner = new RowScanner(shape);
  if (!scanner.scan(bytes, from, from + Buffer.byteLength(text), 0, maxRows)) return null;
  const { rows, single, cells } = scanner;
  return {
    single,
    rows: Array.from({ length: rows }, (_, i) => [...cells.subarray(i * COLUMNS, (i + 1) * COLUMNS)]),
  };
}

/** What the careful way makes of a body, as far as it is of the usual form. */
function parse(text: string): Found | null {
  const { features, inputs } = JSON.parse(text) as { features: unknown; inputs?: unknown };
  if (inputs !== undefined || !Array.isArray(features)) return null;
  const single = !Array.isArray(features[0]);
  const rows = (single ? [features] : features) as (number | null)[][];
  return { single, rows: rows.map((row) => row.map((value) => value ?? NaN)) };
}

const blank = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => (Number.isInteger(value) ? `${value}` : `${value}`)),
  fc.stringMatching(/^-?(0|[1-9]\d{0,18})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/),
);
const rowText = fc
  .tuple(numberText, numberText, fc.oneof(numberText, fc.constant('null')), blank, blank)
  .map(([a, b, c, x, y]) => `[${x}${a}${y},${b}${x},${y}${c}${x}]`);
const tableText = fc.oneof(
  rowText,
  fc.tuple(fc.array(rowText, { minLength: 1, maxLength: 80 }), blank).map(([rows, x]) => `[${x}${rows.join(`${x},`)}]`),
);
const bodyText = fc
  .tuple(tableText, fc.constantFrom('', '"model_id": "iris-2",', '"note":"x{[,",'), fc.boolean(), blank)
  .map(([table, other, first, x]) => {
    const features = `${x}"features"${x}:${x}${table}${x}`;
    if (other === '') return `${x}{${features}}${x}`;
    return first ? `{${x}${other}${features}}` : `{${features},${other.slice(0, -1)}${x}}`;
  });

describe('RowScanner', () => {
  test('reads every usual body exactly as JSON.parse does', () => {
    fc.assert(
      fc.property(bodyText, (text) => {
        expect(scan(text)).toEqual(parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes nothing that JSON.parse refuses or reads otherwise, however a usual body is changed', () => {
    fc.assert(
      fc.property(bodyText, fc.nat(), fc.constantFrom('', ...'[]{},:"\\019.-+eEnul \u00e9'), (text, at, put) => {
        const place = at % text.length;
        const changed = text.slice(0, place) + put + text.slice(place + 1);
        const found = scan(changed);
        if (found) expect(parse(changed)).toEqual(found);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['the empty table', '{"features":[]}'],
    ['a row too short', '{"features":[1,2]}'],
    ['a row too long', '{"features":[1,2,3,4]}'],
    ['null where it has no meaning', '{"features":[null,1,2]}'],
    ['text', '{"features":[1,"2",3]}'],
    ['a record', '{"features":{"a":1}}'],
    ['rows and a number', '{"features":[[1,2,3],4]}'],
    ['another name for the rows', '{"inputs":[1,2,3]}'],
    ['both names', '{"features":[1,2,3],"inputs":"x"}'],
    ['the rows twice', '{"features":[1,2,3],"features":[1,2,3]}'],
    ['no rows', '{"model_id":"iris"}'],
    ['a key with an escape', '{"\\u0066eatures":[1,2,3]}'],
    ['a leading zero', '{"features":[01,2,3]}'],
    ['a leading dot', '{"features":[.1,2,3]}'],
    ['a trailing dot', '{"features":[1.,2,3]}'],
    ['a plus', '{"features":[+1,2,3]}'],
    ['a lone minus', '{"features":[-,2,3]}'],
    ['an exponent without digits', '{"features":[1e,2,3]}'],
    ['a number too large for a double', '{"features":[1e999,2,3]}'],
    ['a trailing comma', '{"features":[1,2,3],}'],
    ['text after the body', '{"features":[1,2,3]} x'],
    ['a body that is cut', '{"features":[1,2,3]'],
    ['nothing', ''],
  ])('leaves %s to the careful reader', (_what, text) => {
    expect(scan(text)).toBeNull();
  });

  test('does not read into the neighbours of a body', () => {
    expect(scan('{"features":[1,2,3', { after: ']}' })).toBeNull();
    expect(scan('{"features":[1,2,3]', { after: '}' })).toBeNull();
    expect(scan('{"features":[1,2,3]}', { before: '{"a":1}', after: '4' })?.rows).toEqual([[1, 2, 3]]);
    expect(scan('{"features":[1,2,3]}', { after: '4' })?.rows).toEqual([[1, 2, 3]]);
  });

  test('leaves more rows than asked for to others', () => {
    expect(scan('{"features":[[1,2,3],[4,5,6]]}', { maxRows: 2 })?.rows).toHaveLength(2);
    expect(scan('{"features":[[1,2,3],[4,5,6]]}', { maxRows: 1 })).toBeNull();
  });

  test('keeps a number within the bound of its tensor', () => {
    const scanner = new RowScanner({ columns: 1, bound: 10, nullable: Uint8Array.of(0) });
    const fits = (text: string): boolean => scanner.scan(Buffer.from(text), 0, text.length, 0, 1);
    expect([10, -10, 10.5, -11].map((value) => fits(`{"features":[${value}]}`))).toEqual([true, true, false, false]);
  });
});

describe('roundDecimal', () => {
  test('rounds as Number does, or does not know', () => {
    const high = fc.integer({ min: 1, max: 10 }).chain((e) => fc.integer({ min: 10 ** (e - 1), max: 10 ** e }));
    let unknown = 0;
    fc.assert(
      fc.property(
        high,
        fc.nat(99_999),
        fc.integer({ min: 5, max: 12 }),
        fc.integer({ min: 0, max: 22 }),
        (a, b, n, f) => {
          const value = roundDecimal(a, b, n, f);
          if (Number.isNaN(value)) unknown++;
          else expect(value).toBe(Number(`${a}${String(b).padStart(n, '0')}e-${f}`));
        },
      ),
      { numRuns: 20_000 },
    );
    expect(unknown).toBeLessThan(100);
  });

  test('does not know on which side of the middle of two doubles a number beyond its precision lies', () => {
    // 2^53 + 1 is the middle of its neighbours.
    expect(roundDecimal(900719925474099, 3, 1, 0)).toBeNaN();
    expect(roundDecimal(900719925474099, 31, 2, 1)).toBe(9007199254740994);
  });
});
