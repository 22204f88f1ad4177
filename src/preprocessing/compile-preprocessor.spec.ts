import fc from 'fast-check';
import { AppError } from '../common/errors';
import { processorMs } from '../../test/support/processor-time';
import { compilePreprocessor } from './compile-preprocessor';
import { DATE_PARTS, MATH_FUNCTIONS, TIME_PARTS, type ValueObject } from './preprocessor-spec';

function refusal(document: unknown): AppError {
  try {
    compilePreprocessor(document);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the document was accepted');
}

const derive = (value: unknown, record: unknown) =>
  compilePreprocessor({ input: {}, output: [{ field: 'y', ...(value as ValueObject) }] })(record);
const valueOf = (value: unknown, record: unknown = {}) => {
  const result = derive(value, record);
  return result.ok ? result.record.y : result.details;
};
const steps = (x: unknown, ...list: unknown[]) => valueOf({ from: 'x', steps: list }, { x });

describe(compilePreprocessor.name, () => {
  it.each([
    [{ from: 'a' }, { a: 'x' }, 'x'],
    [{ from: ['a', 'b'] }, { a: { b: true } }, true],
    [{ from: ['a', 'b'] }, { a: 5 }, null],
    [{ from: 'toString' }, {}, null],
    [{ from: 'a.b' }, { 'a.b': 1 }, 1],
    [{ const: false }, {}, false],
    [{ add: [1, { from: 'a' }, 2] }, { a: 4 }, 7],
    [{ subtract: [10, { from: 'a' }] }, { a: 4 }, 6],
    [{ multiply: [{ from: 'a' }, { from: 'a' }] }, { a: 4 }, 16],
    [{ divide: [{ from: 'a' }, 8] }, { a: 4 }, 0.5],
    [{ min: [{ from: 'a' }, 3] }, { a: 4 }, 3],
    [{ max: [{ from: 'a' }, 3, 9] }, { a: 4 }, 9],
    [{ add: [1, { from: 'gone' }] }, {}, null],
    [{ concat: [{ from: 'a' }, '-', 5, true] }, { a: 'x' }, 'x-5true'],
    [{ concat: ['x', { from: 'gone' }] }, {}, null],
    [{ eq: [{ from: 'a' }, 'x'] }, { a: 'x' }, true],
    [{ ne: [{ from: 'gone' }, 'x'] }, {}, false],
    [{ lt: [1, 2] }, {}, true],
    [{ le: [2, 2] }, {}, true],
    [{ gt: ['b', 'a'] }, {}, true],
    [{ ge: [1, 2] }, {}, false],
    [{ is_missing: { from: 'a' } }, { a: null }, true],
    [{ all: [true, { from: 'gone' }] }, {}, false],
    [{ all: [true, { lt: [1, 2] }] }, {}, true],
    [{ any: [false, true] }, {}, true],
    [{ any: [false, null] }, {}, false],
    [{ not: { from: 'gone' } }, {}, true],
    [{ if: { gt: [{ from: 'a' }, 3] }, then: 'many', else: { from: 'a' } }, { a: 2 }, 2],
    [{ if: { gt: [{ from: 'a' }, 3] }, then: 'many', else: { from: 'a' } }, { a: 4 }, 'many'],
  ])('source %j of %j gives %j', (value, record, expected) => {
    expect(valueOf(value, record)).toBe(expected);
  });

  it.each([
    [null, [{ default: 7 }], 7],
    [3, [{ default: 7 }], 3],
    [null, [{ add: 1 }, { default: 7 }, { add: 1 }], 8],
    [' 1.5e1 ', [{ cast: 'number' }], 15],
    [true, [{ cast: 'number' }], 1],
    ['12', [{ cast: 'integer' }], 12],
    [1.5, [{ cast: 'text' }], '1.5'],
    ['true', [{ cast: 'boolean' }], true],
    [0, [{ cast: 'boolean' }], false],
    [2.5, [{ round: 0 }], 3],
    [-2.5, [{ round: 0 }], -3],
    [1.23456, [{ round: 4 }], 1.2346],
    [12, [{ subtract: 2 }, { divide: 4 }, { multiply: 3 }], 7.5],
    [12, [{ clip: { min: 0, max: 10 } }], 10],
    [-12, [{ clip: { min: 0 } }], 0],
    [0, [{ apply: 'log1p' }], 0],
    [9, [{ apply: 'sqrt' }], 3],
    [5, [{ bin: { edges: [1, 5, 9] } }], 2],
    [5, [{ bin: { edges: [1, 5, 9], right: true } }], 1],
    [0, [{ bin: { edges: [1, 5, 9], labels: ['a', 'b', 'c', 'd'] } }], 'a'],
    [99, [{ bin: { edges: [1, 5, 9], labels: ['a', 'b', 'c', 'd'] } }], 'd'],
    [2, [{ map: { table: { '1': 'a', '2': null } } }], null],
    ['constructor', [{ map: { table: { a: 1 }, default: 0 } }], 0],
    [true, [{ map: { table: { true: 'yes' } } }], 'yes'],
    [' Ab ', [{ text: 'trim' }, { text: 'lower' }], 'ab'],
    ['ab', [{ text: 'upper' }], 'AB'],
    ['a😀bc', [{ substring: { start: 1, length: 2 } }], '😀b'],
    ['23:59', [{ time: 'minutes' }], 1439],
    ['23:59:58', [{ time: 'second' }], 58],
    ['08:05', [{ time: 'minute' }], 5],
    ['2024-02-29', [{ date: 'day_of_year' }], 60],
    ['2024-02-29', [{ date: 'weekday' }], 4],
    ['2026-11-22', [{ date: 'weekday' }], 7],
    ['2026-01-01T01:30:00+02:00', [{ date: 'unix' }], 1767223800],
    ['2026-01-01T01:30:00+02:00', [{ date: 'hour' }], 1],
    ['0099-12-31', [{ date: 'year' }], 99],
  ])('%j through %j gives %j', (x, list, expected) => {
    expect(steps(x, ...list)).toBe(expected);
  });

  it.each([
    ['x', [{ add: 1 }], 'must be a number, found "x"'],
    [5, [{ text: 'lower' }], 'must be a text, found 5'],
    ['1,5', [{ cast: 'number' }], 'must be a number, found "1,5"'],
    ['0x10', [{ cast: 'number' }], 'must be a number, found "0x10"'],
    [1.5, [{ cast: 'integer' }], 'must be an integer, found 1.5'],
    [2, [{ cast: 'boolean' }], 'must be true, false, 1 or 0, found 2'],
    [-1, [{ apply: 'sqrt' }], 'has no finite sqrt, found -1'],
    [0, [{ apply: 'log' }], 'has no finite log, found 0'],
    [1e308, [{ multiply: 10 }], 'gives no finite number'],
    ['z', [{ map: { table: { a: 1 } } }], 'is not in the table, found "z"'],
    ['24:00', [{ time: 'hour' }], 'must be a time of day written HH:MM or HH:MM:SS, found "24:00"'],
    ['2023-02-29', [{ date: 'day' }], expect.stringContaining('must be an ISO 8601 date')],
    ['2024-03-00', [{ date: 'day' }], expect.stringContaining('must be an ISO 8601 date')],
    ['2023-13-01', [{ date: 'day' }], expect.stringContaining('must be an ISO 8601 date')],
    [[1], [], 'must be a number, a text, true, false or null, found a list'],
  ])('%j through %j is told under the raw field', (x, list, message) => {
    expect(steps(x, ...list)).toEqual([{ field: 'x', message }]);
  });

  it('tells what stems from several fields under the output field', () => {
    expect(valueOf({ divide: [{ from: 'a' }, { from: 'b' }] }, { a: 1, b: 0 })).toEqual([
      { field: 'y', message: 'gives no finite number' },
    ]);
  });

  it.each(['all', 'any'])('tells the operand of %s that is no condition', (operator) => {
    const operands = [operator === 'all', { from: 'a' }, operator === 'all'];
    expect(valueOf({ [operator]: operands }, { a: 5 })).toEqual([
      { field: 'y', message: 'must have a condition that is true or false, found 5' },
    ]);
  });

  it('reports every field of a record that is wrong', () => {
    const run = compilePreprocessor({
      input: { type: 'object' },
      output: [
        { field: 'a', from: 'x', steps: [{ add: 1 }] },
        { field: 'b', from: 'y', steps: [{ time: 'hour' }] },
        { field: 'c', const: 1 },
      ],
    });
    expect(run({ x: 'no', y: 'no' })).toMatchObject({ ok: false, details: [{ field: 'x' }, { field: 'y' }] });
  });

  it('keeps members named like those of the prototype apart', () => {
    const run = compilePreprocessor({
      input: { type: 'object' },
      output: [
        { field: '__proto__', from: 'constructor' },
        { field: 'constructor', from: '__proto__' },
      ],
    });
    const result = run(JSON.parse('{"__proto__": 1, "constructor": 2}'));
    expect(JSON.stringify(result)).toBe('{"ok":true,"record":{"__proto__":2,"constructor":1}}');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('stops outputs that multiply their input', () => {
    const x = { from: 'x' };
    const text = 'a'.repeat(10_000);
    expect(valueOf({ concat: new Array(200).fill(x) }, { x: text })).toEqual([
      { field: 'y', message: 'gives more than 1000000 characters' },
    ]);
    const output = Array.from({ length: 200 }, (_, i) => ({ field: `f${i}`, from: 'x' }));
    expect(compilePreprocessor({ input: {}, output })({ x: text })).toMatchObject({
      ok: false,
      details: [{ field: 'f100' }],
    });
  });

  it.each([
    [{}, 'input'],
    [{ nonsense: true }, 'nonsense'],
    [[], ''],
    [{ input: {}, output: [] }, 'output'],
    [{ input: { type: 'text' }, output: [{ field: 'a', const: 1 }] }, 'input'],
    [{ input: { $ref: 'https://example.org' }, output: [{ field: 'a', const: 1 }] }, 'input'],
    [{ input: {}, output: [{ field: 'a', const: 1 }], description: 5 }, 'description'],
    [{ input: {}, output: [{ from: 'a' }] }, 'output.0.field'],
    [{ input: {}, output: [5] }, 'output.0'],
    [
      {
        input: {},
        output: [
          { field: 'a', const: 1 },
          { field: 'a', const: 2 },
        ],
      },
      'output.1.field',
    ],
    [{ input: {}, output: [{ field: 'a' }] }, 'output.0'],
    [{ input: {}, output: [{ field: 'a', from: 'a', const: 1 }] }, 'output.0'],
    [{ input: {}, output: [{ field: 'a', const: 1, then: 5 }] }, 'output.0'],
    [{ input: {}, output: [{ field: 'a', if: true, then: 5 }] }, 'output.0'],
    [{ input: {}, output: [{ field: 'a', from: [] }] }, 'output.0.from'],
    [{ input: {}, output: [{ field: 'a', subtract: [1] }] }, 'output.0.subtract'],
    [{ input: {}, output: [{ field: 'a', add: [1, { wrong: 1 }] }] }, 'output.0.add.1.wrong'],
    [{ input: {}, output: [{ field: 'a', const: 1, steps: [{ time: 'era' }] }] }, 'output.0.steps.0.time'],
    [{ input: {}, output: [{ field: 'a', const: 1, steps: [{ eval: 'x' }] }] }, 'output.0.steps.0.eval'],
    [{ input: {}, output: [{ field: 'a', const: 1, steps: [{ divide: 0 }] }] }, 'output.0.steps.0.divide'],
    [
      { input: {}, output: [{ field: 'a', const: 1, steps: [{ bin: { edges: [2, 1] } }] }] },
      'output.0.steps.0.bin.edges',
    ],
    [
      { input: {}, output: [{ field: 'a', const: 1, steps: [{ bin: { edges: [1, 2], labels: ['a'] } }] }] },
      'output.0.steps.0.bin.labels',
    ],
    [{ input: {}, output: [{ field: 'a', const: 1, steps: [{ clip: { min: 2, max: 1 } }] }] }, 'output.0.steps.0.clip'],
    [
      { input: {}, output: [{ field: 'a', const: 1, steps: [{ map: { table: { a: [] } } }] }] },
      'output.0.steps.0.map.table.a',
    ],
  ])('refuses %j and names %s', (document, field) => {
    const error = refusal(document);
    expect(error.code).toBe('invalid_preprocessor');
    expect(error.details?.map((detail) => detail.field)).toContain(field);
  });

  it('refuses depth, size and cycles before it looks at them', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal({ input: {}, output: deep }).message).toMatch(/levels deep/);
    expect(refusal(new Array(200_001).fill(0)).message).toMatch(/200000 values/);
    const cycle: Record<string, unknown> = {};
    cycle.input = cycle;
    expect(refusal(cycle).message).toMatch(/levels deep|values/);
  });
});

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.string(),
  fc.constantFrom('23:59', '2024-02-29', 'a'),
);
const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const step = fc.oneof(
  fc.record({ default: scalar }),
  fc.record({ cast: fc.constantFrom('number', 'integer', 'text', 'boolean') }),
  fc.record({ round: fc.integer({ min: -1, max: 13 }) }),
  fc.record({ divide: fc.double() }),
  fc.record({ apply: fc.constantFrom(...Object.keys(MATH_FUNCTIONS)) }),
  fc.record({ bin: fc.record({ edges: fc.array(fc.double({ noNaN: true })) }) }),
  fc.record({ map: fc.record({ table: fc.dictionary(fc.string(), scalar), default: scalar }) }),
  fc.record({ time: fc.constantFrom(...TIME_PARTS) }),
  fc.record({ date: fc.constantFrom(...DATE_PARTS) }),
  fc.record({ substring: fc.record({ start: fc.nat(3) }) }),
  fc.anything(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.record({ from: name, steps: fc.array(step, { maxLength: 3 }) }, { requiredKeys: ['from'] }),
    ...['add', 'subtract', 'divide', 'max', 'concat', 'eq', 'lt', 'all', 'any'].map((operation) =>
      fc.array(tie('value'), { maxLength: 3 }).map((operands) => ({ [operation]: operands })),
    ),
    fc.record({ if: tie('value'), then: tie('value'), else: tie('value') }),
    fc.record({ is_missing: tie('value') }),
    fc.anything(),
  ),
}));
const output = fc.array(
  fc
    .tuple(name, value)
    .map(([field, each]) => (typeof each === 'object' && each !== null ? { ...each, field } : { field, const: each })),
  { maxLength: 4 },
);
const wellFormed = fc.oneof(
  output,
  output.map((fields) => fields.slice(0, 1)),
);
const record = fc.oneof(fc.dictionary(name, fc.oneof(scalar, fc.array(scalar))), fc.anything());

