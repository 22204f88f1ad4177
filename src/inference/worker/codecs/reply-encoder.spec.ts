import type { OutputSpec, Signature } from '../../../common/signature';
import { compileReplyEncoder, NotByRow, type OutputData, type Span } from './reply-encoder';

function encode(
  outputs: (OutputSpec & OutputData)[],
  span: Partial<Span> = {},
  extra: Partial<Signature> = {},
): Record<string, unknown> {
  const signature: Signature = { task: 'classification', inputs: [], outputs, features: null, ...extra };
  const encoder = compileReplyEncoder(signature);
  const rows = outputs[0]?.dims[0] ?? 0;
  const given = new Map(outputs.map((output) => [output.name, { data: output.data, dims: output.dims }]));
  const text = encoder.encode(given, rows)({ start: 0, count: rows, single: false, flat: false, ...span });
  expect(text).toMatch(/^[\x20-\x7e]*$/);
  return JSON.parse(`${text}}`) as Record<string, unknown>;
}

const output = (
  name: string,
  role: OutputSpec['role'],
  datatype: OutputSpec['datatype'],
  data: ArrayLike<unknown>,
  dims: number[],
  extra: Partial<OutputSpec> = {},
): OutputSpec & OutputData => ({ name, role, datatype, shape: [-1, ...dims.slice(1)], data, dims, ...extra });

const probabilities = output('p', 'probabilities', 'FP64', [0.25, 0.75, 0.5, 0.5], [2, 2]);

