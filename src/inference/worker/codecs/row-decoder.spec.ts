import { AppError } from '../../../common/errors';
import { type FeatureSpec, MISSING_TEXT, type Signature } from '../../../common/signature';
import type { TabularSignature } from './column';
import { compileRowDecoder } from './row-decoder';

const number = (name: string, column: number, extra: Partial<FeatureSpec> = {}): FeatureSpec => ({
  name,
  kind: 'number',
  input: 0,
  column,
  nullable: false,
  ...extra,
});

function signature(features: FeatureSpec[], inputs: Signature['inputs']): TabularSignature {
  return { task: 'regression', inputs, outputs: [], features };
}

const plain = signature([number('a', 0), number('b c', 1)], [{ name: 'x', datatype: 'FP64', shape: [-1, 2] }]);
const open = signature(
  [{ name: 'town', kind: 'text', input: 0, column: 0, nullable: false }],
  [{ name: 'texts', datatype: 'BYTES', shape: [-1, 1] }],
);
const mixed = signature(
  [
    number('age', 0, { nullable: true }),
    { name: 'town', kind: 'text', input: 1, column: 0, nullable: true, categories: ['Rom', 'Oslo'], closed: true },
    { name: 'member', kind: 'boolean', input: 0, column: 1, nullable: false },
    { name: 'count', kind: 'number', input: 2, column: 0, nullable: false },
  ],
  [
    { name: 'numbers', datatype: 'FP32', shape: [-1, 2] },
    { name: 'texts', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'counts', datatype: 'INT64', shape: [-1] },
  ],
);

/** The tensors of a request. */
function decode(of: TabularSignature, value: unknown, extra: ReadonlySet<string> | 'any' = new Set()): unknown[][] {
  const decoder = compileRowDecoder(of, extra);
  const items = decoder.classify(value, 'features');
  const buffers = decoder.allocate(items.list.length);
  items.list.forEach((_, i) => decoder.write(items, i, buffers, i));
  return buffers.map((buffer) => Array.from(buffer.data as ArrayLike<unknown>));
}

