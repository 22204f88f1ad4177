import fc from 'fast-check';
import { AppError } from '../../../common/errors';
import { readUbjson } from './ubjson';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const nested = (depth: number): Uint8Array => latin1('['.repeat(depth) + ']'.repeat(depth));

describe('readUbjson', () => {
  test('values of every type', () => {
    const document =
      '[i\xffU\xffI\xff\x00l\x00\x01\x00\x00L\xff\xff\xff\xff\xff\xff\xff\xfed\x3f\xc0\x00\x00D\x3f\xf8\0\0\0\0\0\0CASU\x02hiTFZN]';
    expect(readUbjson(latin1(document))).toEqual([-1, 255, -256, 65536, -2, 1.5, 1.5, 'A', 'hi', true, false, null]);
  });

  test('numbers of one type are a typed array, big-endian as they are in the file', () => {
    expect(readUbjson(latin1('[$d#U\x02\x3f\xc0\0\0\xbf\x80\0\0'))).toEqual(Float32Array.of(1.5, -1));
    expect(readUbjson(latin1('[$l#L\0\0\0\0\0\0\0\x01\0\0\0\x07'))).toEqual(Int32Array.of(7));
  });

  test('objects, with a count and without; __proto__ is a key like any other', () => {
    const object = readUbjson(latin1('{U\x09__proto__{U\x01aT}U\x01b[#U\x01i\x05}')) as Record<string, unknown>;
    expect(Object.keys(object)).toEqual(['__proto__', 'b']);
    expect(object['b']).toEqual([5]);
    expect(readUbjson(latin1('{#U\x01U\x01aZ'))).toEqual({ a: null });
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', latin1(''), /end of the file/],
    ['an array that claims items without bytes', latin1('[$T#l\x7f\xff\xff\xff'), /a type with a payload, found 0x54/],
    ['an array longer than the file', latin1('[$D#l\x00\xff\xff\xff'), /a length that the file can hold/],
    ['an array of doubles that fits by count only', latin1('[$D#U\x04aaaaaaaaaaaa'), /4 numbers, found the end/],
    ['a negative length', latin1('Si\xff'), /a length that the file can hold, found -1/],
    ['a text cut off', latin1('SU\x10abc'), /a length that the file can hold, found 16/],
    ['an unknown type', latin1('[q]'), /a type of UBJSON, found 0x71/],
    ['a type without a count', latin1('[$i]'), /a count after the type/],
    ['deep nesting', nested(100_000), /at most 64 containers/],
  ])('%s is refused', (_, bytes, says) => {
    expect(() => readUbjson(bytes)).toThrow(
      expect.objectContaining({ code: 'model_corrupt', message: expect.stringMatching(says) as string }),
    );
  });

  test('whatever the bytes, it answers or refuses', () => {
    const marks = fc.constantFrom(...'[]{}$#iUIlLdDSCTFZN'.split('').map((mark) => mark.charCodeAt(0)));
    const bytes = fc.array(fc.oneof(marks, fc.integer({ min: 0, max: 255 })), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, (list) => {
        try {
          readUbjson(Uint8Array.from(list));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
