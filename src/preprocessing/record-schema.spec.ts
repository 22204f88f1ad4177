import { AppError } from '../common/errors';
import { processorMs } from '../../test/support/processor-time';
import { compileRecordSchema } from './record-schema';

const FLIGHT = {
  type: 'object',
  required: ['carrier', 'dep_hour'],
  properties: {
    carrier: { type: 'string', minLength: 2, maxLength: 2 },
    dep_hour: { type: 'integer', minimum: 0, maximum: 23 },
    distance: { type: 'number', exclusiveMinimum: 0, maximum: 5000 },
    departure: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' },
    stops: { type: 'array', items: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] } },
  },
};

function refusal(schema: unknown): AppError {
  try {
    compileRecordSchema(schema);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the schema was accepted');
}

describe(compileRecordSchema.name, () => {
  const check = compileRecordSchema(FLIGHT);

  it('finds nothing in a record that fits, unknown fields included', () => {
    expect(check({ carrier: 'AA', dep_hour: 9, distance: 0.5, departure: '23:59', other: [1] })).toEqual([]);
  });

  it.each([
    [{ dep_hour: 9 }, 'carrier', 'is required'],
    [{ carrier: 'A', dep_hour: 9 }, 'carrier', 'must have at least 2 characters, found 1'],
    [{ carrier: 'AAA', dep_hour: 9 }, 'carrier', 'must have at most 2 characters, found 3'],
    [{ carrier: 12, dep_hour: 9 }, 'carrier', 'must be a text, found 12'],
    [{ carrier: 'AA', dep_hour: 24 }, 'dep_hour', 'must be at most 23, found 24'],
    [{ carrier: 'AA', dep_hour: 1.5 }, 'dep_hour', 'must be an integer, found 1.5'],
    [{ carrier: 'AA', dep_hour: 9, distance: 0 }, 'distance', 'must be above 0, found 0'],
    [{ carrier: 'AA', dep_hour: 9, departure: '25:00' }, 'departure', /must match the pattern .*, found "25:00"/],
    [{ carrier: 'AA', dep_hour: 9, stops: [{ code: 'X' }, {}] }, 'stops.1.code', 'is required'],
    [[], '', 'must be an object, found a list'],
    [null, '', 'must be an object, found null'],
  ])('names the member of %j', (record, field, message) => {
    expect(check(record)).toEqual([
      { field, message: typeof message === 'string' ? message : expect.stringMatching(message) },
    ]);
  });

  it('reports every field that is wrong', () => {
    expect(
      check({ carrier: 'A', dep_hour: 'noon', distance: -1 })
        .map((detail) => detail.field)
        .sort(),
    ).toEqual(['carrier', 'dep_hour', 'distance']);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(check({ carrier: '😀é', dep_hour: 9 })).toEqual([]);
  });

  it('folds the branches of anyOf into one detail', () => {
    const optional = compileRecordSchema({
      type: 'object',
      properties: { age: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
    });
    expect(optional({ age: null })).toEqual([]);
    expect(optional({ age: 'x' })).toEqual([{ field: 'age', message: 'must be an integer or null, found "x"' }]);
  });

  it('does not take members of the prototype for fields', () => {
    const own = compileRecordSchema({
      type: 'object',
      required: ['constructor', 'toString'],
      properties: { constructor: { type: 'string' }, hasOwnProperty: { type: 'number' } },
    });
    expect(own({}).map((detail) => detail.field)).toEqual(['constructor', 'toString']);
    expect(own(JSON.parse('{"constructor": "x", "toString": 1, "__proto__": {"hasOwnProperty": "y"}}'))).toEqual([]);
  });

  it('resolves references inside the document and takes an $id of its own', () => {
    const schema = { $id: 'https://example.org/flight', $ref: '#/$defs/row', $defs: { row: FLIGHT } };
    expect(compileRecordSchema(schema)({ carrier: 'AA' })).toEqual([{ field: 'dep_hour', message: 'is required' }]);
    expect(compileRecordSchema(schema)({ carrier: 'AA', dep_hour: 1 })).toEqual([]);
  });

  it('gives the same answers for a schema that was compiled before', () => {
    const again = compileRecordSchema(FLIGHT, { trusted: true });
    expect(again({ carrier: 'AA', dep_hour: 9 })).toEqual([]);
    expect(again({ carrier: 'A', dep_hour: 24 })).toEqual(check({ carrier: 'A', dep_hour: 24 }));
  });

  it('checks dates and times by the calendar and leaves unknown formats alone', () => {
    const at = compileRecordSchema({
      type: 'object',
      properties: { d: { format: 'date' }, t: { format: 'date-time' }, u: { format: 'uri' }, i: { format: 'uuid' } },
    });
    expect(at({ d: '2024-02-29', t: '2024-02-29T23:59:00.5Z', u: 'not a uri' })).toEqual([]);
    expect(at({ d: '2023-02-29', t: '2024-01-01', i: 'x' }).map((detail) => detail.field)).toEqual(['d', 't', 'i']);
  });

  it('says what a text is to be', () => {
    const at = compileRecordSchema({
      properties: { m: { format: 'email' }, u: { format: 'uuid' } },
    });
    expect(at({ m: 'x', u: 'x' }).map((detail) => detail.message)).toEqual([
      'must be an email, found "x"',
      'must be a uuid, found "x"',
    ]);
  });

  it('tells equal items apart whatever the order of their members', () => {
    const unique = compileRecordSchema({ type: 'array', uniqueItems: true });
    expect(unique([1, '1', { a: 1, b: 2 }, { a: 1, b: 3 }])).toEqual([]);
    expect(
      unique([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toEqual([{ field: '', message: 'must not have the same item twice' }]);
  });

  it.each([
    ['not an object', 5, /must be an object/],
    ['an unknown type', { type: 'text' }, /type/],
    ['a foreign dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, /2020-12/],
    ['a remote reference', { $ref: 'https://example.org/schema.json' }, /same document/],
    ['a reference to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, /same document/],
    ['a reference to nothing', { $ref: '#/$defs/a' }, /points to nothing/],
    [
      'recursion',
      { $ref: '#/$defs/a', $defs: { a: { properties: { b: { $ref: '#/$defs/a' } } } } },
      /refers to itself/,
    ],
    ['a dynamic reference', { $dynamicRef: '#x' }, /not supported/],
    ['an identity inside', { properties: { a: { $id: 'https://example.org/' } } }, /root of the schema/],
    ['a lookahead', { type: 'object', properties: { a: { pattern: '(?=x)y' } } }, /\(\?=/],
    ['a back reference', { pattern: '(a)\\1' }, /invalid escape/],
    ['a huge pattern', { pattern: 'a'.repeat(1001) }, /1000 characters/],
    ['a pattern that multiplies', { pattern: '((a{90}){90}){90}' }, /repeat|too large/],
    ['a field named __proto__', JSON.parse('{"properties": {"__proto__": {}}}'), /__proto__/],
    ['an invalid bound', { minimum: 'five' }, /minimum/],
  ])('refuses %s', (_name, schema, reason) => {
    const error = refusal(schema);
    expect(error.code).toBe('bad_request');
    expect(error.message).toMatch(reason);
  });

  it('refuses nesting and references that multiply', () => {
    let deep: unknown = {};
    for (let i = 0; i < 40; i++) deep = { not: deep };
    expect(refusal(deep).message).toMatch(/levels deep/);
    const $defs: Record<string, unknown> = { d30: {} };
    for (let i = 0; i < 30; i++)
      $defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
    expect(refusal({ $ref: '#/$defs/d0', $defs }).message).toMatch(/subschemas/);
  });

  it('takes a thousand fields', () => {
    const names = Array.from({ length: 1500 }, (_, i) => `f${i}`);
    const wide = compileRecordSchema({
      type: 'object',
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
    });
    const record = Object.fromEntries(names.map((name) => [name, 1]));
    expect(wide(record)).toEqual([]);
    expect(wide({ ...record, f1400: 'x' })).toEqual([{ field: 'f1400', message: 'must be a number, found "x"' }]);
    const long = { ...record, f7: 'x', more: new Array(8000).fill(1) };
    expect(wide(long).map((detail) => detail.field)).toEqual(['f7']);
  });

  it('refuses records that are too deep or too large to be checked', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const unique = compileRecordSchema({ type: 'object', properties: { a: { uniqueItems: true } } });
    expect(unique({ a: deep })).toEqual([{ field: '', message: 'is nested more than 100 levels deep' }]);
    const patterns = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${'x'.repeat(i)}.*`, {}]));
    const heavy = compileRecordSchema({ type: 'object', patternProperties: patterns });
    const record = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`x${i}`, 1]));
    expect(heavy(record)).toEqual([{ field: '', message: expect.stringMatching(/^has more than \d+ values$/) }]);
  });

  it('matches no more text against patterns than takes a moment, however many texts a record has', () => {
    const all = compileRecordSchema({
      type: 'object',
      properties: { l: { type: 'array', items: { type: 'string', pattern: '[ab]*a[ab]{500}[cd]' } } },
    });
    const text = Array.from({ length: 9_900 }, (_, i) => (Math.imul(i, i + 7919) % 5 > 2 ? 'a' : 'b')).join('');
    const tookMs = processorMs(() => {
      expect(all({ l: Array.from({ length: 95 }, () => text) })).toEqual([
        { field: '', message: 'has more text than may be matched against the patterns of the schema' },
      ]);
    });
    expect(tookMs).toBeLessThan(2000);
    expect(all({ l: ['ab'] })).toEqual([expect.objectContaining({ field: 'l.0' })]);
  });

  it('refuses more patterns than can be compiled in a moment', () => {
    const properties = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`p${i}`, { pattern: `a${i}` }]));
    expect(refusal({ type: 'object', properties }).message).toMatch(/200 patterns/);
  });

  it('answers a pattern made for backtracking, and a record made for errors, in bounded time', () => {
    const slow = compileRecordSchema({
      type: 'object',
      properties: { a: { pattern: '^(a+)+$' }, l: { items: { type: 'string' } } },
    });
    const tookMs = processorMs(() => {
      expect(slow({ a: `${'a'.repeat(9000)}!` })).toHaveLength(1);
      expect(slow({ a: 'a'.repeat(20_000) })).toEqual([
        { field: 'a', message: expect.stringContaining('at most 10000 characters') },
      ]);
      expect(slow({ l: new Array(500_000).fill(1) })).toEqual([{ field: 'l.0', message: 'must be a text, found 1' }]);
      expect(slow({ l: new Array(1000).fill(1) })).toHaveLength(100);
    });
    expect(tookMs).toBeLessThan(5000);
  });
});
