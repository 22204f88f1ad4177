import fc from 'fast-check';
import { topLevelMembers } from './top-level-members';

const read = (json: string) => {
  const members = topLevelMembers(Buffer.from(json));
  return members && Object.fromEntries([...members].map(([name, value]) => [name, Buffer.from(value).toString()]));
};

describe(topLevelMembers.name, () => {
  it('keeps each value as it was written', () => {
    expect(read(' { "a" : [1.50, {"b": "}]\\""}] , "c":12345678901234567890\n}')).toEqual({
      a: '[1.50, {"b": "}]\\""}]',
      c: '12345678901234567890',
    });
    expect(read('{}')).toEqual({});
    expect(read('{"a": 1, "a": 2, "\\u0061": 3}')).toEqual({ a: '3' });
  });

  it.each([
    '',
    '[]',
    '5',
    '{',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,}',
    '{"a":1}x',
    '{"a":"',
    '{a:1}',
    '{"a":]}',
    '{"\\x":1}',
  ])('refuses %j', (json) => {
    expect(read(json)).toBeNull();
  });

  it('agrees with JSON.parse on any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const members = topLevelMembers(Buffer.from(JSON.stringify(object, null, indent)));
        expect([...(members ?? [])].map(([name, value]) => [name, JSON.parse(Buffer.from(value).toString())])).toEqual(
          Object.entries(JSON.parse(JSON.stringify(object)) as object),
        );
      }),
    );
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ 1a') }), (text) => void read(text)),
      {
        numRuns: 3000,
      },
    );
  });
});
