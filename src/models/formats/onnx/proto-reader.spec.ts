import fc from 'fast-check';
import { AppError } from '../../../common/errors';
import { ProtoReader } from './proto-reader';
import { ProtoWriter } from './proto-writer';

function first(bytes: number[]): ProtoReader {
  const reader = new ProtoReader(Uint8Array.from(bytes));
  reader.next();
  return reader;
}

describe('ProtoReader', () => {
  it('reads back every whole number that a double holds, and floats, texts and packed numbers', () => {
    const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -1, 2 ** 53 - 1, -(2 ** 53) + 1));
    fc.assert(
      fc.property(whole, fc.float({ noNaN: true }), fc.string(), fc.array(whole), (int, float, text, ints) => {
        const bytes = new ProtoWriter().int(1, int).float32(2, float).string(3, text).packedInts(4, ints).finish();
        const reader = new ProtoReader(bytes);
        expect(reader.next() && reader.int64()).toBe(int);
        expect(reader.next() && reader.float()).toBe(float);
        expect(reader.next() && reader.text(1e6)).toBe(text);
        const found = new Float64Array(reader.next() ? reader.countInts() : 0);
        reader.readInts(found, 0);
        expect([...found]).toEqual(ints);
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it('says where a number is cut off, too long or beyond 64 bits', () => {
    expect(() => first([0x08, 0x80])).toThrow(/the rest of a number, found the end at byte 0/);
    expect(() => first([0x08, ...new Array<number>(11).fill(0x80)])).toThrow(/at most 64 bits/);
    expect(() => first([0x08, ...new Array<number>(9).fill(0xff), 0x02])).toThrow(/at most 64 bits/);
    expect(first([0x08, ...new Array<number>(9).fill(0xff), 0x01]).int64()).toBe(-1);
  });

  it('refuses lengths beyond the message, groups and field 0', () => {
    expect(() => first([0x12, 0x05, 0x61])).toThrow('expected 5 bytes, found 1 at byte 0');
    expect(() => first([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])).toThrow(AppError);
    expect(() => first([0x0b])).toThrow(/wire type 0, 1, 2 or 5, found 3/);
    expect(() => first([0x00, 0x00])).toThrow(/field number, found 0/);
  });

  it('refuses a wire type other than the declared one', () => {
    expect(() => first([0x08, 0x01]).bytes()).toThrow(/wire type 2 for field 1, found 0/);
    expect(() => first([0x0a, 0x00]).int64()).toThrow(/wire type 0 for field 1, found 2/);
  });

  it('refuses numbers that protobuf would cut to 32 bits: 2^32 + 1 could be read as 1', () => {
    expect(() => first([0x08, 0x81, 0x80, 0x80, 0x80, 0x10]).int32()).toThrow(/number of 32 bits, found 4294967297/);
  });

  it('refuses text that is not UTF-8 and text that is too long, and keeps a byte order mark', () => {
    expect(() => first([0x0a, 0x01, 0xff]).text(10)).toThrow(/UTF-8/);
    expect(() => first([0x0a, 0x03, 0x61, 0x61, 0x61]).text(2)).toThrow('at most 2 bytes, found 3');
    expect(first([0x0a, 0x03, 0xef, 0xbb, 0xbf]).text(10)).toBe('\ufeff');
  });
});