describe('compileReplyEncoder', () => {
  test.each([
    ['whole numbers', 'INT64', [2n, 7n], [2, 7], [2, 7]],
    ['numbers', 'FP64', [1, 2.5], [1, 2.5], [1, 2.5]],
    [
      'text',
      'BYTES',
      ['z\u00fcrich', '"q"\u{1f600}'],
      ['z\u00fcrich', '"q"\u{1f600}'],
      ['z\u00fcrich', '"q"\u{1f600}'],
    ],
    ['numbers that float32 rounds', 'FP32', Float32Array.of(0.1, 2.5), [0.1, 2.5], [0.1, 2.5]],
    ['booleans', 'BOOL', [1, 0], [false, true], [true, false]],
    ['booleans counted', 'INT64', [1n, 0n], [false, true], [true, false]],
  ] as const)('answers labels that are %s as they are', (_, datatype, data, classes, expected) => {
    const label = output('label', 'label', datatype, data, [2], { classes: [...classes] });
    expect(encode([label, probabilities])).toEqual({
      prediction: expected,
      probabilities: [
        [0.25, 0.75],
        [0.5, 0.5],
      ],
    });
  });

  test('predicts the most probable class, the first of equals, where the model gives probabilities only', () => {
    expect(encode([probabilities])['prediction']).toEqual([1, 0]);
    expect(encode([{ ...probabilities, classes: ['no', 'yes'] }])['prediction']).toEqual(['yes', 'no']);
    expect(encode([probabilities], {}, { labels: ['a', 'b'] })['prediction']).toEqual(['b', 'a']);
    expect(encode([probabilities])['probabilities']).toHaveLength(2);
  });

  test('answers with the names given at upload, in the order of the classes', () => {
    const label = output('label', 'label', 'INT64', [4n, -1n], [2], { classes: [-1, 4] });
    expect(encode([label], {}, { labels: ['no', 'yes'] })['prediction']).toEqual(['yes', 'no']);
  });

  test('answers a whole number beyond 2^53 to the last digit', () => {
    const signature: Signature = { task: 'unknown', inputs: [], outputs: [], features: null };
    signature.outputs = [output('y', 'value', 'INT64', [], [1])];
    const encoder = compileReplyEncoder(signature);
    const text = encoder.encode(new Map([['y', { data: [9007199254740993n], dims: [1] }]]), 1);
    expect(text({ start: 0, count: 1, single: true, flat: false })).toBe('{"prediction":9007199254740993');
  });

  test('answers null for what is not finite', () => {
    const value = output('y', 'value', 'FP64', [NaN, Infinity, -Infinity, -0, 1e300], [5, 1]);
    expect(encode([value])).toEqual({ prediction: [null, null, null, 0, 1e300] });
  });

  test('answers all of an output whose first axis is not the row that was asked', () => {
    const boxes = output('boxes', 'value', 'FP32', [1, 2, 3, 4, 5, 6], [3, 2]);
    const alone = compileReplyEncoder({ task: 'unknown', inputs: [], outputs: [boxes], features: null });
    const text = (data: number[], dims: number[]) =>
      alone.encode(new Map([['boxes', { data, dims }]]), 1)({ start: 0, count: 1, single: true, flat: false });
    expect(text([1, 2, 3, 4, 5, 6], [3, 2])).toBe('{"prediction":[[1,2],[3,4],[5,6]]');
    expect(text([1, 2, 3, 4, 5, 6, 7, 8], [4, 2, 1])).toBe('{"prediction":[[[1],[2]],[[3],[4]],[[5],[6]],[[7],[8]]]');
    expect(text([1, 2, 3], [3])).toBe('{"prediction":[1,2,3]');
    expect(text([7], [])).toBe('{"prediction":7');
    expect(text([], [0, 2])).toBe('{"prediction":[]');
  });

  test('refuses an output whose first axis is not that of the rows that were asked', () => {
    const boxes = output('boxes', 'value', 'FP32', [1, 2, 3, 4, 5, 6], [3, 2]);
    const encoder = compileReplyEncoder({ task: 'unknown', inputs: [], outputs: [boxes], features: null });
    expect(() => encoder.encode(new Map([['boxes', boxes]]), 2)).toThrow(NotByRow);
  });

  test('answers one row of many for a single entry', () => {
    const label = output('label', 'label', 'INT64', [0n, 1n], [2], { classes: [0, 1] });
    expect(encode([label, probabilities], { start: 1, count: 1, single: true })).toEqual({
      prediction: 1,
      probabilities: [0.5, 0.5],
    });
  });

  test('answers a list a row for several targets', () => {
    const label = output('label', 'label', 'INT64', [0n, 1n, 1n, 0n], [2, 2], { classes: [0, 1] });
    const other = output('q', 'probabilities', 'FP64', [1, 0, 0, 1], [2, 2]);
    expect(encode([label, probabilities, other])).toEqual({
      prediction: [
        [0, 1],
        [1, 0],
      ],
      probabilities: [
        [
          [0.25, 0.75],
          [1, 0],
        ],
        [
          [0.5, 0.5],
          [0, 1],
        ],
      ],
    });
  });

  test('keeps a transform of one column a list, and outputs of no role under their names', () => {
    const transform = output('t', 'transform', 'FP64', [1, 2], [2, 1]);
    const other = output('scores "raw"', 'other', 'FP64', [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    expect(encode([transform, other], { start: 1, count: 1, single: true })).toEqual({
      prediction: [2],
      outputs: {
        'scores "raw"': [
          [5, 6],
          [7, 8],
        ],
      },
    });
  });

  test.each([
    ['the positive class of two', [0.876551, 0.123449], [1, 2], 0.1234],
    ['the most probable of three', [0.1, 0.65004, 0.24996], [1, 3], 0.65],
  ])('answers a flat record with the probability of %s, to 4 digits', (_, data, dims, probability) => {
    const label = output('label', 'label', 'INT64', [0n], [1], { classes: [0, 1, 2] });
    const flat = encode([label, output('p', 'probabilities', 'FP64', data, dims)], { single: true, flat: true });
    expect(flat).toEqual({ prediction: 0, probability });
  });

  test('answers a flat record of a regression without a probability', () => {
    const value = output('y', 'value', 'FP32', Float32Array.of(2.5), [1, 1]);
    expect(encode([value], { single: true, flat: true }, { task: 'regression' })).toEqual({ prediction: 2.5 });
  });
});