function refusal(of: TabularSignature, value: unknown): AppError {
  try {
    decode(of, value);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('was not refused');
}

describe('compileRowDecoder', () => {
  test.each([
    ['a row', [1, 2], [1, 2]],
    [
      'a batch',
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2, 3, 4],
    ],
    ['a record', { 'b c': 2, a: 1 }, [1, 2]],
    ['a record with a boolean of a data frame', { 'b c': true, a: false }, [0, 1]],
    [
      'a list of records',
      [
        { a: 1, 'b c': 2 },
        { 'b c': 4, a: 3 },
      ],
      [1, 2, 3, 4],
    ],
  ])('takes %s', (_, value, expected) => {
    expect(decode(plain, value)).toEqual([expected]);
  });

  test('takes a boolean as a number in a row with text, as a data frame gives it', () => {
    expect(decode(mixed, [true, 'Rom', true, false])).toEqual([[1, 1], ['Rom'], [0n]]);
  });

  test('puts every column where its input wants it', () => {
    const rows = [
      [31.5, 'Rom', true, 7],
      [null, null, 0, -3],
    ];
    expect(decode(mixed, rows)).toEqual([
      [31.5, 1, NaN, 0],
      ['Rom', MISSING_TEXT],
      [7n, -3n],
    ]);
  });

  test.each([
    [plain, [1], 'features: expected 2 features (a, b c), found 1'],
    [
      plain,
      [
        [1, 2],
        [1, 2, 3],
      ],
      'features[1]: expected 2 features (a, b c), found 3',
    ],
    [plain, [1, '2'], 'features[1] ("b c"): expected a finite number, found text "2"'],
    [
      plain,
      [
        [1, 2],
        [true, 2],
      ],
      'features[1][0] ("a"): expected a finite number (for true send 1), found true',
    ],
    [plain, [null, 2], 'features[0] ("a"): expected a finite number, found null'],
    [
      plain,
      JSON.parse('[1e999, 2]'),
      'features[0] ("a"): expected a finite number, found a number beyond the range of a double',
    ],
    [plain, [[1, 2], { a: 1 }], 'features[1]: expected a row like the first item, found an object'],
    [plain, [{ a: 1, 'b c': 2 }, [1, 2]], 'features[1]: expected a record like the first item, found an array of 2'],
    [plain, [], 'features: expected at least one row, found an empty array'],
    [plain, 'x', 'features: expected a row, a record or a list of either, found text "x"'],
    [plain, { a: 1 }, 'features["b c"]: expected a finite number, found nothing'],
    [plain, { a: 1, 'b c': 2, d: 3 }, 'features.d: unknown feature; the model takes a, b c'],
    [plain, JSON.parse('{"a":1,"b c":2,"__proto__":3}'), 'features.__proto__: unknown feature; the model takes a, b c'],
    [mixed, [1e39, 'Rom', true, 1], 'features[0] ("age"): expected a finite number within FP32 or null, found 1e+39'],
    [mixed, [1, 'Bern', true, 1], 'features[1] ("town"): expected one of "Rom", "Oslo", found text "Bern"'],
    [mixed, [1, 5, true, 1], 'features[1] ("town"): expected text or null, found 5'],
    [open, ['Rom\0'], 'features[0] ("town"): expected text without NUL characters, found text "Rom\\u0000"'],
    [mixed, [1, 'Rom', 'yes', 1], 'features[2] ("member"): expected true or false, found text "yes"'],
    [
      mixed,
      [1, 'Rom', true, 1.5],
      'features[3] ("count"): expected a whole number from -9007199254740991 to 9007199254740991, found 1.5',
    ],
    [
      mixed,
      [1, 'Rom', true, null],
      'features[3] ("count"): expected a whole number from -9007199254740991 to 9007199254740991, found null',
    ],
  ])('refuses and says where: %#', (of, value, message) => {
    const error = refusal(of, value);
    expect(error.message).toBe(message);
    expect(error.status).toBe(400);
  });

  test('names the record and the field in the details', () => {
    const error = refusal(plain, [
      { a: 1, 'b c': 2 },
      { a: 1, 'b c': 'x' },
    ]);
    expect(error.details).toEqual([{ index: 1, field: 'b c', message: 'expected a finite number, found text "x"' }]);
  });

  test('names the unknown fields beside a missing one, of which they may be another spelling', () => {
    const renamed = signature([number('a', 0), number('b_c', 1)], plain.inputs);
    const { message, details } = refusal(renamed, [
      { a: 1, b_c: 2 },
      { a: 1, 'b c': 2, d: 3 },
    ]);
    expect(message).toBe(
      'features[1].b_c: expected a finite number, found nothing; the model does not know "b c", "d" of the record',
    );
    expect(details).toEqual([
      { index: 1, field: 'b_c', message: 'expected a finite number, found nothing' },
      { index: 1, field: 'b c', message: 'unknown feature' },
      { index: 1, field: 'd', message: 'unknown feature' },
    ]);
    // What is there and wrong is told by itself, and so is what is missing where other fields are none of the model's.
    expect(refusal(renamed, { a: 1, b_c: 'x', 'b c': 2 }).details).toHaveLength(1);
    expect(() => decode(renamed, { a: 1, 'b c': 2 }, 'any')).toThrow(/found nothing$/);
    expect(() => decode(renamed, { a: 1, 'b c': 2 }, new Set(['b c']))).toThrow(/found nothing$/);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field ${i}`, i]));
    const crowded = refusal(renamed, many);
    expect(crowded.message).toContain('"field 11" and 488 more of the record');
    expect(crowded.details).toHaveLength(13);
  });

  test('ignores the fields that a declared schema knows', () => {
    expect(decode(plain, { a: 1, 'b c': 2, note: 'x' }, new Set(['note']))).toEqual([[1, 2]]);
    expect(decode(plain, { a: 1, 'b c': 2, note: 'x' }, 'any')).toEqual([[1, 2]]);
  });

  test('takes anything, or nothing, for a column that the model does not read', () => {
    const unread = signature([number('a', 0), number('note', 1, { nullable: true, ignored: true })], plain.inputs);
    for (const value of [7, 'text', true, null]) expect(decode(unread, [1, value])).toEqual([[1, NaN]]);
    expect(decode(unread, { a: 1 })).toEqual([[1, NaN]]);
    expect(refusal(unread, [1, []]).code).toBe('invalid_input');
  });

  test('asks for rows when the features have no names', () => {
    const nameless = signature([{ kind: 'number', input: 0, column: 0, nullable: false }], plain.inputs);
    expect(refusal(nameless, { a: 1 }).message).toMatch(/the model has no feature names, found an object/);
  });
});
