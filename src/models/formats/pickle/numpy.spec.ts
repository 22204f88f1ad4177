import fc from 'fast-check';
import { bytesOfGolden, readGoldenFile } from '../../../../test/support/pickle-golden';
import { countElements } from './dtype';
import { field, sizeOf, toFloat64Array, toValues, unwrapScalar } from './numpy';
import { readPickle } from './read-pickle';
import { isNdArray, type NdArray, NumpyScalar, PyDict, PyTuple, type PyValue } from './records';

const golden = readGoldenFile('python-3.13-numpy-2.json');

function goldenArray(name: string, writer = 'joblib'): NdArray {
  const file = golden.files.find((one) => one.name === `array-${name}` && one.writer === writer);
  const { root } = readPickle(bytesOfGolden(file?.pickle ?? ''));
  if (!isNdArray(root)) throw new Error(`${name} is no array`);
  return root;
}

const toNumbers = (array: NdArray): number[] => Array.from(toFloat64Array(array));

/** What numpy says the numbers are, in C order, as doubles. */
function heldNumbers(name: string): number[] {
  const held = golden.holds.find((one) => one.name === `array-${name}`)?.value as {
    array: { values: (boolean | { int?: string; float?: string })[] };
  };
  return held.array.values.map((value) => {
    if (typeof value === 'boolean') return Number(value);
    const text = value.int ?? value.float ?? '';
    return text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
  });
}

const numeric = golden.holds
  .filter(({ value }) => /^[biuf]$/.test((value as { array?: { kind: string } } | null)?.array?.kind ?? ''))
  .map(({ name }) => name.replace('array-', ''));

describe('numbers', () => {
  test('more than any model may have are refused before they become doubles', () => {
    const [name] = numeric as [string];
    const array: NdArray = { ...goldenArray(name), shape: [100_000_001] };
    for (const read of [toFloat64Array, toValues]) {
      expect(() => read(array)).toThrow(expect.objectContaining({ code: 'import_limit' }));
    }
  });

  test.each(numeric)('%s: as doubles, as numpy has them', (name) => {
    const wanted = heldNumbers(name);
    for (const writer of ['joblib', 'pickle protocol 0', 'pickle protocol 4', 'pickle protocol 5']) {
      const array = goldenArray(name, writer);
      expect(toFloat64Array(array)).toEqual(Float64Array.from(wanted));
      expect(toNumbers(array)).toEqual(wanted);
      expect(sizeOf(array)).toBe(wanted.length);
    }
  });

  test('there are arrays of every kind, size, byte order and layout', () => {
    expect(numeric).toEqual(
      expect.arrayContaining(['big-u8', 'little-i1', 'half', 'fortran-cube', 'axes-swapped', 'no-axes', 'empty']),
    );
    expect(numeric.length).toBeGreaterThan(25);
  });

  test('object arrays of numbers are numbers', () => {
    const { dtype } = goldenArray('objects');
    const array: NdArray = {
      type: 'ndarray',
      dtype,
      shape: [4],
      fortran: false,
      data: [1, 2n ** 60n, true, new NumpyScalar(dtype, 2.5)],
    };
    expect(toNumbers(array)).toEqual([1, 2 ** 60, 1, 2.5]);
  });

  test.each([
    ['texts', /numbers were expected.*U5/],
    ['structured', /structure \(left_child, threshold/],
    ['objects', /numbers were expected/],
    ['dates', /numbers were expected/],
  ])('%s are no numbers', (name, says) => {
    expect(() => toFloat64Array(goldenArray(name))).toThrow(
      expect.objectContaining({ code: 'model_corrupt', message: expect.stringMatching(says) as string }),
    );
  });

  test('complex and extended numbers are refused as not supported', () => {
    const extended: NdArray = {
      ...goldenArray('empty'),
      dtype: { kind: 'f', itemSize: 16, littleEndian: true, fields: null },
    };
    for (const array of [goldenArray('complex'), extended]) {
      expect(() => toFloat64Array(array)).toThrow(expect.objectContaining({ code: 'model_unsupported' }));
    }
  });

  test('the bytes of the file stay as they are', () => {
    const array = goldenArray('big-f8');
    const before = Buffer.from(array.data as Uint8Array).toString('hex');
    toFloat64Array(array).fill(7);
    expect(Buffer.from(array.data as Uint8Array).toString('hex')).toBe(before);
  });

  test('column-major storage is reordered for any shape', () => {
    const dtype = { kind: 'i', itemSize: 4, littleEndian: true, fields: null };
    const shapes = fc.array(fc.nat(4), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const stored = Int32Array.from({ length: count }, (_, at) => at);
        const array: NdArray = { type: 'ndarray', dtype, shape, fortran: true, data: new Uint8Array(stored.buffer) };
        const read = toFloat64Array(array);
        // Element (i, j, ...) stands at i + j * shape[0] + ... in column-major storage.
        const expected = indicesOf(shape).map((index) =>
          index.reduceRight((sum, i, axis) => sum * (shape[axis] ?? 0) + i, 0),
        );
        expect(Array.from(read)).toEqual(expected);
      }),
    );
  });
});