describe('any document and any record', () => {
  it('gives an AppError or a function that never throws, is deterministic and answers plain JSON', () => {
    let compiled = 0;
    fc.assert(
      fc.property(wellFormed, record, (fields, raw) => {
        let run;
        try {
          run = compilePreprocessor({ input: {}, output: fields });
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          return;
        }
        compiled += 1;
        const result = run(raw);
        expect(JSON.stringify(run(raw))).toBe(JSON.stringify(result));
        if (result.ok) {
          expect(Object.keys(result.record)).toHaveLength(fields.length);
          for (const each of Object.values(result.record)) {
            expect(['number', 'string', 'boolean', 'object']).toContain(typeof each);
            if (typeof each === 'number') expect(Number.isFinite(each)).toBe(true);
          }
        } else expect(result.details.length).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
    expect(compiled).toBeGreaterThan(100);
  });

  it('refuses anything else with an AppError', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (document) => {
        expect(() => compilePreprocessor(document)).toThrow(AppError);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes shorter texts the more is done to them, so that no record takes seconds', () => {
    const many = Array.from({ length: 500 }, () => [{ text: 'upper' }, { text: 'lower' }]).flat();
    const document = {
      input: {},
      output: Array.from({ length: 10 }, (_, i) => ({ field: `f${i}`, from: 'x', steps: many })),
    };
    const run = compilePreprocessor(document);
    const tookMs = processorMs(() => {
      expect(run({ x: '\u0130'.repeat(300_000) })).toMatchObject({
        ok: false,
        details: expect.arrayContaining([
          { field: 'x', message: 'must have at most 1000 characters for all that is done to texts here, found 300000' },
        ]),
      });
    });
    expect(tookMs).toBeLessThan(1000);
    expect(run({ x: 'A' })).toMatchObject({ ok: true, record: { f9: 'a' } });
    const compare = Array.from({ length: 2000 }, () => ({ lt: [{ from: 'x' }, { from: 'y' }] }));
    const long = { x: 'a'.repeat(400_000), y: `${'a'.repeat(399_999)}b` };
    expect(valueOf({ all: compare }, long)).toEqual([{ field: 'y', message: expect.stringContaining('at most 5000') }]);
  });

  it('refuses what JSON has no form for, as YAML may have', () => {
    const document = { input: { minimum: -Infinity }, output: [{ field: 'x', from: 'x' }] };
    expect(() => compilePreprocessor(document)).toThrow('a value that JSON has no form for');
  });
});
