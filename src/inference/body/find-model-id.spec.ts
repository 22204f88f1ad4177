import fc from 'fast-check';
import { findModelId, type ModelIdFinding } from './find-model-id';

const find = (text: string): ModelIdFinding => findModelId(Buffer.from(text));

/** What JSON.parse says, in the same words. */
function parsed(text: string): ModelIdFinding {
  const value = JSON.parse(text) as unknown;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, 'model_id')) {
    return { kind: 'missing' };
  }
  const modelId = (value as Record<string, unknown>)['model_id'];
  return typeof modelId === 'string' ? { kind: 'text', modelId } : { kind: 'not-text' };
}

describe('findModelId', () => {
  test.each([
    ['{"model_id":"a","features":[1]}', 'a'],
    ['{"features":[[1],[2]],"model_id":"b"}', 'b'],
    [' {"model_id" : "a" , "model_id" :\n"b"}', 'b'],
    ['{"x":{"model_id":"inner"},"model_id":"outer"}', 'outer'],
    ['{"model_id":"outer","x":[{"model_id":"inner"}]}', 'outer'],
    ['{"x":"model_id","model_id":"m"}', 'm'],
    ['{"x":"\\"model_id\\":\\"no\\"","model_id":"m"}', 'm'],
    ['{"x":"\\\\","model_id":"m"}', 'm'],
    ['{"model_id":"m","x":"a \\"model_id"}', 'm'],
    ['{"model\\u005fid":"spelt"}', 'spelt'],
    ['{"model_id":"m","\\u006dodel_id":"last"}', 'last'],
    ['{"model_id":"\\u00fcber \\n x"}', '\u00fcber \n x'],
    ['{"model_id":"__proto__"}', '__proto__'],
    ['\ufeff {"model_id":"marked"}', 'marked'],
  ])('%s names %s', (text, modelId) => {
    expect(find(text)).toEqual({ kind: 'text', modelId });
  });

  test.each(['{}', '[{"model_id":"m"}]', '"model_id"', '', '{"x":{"model_id":"m"}}', '{"x":"model_id"}'])(
    '%s names none',
    (text) => {
      expect(find(text)).toEqual({ kind: 'missing' });
    },
  );

  test.each(['{"model_id":1}', '{"model_id":null}', '{"model_id":["m"]}', '{"model_id":"a","model_id":{}}'])(
    '%s names something that is not text',
    (text) => {
      expect(find(text)).toEqual({ kind: 'not-text' });
    },
  );

  test('agrees with JSON.parse on every JSON text', () => {
    const key = fc.constantFrom('model_id', 'features', 'a"model_id', 'model_id\\', '\\"', '');
    const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('model_id', '"model_id":"x"', '\\', 'm', '\u00e9', '{', ']'),
        fc.integer(),
        fc.constantFrom(true, null),
        fc.array(tie('value'), { maxLength: 4 }),
        tie('object'),
      ),
      object: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((pairs) => new Pairs(pairs)),
    }));
    fc.assert(
      fc.property(value, fc.boolean(), fc.boolean(), (json, escaped, spaced) => {
        const text = write(json, escaped, spaced);
        expect(find(text)).toEqual(parsed(text));
        // Beyond the size of a small body another way is taken.
        expect(find(text + ' '.repeat(600))).toEqual(parsed(text));
      }),
      { numRuns: 3000 },
    );
  });

  test('never throws on bytes that are no JSON', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '"model_id"', ' ', 'u0', '1');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(() => find(`{${pieces.join('')}`)).not.toThrow();
      }),
    );
  });

  test('finds it at either end of 16 MB without walking through them', () => {
    const rows = `[${'[5.1,3.5,1.4,0.2],'.repeat(890_000)}[1,2,3,4]]`;
    const startedAt = performance.now();
    expect(find(`{"model_id":"first","features":${rows}}`)).toEqual({ kind: 'text', modelId: 'first' });
    expect(find(`{"features":${rows},"model_id":"last"}`)).toEqual({ kind: 'text', modelId: 'last' });
    // Walking takes some 60 ms a body; making the two bodies' bytes is part of what is measured.
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

/** An object that may say a key twice. */
class Pairs {
  constructor(readonly pairs: [string, unknown][]) {}
}

function write(value: unknown, escaped: boolean, spaced: boolean): string {
  const blank = spaced ? ' \n' : '';
  if (value instanceof Pairs) {
    const members = value.pairs.map(([k, v]) => `${text(k, escaped)}${blank}:${blank}${write(v, escaped, spaced)}`);
    return `{${blank}${members.join(`${blank},`)}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, escaped, spaced)).join(',')}${blank}]`;
  return typeof value === 'string' ? text(value, escaped) : JSON.stringify(value);
}

/** A string literal, with some of its letters spelt as escapes. */
function text(value: string, escaped: boolean): string {
  const literal = JSON.stringify(value);
  return escaped ? literal.replace('_', '\\u005F').replace(/d/, '\\u0064') : literal;
}
