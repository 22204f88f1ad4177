import { AppError } from '../../../common/errors';
import type { FeatureSpec, Signature } from '../../../common/signature';
import type { TabularSignature } from './column';
import type { ItemDecoder } from './item-decoder';
import { compileRowDecoder } from './row-decoder';
import { compileTensorDecoder, innerSizesOf } from './tensor-decoder';

const column = (input: number, at: number, name?: string): FeatureSpec => ({
  ...(name !== undefined && { name }),
  kind: 'number',
  input,
  column: at,
  nullable: false,
});

const parts: TabularSignature = {
  task: 'unknown',
  inputs: [
    { name: 'a', datatype: 'FP32', shape: [-1, 2] },
    { name: 'n', datatype: 'INT64', shape: [-1, 1] },
  ],
  outputs: [],
  features: [column(0, 0, 'a_0'), column(0, 1, 'a_1'), column(1, 0, 'n')],
};
const frame: TabularSignature = {
  task: 'regression',
  inputs: [
    { name: 'age', datatype: 'FP32', shape: [-1, 1] },
    { name: 'income', datatype: 'FP32', shape: [-1] },
  ],
  outputs: [],
  features: [column(0, 0, 'age'), column(1, 0, 'income')],
};
const text: TabularSignature = {
  task: 'classification',
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1, 1] }],
  outputs: [],
  features: [{ kind: 'text', input: 0, column: 0, nullable: false }],
};
const matrix: TabularSignature = {
  task: 'regression',
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [],
  features: [column(0, 0), column(0, 1)],
};
const tokens: Signature = {
  task: 'unknown',
  inputs: [
    { name: 'ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'mask', datatype: 'INT64', shape: [-1, -1] },
  ],
  outputs: [],
  features: null,
};
const image: Signature = {
  task: 'unknown',
  inputs: [{ name: 'pixels', datatype: 'FP32', shape: [-1, 2, 1] }],
  outputs: [],
  features: null,
};
const scalar: Signature = {
  task: 'unknown',
  inputs: [{ name: 'pixels', datatype: 'FP32', shape: [2, 2] }],
  outputs: [],
  features: null,
  whole: true,
};

interface Decoded {
  single: boolean;
  data: unknown[][];
}

function decode(signature: Signature, value: unknown): Decoded {
  const { features } = signature;
  const open = features
    ? compileRowDecoder({ ...signature, features }, new Set())
    : compileTensorDecoder(signature, []);
  const items = open.classify(value, 'features');
  const decoder: ItemDecoder = features
    ? open
    : compileTensorDecoder(signature, innerSizesOf(signature, items.list[0]));
  const buffers = decoder.allocate(items.list.length);
  items.list.forEach((_, i) => decoder.write(items, i, buffers, i));
  return { single: items.single, data: buffers.map(({ data }) => Array.from(data as ArrayLike<unknown>, plain)) };
}

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

function refusal(signature: Signature, value: unknown): AppError {
  try {
    decode(signature, value);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('arrays by the names of the inputs', () => {
  const one = (...data: unknown[][]): Decoded => ({ single: true, data });
  const many = (...data: unknown[][]): Decoded => ({ single: false, data });

  test.each<[string, Signature, unknown, Decoded]>([
    ['one item', parts, { a: [1, 2], n: [3] }, one([1, 2], [3])],
    ['one item with a scalar', parts, { a: [1, 2], n: 3 }, one([1, 2], [3])],
    [
      'a list of items',
      parts,
      [
        { a: [1, 2], n: [3] },
        { a: [4, 5], n: 6 },
      ],
      many([1, 2, 4, 5], [3, 6]),
    ],
    ['whole matrices', parts, { a: [[1, 2], [4, 5]], n: [[3], [6]] }, many([1, 2, 4, 5], [3, 6])], // prettier-ignore
    ['a matrix and a column', parts, { n: [3, 6], a: [[1, 2], [4, 5]] }, many([1, 2, 4, 5], [3, 6])], // prettier-ignore
    ['columns', frame, { age: [1, 2], income: [3, 4] }, many([1, 2], [3, 4])],
    ['columns [N, 1]', frame, { age: [[1], [2]], income: [3, 4] }, many([1, 2], [3, 4])],
    ['columns of one row', frame, { age: [1], income: [3] }, many([1], [3])],
    ['the only matrix', matrix, { X: [[1, 2], [3, 4]] }, many([1, 2, 3, 4])], // prettier-ignore
    ['the only row', matrix, { X: [1, 2] }, one([1, 2])],
    ['the only text', text, { text: 'hello' }, one(['hello'])],
    ['texts', text, { text: ['hello', 'you'] }, many(['hello', 'you'])],
    ['a list of texts', text, [{ text: 'hello' }, { text: ['you'] }], many(['hello', 'you'])],
    ['whole tensors', tokens, { ids: [[1, 2], [3, 4]], mask: [[1, 1], [1, 0]] }, many([1, 2, 3, 4], [1, 1, 1, 0])], // prettier-ignore
    ['an item of tensors', tokens, { ids: [1, 2], mask: [1, 1] }, one([1, 2], [1, 1])],
    [
      'the only tensor',
      image,
      {
        pixels: [
          [[1], [2]],
          [[3], [4]],
        ],
      },
      many([1, 2, 3, 4]),
    ],
    ['the only item', image, { pixels: [[1], [2]] }, one([1, 2])],
    ['a list of the only item', image, [{ pixels: [[1], [2]] }, { pixels: [[3], [4]] }], many([1, 2, 3, 4])],
    ['the only tensor without rows', scalar, { pixels: [[1, 2], [3, 4]] }, one([1, 2, 3, 4])], // prettier-ignore
  ])('%s', (_, signature, value, expected) => {
    expect(decode(signature, value)).toEqual(expected);
  });

  test.each<[string, Signature, unknown, string]>([
    [
      'a missing input',
      parts,
      { a: [[1, 2]] },
      'features.n: expected an array with a row for each of a, found nothing',
    ],
    [
      'rows that are not as many',
      parts,
      { a: [[1, 2]], n: [1, 2] },
      'features.n: expected an array of 1, found an array of 2',
    ],
    [
      'a row that is too long',
      parts,
      { a: [[1, 2, 3]], n: [1] },
      'features.a[0]: expected an array of 2, found an array of 3',
    ],
    [
      'a part that is too long',
      parts,
      [
        { a: [1, 2], n: 1 },
        { a: [1], n: 1 },
      ],
      'features[1].a: expected an array of 2, found an array of 1',
    ],
    ['no row', frame, { age: [], income: [] }, 'features.age: expected at least one row, found none'],
    [
      'an unknown input',
      frame,
      { age: [1], income: [1], b: [1] },
      'features.b: unknown input; the model takes age, income',
    ],
    [
      'a cell that is no number',
      parts,
      { a: [[1, 'x']], n: [1] },
      'features.a[0][1] ("a_1"): expected a finite number within FP32, found text "x"',
    ],
    [
      'a cell of an item',
      parts,
      { a: [1, 'x'], n: [1] },
      'features.a[1] ("a_1"): expected a finite number within FP32, found text "x"',
    ],
    [
      'a cell of a listed item',
      parts,
      [{ a: [1, null], n: [1] }],
      'features[0].a[1] ("a_1"): expected a finite number within FP32, found null',
    ],
    [
      'a cell of a column',
      frame,
      { age: [1, 'x'], income: [1, 2] },
      'features.age[1] ("age"): expected a finite number within FP32, found text "x"',
    ],
    [
      'tensors that are not as many',
      tokens,
      { ids: [[1], [2]], mask: [[1]] },
      'features.mask: expected an array of 2, found an array of 1',
    ],
    [
      'an element of a whole tensor',
      tokens,
      { ids: [[1], [2]], mask: [[1], ['x']] },
      'features.mask[1][0]: expected a whole number from -9007199254740991 to 9007199254740991, found text "x"',
    ],
    [
      'an element of the only tensor',
      image,
      { pixels: [[['x'], [2]]] },
      'features.pixels[0][0][0]: expected a finite number within FP32, found text "x"',
    ],
  ])('%s is refused', (_, signature, value, message) => {
    // prettier-ignore
    expect(refusal(signature, value)).toMatchObject({ code: 'invalid_input', message });
  });

  test('a record by feature names is read as before', () => {
    expect(decode(frame, { age: 1, income: 2 })).toEqual({ single: true, data: [[1], [2]] });
    expect(refusal(frame, { age: 1 }).message).toBe(
      'features.income: expected a finite number within FP32, found nothing',
    );
  });
});
