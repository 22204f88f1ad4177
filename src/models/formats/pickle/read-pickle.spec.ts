import { bytesOfGolden, readGoldenFile, tagged } from '../../../../test/support/pickle-golden';
import { type Part, pickle, text } from '../../../../test/support/pickle-writer';
import { readPickle } from './read-pickle';
import { PyDict, PyObject, PyTuple, type PyValue } from './records';

const FILES = ['python-2.7-numpy-1.16.json', 'python-3.8-numpy-1.24.json', 'python-3.13-numpy-2.json'];

describe.each(FILES.map((name) => [name, readGoldenFile(name)] as const))('pickles of %s', (_, golden) => {
  const holds = new Map(golden.holds.map(({ name, value }) => [name, value]));

  test.each(golden.files.map((file) => [file.name, file.writer, file.pickle] as const))(
    '%s, %s: holds what Python says',
    (name, _writer, pickle) => {
      const expected = holds.get(name);
      expect(expected).toBeDefined();
      const { root } = readPickle(bytesOfGolden(pickle));
      expect(tagged(root, expected)).toEqual(expected);
    },
  );

  test.each(golden.cycles.map((file) => [file.name, file.writer, file.pickle] as const))(
    'a %s that holds itself, %s: reads as a cycle',
    (name, _writer, pickle) => {
      const { root } = readPickle(bytesOfGolden(pickle));
      let inner: PyValue | undefined;
      if (name === 'list') [inner] = root as PyValue[];
      else if (name === 'dict') inner = (root as PyDict).get('self');
      else inner = ((root as PyObject).state as PyDict).get('y');
      expect(inner).toBe(root);
    },
  );

  test.each(golden.slots.map((file) => [file.writer, file.pickle] as const))(
    'slots, %s: are a pair',
    (_writer, pickle) => {
      const { root } = readPickle(bytesOfGolden(pickle));
      const [state, slots] = ((root as PyObject).state as PyTuple).items;
      expect(state).toBeNull();
      expect((slots as PyDict).get('b')).toEqual([2]);
    },
  );

  test('says protocol, format, compression and names', () => {
    const compound = golden.files.filter((file) => file.name === 'compound');
    const seen = compound.map(({ writer, pickle }) => {
      const { protocol, format, compression, globals } = readPickle(bytesOfGolden(pickle));
      expect(globals.get('numpy.ndarray')).toBeGreaterThanOrEqual(1);
      expect(globals.get('__main__.Point')).toBe(1);
      return `${writer}: ${format} ${compression} ${protocol}`;
    });
    expect(seen).toContain('joblib protocol 2: joblib none 2');
    expect(seen).toContain('joblib protocol 0: joblib none 0');
    expect(seen.filter((line) => line.includes('gzip')).join()).toMatch(/: joblib gzip [2-5]/);
    expect(seen.filter((line) => line.includes('compress=3')).join()).toMatch(/: joblib zlib [2-5]/);
  });
});

test('MEMOIZE counts the entries of the memo, not how often they were put', () => {
  const puts = ['NONE', 'BINPUT', 1, 'BINPUT', 0, 'BINPUT', 1, 'POP'] satisfies Part[];
  const { root } = readPickle(pickle('PROTO', 4, ...puts, text('memoized'), 'MEMOIZE', 'POP', 'BINGET', 2, 'STOP'));
  expect(root).toBe('memoized');
});

test('POP takes the value on top while a mark stands below it', () => {
  expect(readPickle(pickle('MARK', text('kept'), text('dropped'), 'POP', 'LIST', 'STOP')).root).toEqual(['kept']);
});

describe('files of joblib before 0.10', () => {
  const golden = readGoldenFile('zfile.json') as unknown as { packed: string; beside: string };

  test('the ZF header is read', () => {
    const { root, compression, format } = readPickle(bytesOfGolden(golden.packed));
    expect([compression, format]).toEqual(['zfile', 'joblib']);
    expect((root as PyDict).get('a')).toEqual([1, 2.5, 'three']);
  });

  test('arrays in files beside it are refused with what to do', () => {
    expect(() => readPickle(bytesOfGolden(golden.beside))).toThrow(
      expect.objectContaining({
        code: 'model_unsupported',
        message: expect.stringContaining('save it again') as string,
      }),
    );
  });
});
