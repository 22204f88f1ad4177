import fc from 'fast-check';
import type { Datatype } from '../../../common/signature';
import type { NumericArray } from '../../../common/tensor';
import {
  decodeMessage,
  decodeTensor,
  encodeMessage,
  encodeTensor,
  encodeTensors,
  type NamedTensor,
} from './binary-tensors';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const NUMBERS: [Datatype, fc.Arbitrary<NumericArray>][] = [
  ['BOOL', fc.array(fc.boolean(), { maxLength: 20 }).map((all) => Uint8Array.from(all, Number))],
  ['UINT8', fc.uint8Array({ maxLength: 20 })],
  ['UINT16', fc.uint16Array({ maxLength: 20 })],
  ['UINT32', fc.uint32Array({ maxLength: 20 })],
  ['UINT64', fc.bigUint64Array({ maxLength: 20 })],
  ['INT8', fc.int8Array({ maxLength: 20 })],
  ['INT16', fc.int16Array({ maxLength: 20 })],
  ['INT32', fc.int32Array({ maxLength: 20 })],
  ['INT64', fc.bigInt64Array({ maxLength: 20 })],
  ['FP16', fc.float32Array({ maxLength: 20 }).map((all) => Float16Array.from(all))],
  ['FP32', fc.float32Array({ maxLength: 20 })],
  ['FP64', fc.float64Array({ maxLength: 20 })],
];

const text = fc.string({ unit: 'binary', maxLength: 12 });
const tensor: fc.Arbitrary<NamedTensor> = fc.oneof(
  ...NUMBERS.map(([datatype, values]) =>
    fc.tuple(text, values).map(([name, data]): NamedTensor => ({ name, datatype, shape: [data.length], data })),
  ),
  fc
    .tuple(text, fc.array(text, { maxLength: 8 }))
    .map(([name, data]): NamedTensor => ({ name, datatype: 'BYTES', shape: [data.length, 1], data })),
);

describe('tensors as bytes', () => {
  // The worked examples of the extension's specification.
  it.each<[Datatype, number[], NumericArray | string[], string]>([
    ['UINT32', [2, 2], Uint32Array.of(1, 2, 3, 4), '01000000020000000300000004000000'],
    ['BOOL', [3], Uint8Array.of(1, 0, 1), '010001'],
    ['BYTES', [2], ['a', 'bcd'], '010000006103000000626364'],
    ['INT64', [1], BigInt64Array.of(-(2n ** 63n)), '0000000000000080'],
    ['FP16', [3], Float16Array.of(1.5, -2, 0.1), '003e00c0662e'],
    ['FP64', [2], Float64Array.of(-0, NaN), '0000000000000080000000000000f87f'],
  ])('%s %p', (datatype, shape, data, expected) => {
    const bytes = encodeTensor({ datatype, data });
    expect(hex(bytes)).toBe(expected);
    expect(decodeTensor('x', datatype, shape, Buffer.from(expected, 'hex'))).toEqual({ datatype, shape, data });
  });

  it('whole messages come back as they were, wherever in memory their bytes stand', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 5 }), fc.integer({ min: 0, max: 9 }), (tensors, shift) => {
        const { body, headerLength } = encodeMessage({ id: 'Grüße' }, 'outputs', tensors);
        const moved = new Uint8Array(body.byteLength + shift).subarray(shift);
        moved.set(body);
        const { head, items } = decodeMessage(moved, headerLength, 'outputs');
        expect(head.id).toBe('Grüße');
        expect(items.map(({ json, tensor: found }) => ({ name: json.name, ...found }))).toEqual(tensors);
      }),
    );
  });

  it('numbers are not copied where they are aligned', () => {
    const bytes = new Uint8Array(32);
    expect(decodeTensor('x', 'FP64', [4], bytes).data).toMatchObject({ buffer: bytes.buffer });
    expect(encodeTensor({ datatype: 'FP32', data: new Float32Array(bytes.buffer) }).buffer).toBe(bytes.buffer);
  });

  it.each<[Datatype, number[], string, RegExp]>([
    ['FP32', [2], '00000000', /^x: expected 8 bytes for FP32 \[2\], found 4$/],
    ['FP32', [1], '0000000000', /expected 4 bytes .* found 5$/],
    ['BOOL', [2], '0102', /^x\[1\]: expected 0 or 1, found 2$/],
    ['BYTES', [1], '05000000616263', /^x\[0\]: expected a text after its length/],
    ['BYTES', [1], '0500', /^x\[0\]: expected a text after its length/],
    ['BYTES', [2], '0100000061', /^x: expected 2 texts, found 1$/],
    ['BYTES', [1], '010000006161', /^x: expected 5 bytes for 1 texts, found 6$/],
    ['BYTES', [1], '01000000ff', /^x\[0\]: expected UTF-8/],
  ])('%s %p of %s is refused', (datatype, shape, bytes, sentence) => {
    expect(() => decodeTensor('x', datatype, shape, Buffer.from(bytes, 'hex'))).toThrow(sentence);
  });

  it.each<[string, string, RegExp]>([
    ['{"outputs":[{"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":5}}]}', '00000000', /4 bytes left/],
    ['{"outputs":[{"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":-1}}]}', '00000000', /found -1/],
    ['{"outputs":[{"datatype":"FP32","shape":[2],"parameters":{"binary_data_size":4}}]}', '00000000', /expected 8/],
    ['{"outputs":[{"datatype":"FP32","shape":[-1],"parameters":{"binary_data_size":4}}]}', '00000000', /shape/],
    ['{"outputs":[{"datatype":"FP33","shape":[1],"parameters":{"binary_data_size":4}}]}', '00000000', /datatypes/],
    ['{"outputs":[{"datatype":"FP32","parameters":{"binary_data_size":4}}]}', '00000000', /shape/],
    ['{"outputs":[]}', '00', /in all, found 15/],
    ['{"outputs":7}', '', /array/],
    ['{"outputs":[7]}', '', /object/],
    ['[]', '', /object/],
    ['{', '', /not valid JSON/],
  ])('the message %s %s is refused', (header, bytes, sentence) => {
    const body = Buffer.concat([Buffer.from(header), Buffer.from(bytes, 'hex')]);
    expect(() => decodeMessage(body, header.length, 'outputs')).toThrow(sentence);
  });

  it('a header longer than the message is refused, whatever is claimed', () => {
    for (const length of [3, -1, NaN, Infinity]) {
      expect(() => decodeMessage(Buffer.from('{}'), length, 'inputs')).toThrow(/header/);
    }
  });

  it('what is not binary in a message stays as it is', () => {
    const header = '{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1]}]}';
    const { items } = decodeMessage(Buffer.from(header), header.length, 'inputs');
    expect(items).toEqual([{ json: { name: 'a', datatype: 'FP32', shape: [1], data: [1] }, tensor: null }]);
  });
});

test('bytes for another thread have a buffer of their own, as a clone of a slice carries all that it was cut from', () => {
  const tensors: NamedTensor[] = [
    { name: 'a', datatype: 'FP64', shape: [2], data: Float64Array.of(1, 2) },
    { name: 'b', datatype: 'BYTES', shape: [1], data: ['text'] },
  ];
  const { bytes } = encodeTensors(tensors);
  expect(hex(bytes)).toBe(tensors.map((one) => hex(encodeTensor(one))).join(''));
  expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
});