/** All indices of a shape, the last axis fastest. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (indices, size) => indices.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

describe('countElements', () => {
  test('knows that an axis of none leaves nothing, whatever the others would multiply to', () => {
    expect(countElements([2 ** 40, 2 ** 40, 0])).toBe(0);
    expect(() => countElements([2 ** 40, 2 ** 40])).toThrow(/more elements than can be counted/);
    expect(countElements([])).toBe(1);
  });
});

describe('texts and values', () => {
  test('texts of any byte order and layout, and bytes', () => {
    expect(toValues(goldenArray('texts'))).toEqual(['a', 'naïve', '', '☃😀']);
    expect(toValues(goldenArray('texts-fortran'))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(toValues(goldenArray('big-texts'))).toEqual(['ab', '☃']);
    const bytes = toValues(goldenArray('byte-texts')).map((value) =>
      Buffer.from(value as Uint8Array).toString('latin1'),
    );
    expect(bytes).toEqual(['a', 'bcd', '\xff\0x']);
  });

  test('mixed objects are values', () => {
    expect(toValues(goldenArray('objects')).slice(0, 4)).toEqual([1, 'two', null, 3.5]);
    expect(toValues(goldenArray('objects-fortran'))).toEqual(['a', 'b', 'c', 1, 2, null]);
  });

  test('scalars and arrays without axes stand for their value', () => {
    expect(unwrapScalar(goldenArray('no-axes'))).toBe(2.25);
    expect(unwrapScalar(goldenArray('no-axes-text'))).toBe('alone');
    expect(unwrapScalar(new NumpyScalar({ kind: 'f', itemSize: 8, littleEndian: true, fields: null }, 1.5))).toBe(1.5);
    expect(unwrapScalar('text')).toBe('text');
  });
});

describe('fields', () => {
  test('are read by name, wherever they stand', () => {
    for (const name of ['structured', 'structured-slice']) {
      const nodes = goldenArray(name);
      const all = name === 'structured';
      expect(toNumbers(field(nodes, 'left_child'))).toEqual(all ? [1, -1, -1] : [1, -1]);
      expect(toNumbers(field(nodes, 'threshold'))).toEqual(all ? [0.5, -2, Number.NaN] : [0.5, Number.NaN]);
      expect(toNumbers(field(nodes, 'count'))).toEqual(all ? [7, 2 ** 31 - 1, -5] : [7, -5]);
    }
  });

  test.each(['structured-inner', 'structured-inner-fortran'])('%s: inner arrays add their axes', (name) => {
    const inner = field(goldenArray(name), 'a');
    expect(inner.shape).toEqual([2, 2, 3]);
    expect(toNumbers(inner)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(toNumbers(field(field(goldenArray(name), 'b'), 'c'))).toEqual([1, 2, 3, -4]);
  });

  test('one that is missing is named', () => {
    expect(() => field(goldenArray('structured'), 'right_child')).toThrow(/field right_child was expected.*left_child/);
    expect(() => field(goldenArray('double'), 'right_child')).toThrow(/its elements are f8/);
  });
});

describe('keys of dicts', () => {
  const scalar = (value: PyValue): NumpyScalar =>
    new NumpyScalar({ kind: 'i', itemSize: 8, littleEndian: true, fields: null }, value);

  test('numpy scalars compare by value', () => {
    const { root } = readPickle(bytesOfGolden(golden.files.find(({ name }) => name === 'keys')?.pickle ?? ''));
    const dict = root as PyDict;
    expect([dict.get(1), dict.get(2.5), dict.get(scalar(1)), dict.get(true), dict.get('1')]).toEqual([
      'one',
      'half',
      'one',
      'one',
      undefined,
    ]);
  });

  test('numbers compare across kinds as in Python, and texts never equal anything else', () => {
    const key = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.bigInt(-(2n ** 70n), 2n ** 70n),
      fc.boolean(),
      fc.string(),
      fc.string().map((text) => `\0${text}`),
      fc.constantFrom('\0n70000', '\0i1', 70_000, 2 ** 53, 2n ** 53n, '\0b', '\0s', -0, 0n),
      fc.uint8Array({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(key, key, (a, b) => {
        const dict = new PyDict();
        dict.set(a, 'a');
        expect(dict.get(b) === 'a').toBe(equalInPython(a, b));
        expect([...dict.entries()]).toEqual([[a === 0 ? 0 : a, 'a']]);
      }),
      { numRuns: 3000 },
    );
  });

  test('of tuples are told apart by their parts', () => {
    const tuple = (...items: PyValue[]): PyTuple => new PyTuple(items);
    const texts = [tuple('a', 'b,sc'), tuple('a,sb', 'c'), tuple('a', 'b', 'c'), tuple('1', 'a'), tuple(1, 'a')];
    const nested = [tuple(tuple('a'), 'b'), tuple(tuple('a', 'b')), tuple(tuple(), 'a', 'b'), tuple()];
    const dict = new PyDict();
    for (const key of [...texts, ...nested]) dict.set(key, key);
    expect([...dict.entries()].map(([key]) => key)).toEqual([...texts, ...nested]);
    expect(dict.get(tuple('a,sb', 'c'))).toBe(texts[1]);
  });
});

function equalInPython(a: PyValue, b: PyValue): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  // Python compares NaN by identity first; a NaN of a file is one value here.
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  return Number.isInteger(Number(a)) && Number.isInteger(Number(b))
    ? BigInt(a as number) === BigInt(b as number)
    : Number(a) === Number(b);
}
