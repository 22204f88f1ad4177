import fc from 'fast-check';
import { EXHAUSTING, LYING, RUNNING, RUNNING_NAMES } from '../../../../test/support/hostile-pickles';
import { bytesOfGolden, readGoldenFile, touchEverything } from '../../../../test/support/pickle-golden';
import {
  array,
  call,
  dict,
  dtype,
  global,
  int,
  list,
  pickle,
  raw,
  repeat,
  text,
  tuple,
  wrapper,
} from '../../../../test/support/pickle-writer';
import { AppError } from '../../../common/errors';
import { processorMs } from '../../../../test/support/processor-time';
import { toFloat64Array, toValues } from './numpy';
import { maxInflatedBytes, scaledLimits } from './limits';
import { readPickle } from './read-pickle';
import { isDangerousName } from './dangerous';
import { describeValue } from './describe';
import { type NdArray, type PyDict, PyObject, type PyValue } from './records';

/** Of processor time, as other tests run beside; what is here takes a small part of it. */
const MAX_CPU_MS = 2000;

function refusalOf(bytes: Uint8Array): AppError {
  try {
    readPickle(bytes);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the file was read');
}

describe.each([
  ['files that run code', RUNNING],
  ['files that exhaust', EXHAUSTING],
  ['files that lie', LYING],
])('%s', (_, files) => {
  test.each(files)('%s', (_what, make, code, says) => {
    const bytes = make();
    let refusal!: AppError;
    expect(processorMs(() => (refusal = refusalOf(bytes)))).toBeLessThan(MAX_CPU_MS);
    expect(refusal.message).toMatch(says);
    expect(refusal.code).toBe(code);
    expect(refusal.message.length).toBeLessThan(700);
  });
});

describe('names that run code', () => {
  test.each(RUNNING_NAMES)('%s', (path) => {
    const [module = '', ...name] = path.split(/\.(?=[^.]+$)/);
    const refusal = refusalOf(pickle(call(global(module, name.join('.')), text('echo pwned')), 'STOP'));
    expect(refusal.code).toBe('model_unsafe');
    expect(refusal.message).toContain(`${path}('echo pwned')`);
  });

  test.each(['core', '_core'])('as functions of numpy.%s', (core) => {
    const named = call(global(`numpy.${core}`, '_ufunc_reconstruct'), text('os'), text('system'));
    const refusal = refusalOf(pickle(named, text('echo pwned'), 'TUPLE1', 'REDUCE', 'STOP'));
    expect(refusal).toMatchObject({ code: 'model_unsafe', message: expect.stringContaining('os.system') as string });
  });

  test.each([
    ['joblib.memory', 'Memory'],
    ['joblib._store_backends', 'FileSystemStoreBackend'],
  ])('the cache of a pipeline is told how to leave it out: %s.%s', (module, name) => {
    const refusal = refusalOf(pickle(call(global(module, name), text('cache')), 'STOP'));
    expect(refusal).toMatchObject({ code: 'model_unsafe', message: expect.stringContaining('memory=None') as string });
  });

  test('a Keras model is told how to be exported', () => {
    const model = global('keras.src.models.sequential', 'Sequential');
    const refusal = refusalOf(pickle(call(global('builtins', 'getattr'), model, text('_unpickle_model')), 'STOP'));
    expect(refusal).toMatchObject({
      code: 'model_unsafe',
      message: expect.stringContaining('model.export(') as string,
    });
  });

  test('a module reached through another one is, whatever is asked of it', () => {
    expect(isDangerousName('torch.utils', 'os.remove')).toBe(true);
    expect(isDangerousName('torch.utils', 'data.remove')).toBe(false);
  });

  test('names of real models are none of them', () => {
    const names = `sklearn.pipeline.Pipeline sklearn.tree._tree.Tree numpy.core.multiarray._reconstruct numpy.log1p
      numpy.core._multiarray_umath.log1p numpy.random._pickle.__randomstate_ctor numpy.random.mtrand.RandomState
      numpy.ma.core._mareconstruct sklearn.metrics._dist_metrics.newObj sklearn._loss.link.LogitLink _loss.CyHalfBinomialLoss
      scipy.sparse._csr.csr_matrix scipy.stats._continuous_distns.uniform_gen scipy.interpolate._interpolate.interp1d
      pandas.core.internals.managers.BlockManager pandas._libs.internals._unpickle_block pandas.core.frame.DataFrame
      xgboost.sklearn.XGBClassifier lightgbm.basic.Booster catboost.core.CatBoostClassifier mypackage.types.Model
      __main__.evaluate __main__.MyTransformer imblearn.pipeline.Pipeline joblib.memory.NotMemorizedFunc functools.partial builtins.set collections.OrderedDict
      _codecs.encode copyreg._reconstructor copy_reg._reconstructor __builtin__.object re._compile logging.getLogger
      datetime.date builtins.ValueError math.sqrt decimal.Decimal pathlib.PosixPath collections.abc.Mapping`;
    const wrong = names.split(/\s+/).filter((path) => {
      const [module = '', name = ''] = path.split(/\.(?=[^.]+$)/);
      return isDangerousName(module, name);
    });
    expect(wrong).toEqual([]);
  });
});

describe('budgets', () => {
  const memo = pickle('NONE', 'BINPUT', 1, 'BINPUT', 2, 'BINPUT', 3, 'BINPUT', 3, 'STOP');

  test.each([
    ['memo entries', { maxMemo: 2 }, memo],
    ['operations', { maxOperations: 5 }, memo],
    ['objects', { maxObjects: 1 }, pickle('EMPTY_LIST', 'EMPTY_LIST', 'STOP')],
    ['values on the stack', { maxStack: 1 }, pickle('NONE', 'NONE', 'STOP')],
    ['bytes', { maxBytes: 3 }, memo],
    [
      'copied bytes',
      { maxDerivedBytes: 2 },
      pickle(call(global('_codecs', 'encode'), text('abc'), text('latin1')), 'STOP'),
    ],
  ])('of %s', (what, limits, bytes) => {
    expect(() => readPickle(bytes, limits)).toThrow(
      expect.objectContaining({ code: 'import_limit', message: expect.stringContaining(what) as string }),
    );
    expect(() => readPickle(bytes)).not.toThrow();
  });

  test('grow with the file up to what a heap bears', () => {
    const [small, middle, large] = [1e3, 2e7, 1e9].map((size) => scaledLimits(size));
    expect([small!.maxObjects, middle!.maxObjects, large!.maxObjects]).toEqual([500_000, 5_000_000, 10_000_000]);
    expect([small!.maxStack, middle!.maxStack, large!.maxStack]).toEqual([250_000, 4_000_000, 4_000_000]);
    expect([small!.maxOperations, large!.maxOperations]).toEqual([4_000_000, 4e9]);
    expect([1e3, 1e6, 1e9].map((size) => maxInflatedBytes(size))).toEqual([64 * 2 ** 20, 1e8, 2 ** 30]);
  });
});

describe('files that only look hostile', () => {
  test('sixty levels of shared references load at once', () => {
    const { root } = readPickle(pickle('EMPTY_LIST', levels(60), 'STOP'));
    expect(touchEverything(root)).toBe(61);
    expect(describeValue(root).length).toBeLessThan(200);
  });

  test('nesting of a hundred thousand lists is read without recursion', () => {
    const { root } = readPickle(pickle(repeat(100_000, 'EMPTY_LIST'), repeat(99_999, 'APPEND'), 'STOP'));
    expect(touchEverything(root)).toBe(100_000);
  });

  test('a list that grows after its array was made is refused where it is read', () => {
    const grown = pickle(
      ...(['EMPTY_LIST', 'BINPUT', 1, int(7), 'APPEND', 'POP'] as const),
      array(dtype('O8'), tuple(int(1)), ['BINGET', 1]),
      ...(['BINGET', 1, int(8), 'APPEND', 'POP', 'STOP'] as const),
    );
    expect(() => toValues(readPickle(grown).root as NdArray)).toThrow(
      expect.objectContaining({ code: 'model_corrupt' }),
    );
  });

  test('a dtype completed again leaves the arrays made of it as they are', () => {
    const before = pickle(
      ...([dtype('i1'), 'BINPUT', 1, 'POP'] as const),
      array(['BINGET', 1], tuple(int(2)), ['SHORT_BINBYTES', 2, 5, 6]),
      ...([
        'BINGET',
        1,
        tuple(int(3), text('>'), 'NONE', 'NONE', 'NONE', int(1), int(-1), int(0)),
        'BUILD',
        'POP',
        'STOP',
      ] as const),
    );
    expect(toFloat64Array(readPickle(before).root as NdArray)).toEqual(Float64Array.of(5, 6));
  });

  test('a wrapper of joblib within an object array stays a record, and its array is not read', () => {
    const inner = pickle(list(wrapper(dtype('f8'), tuple(int(1)))), 'STOP');
    const { root } = readPickle(pickle(wrapper(dtype('O8'), tuple(int(1))), inner, 'STOP'));
    expect((root as PyValue[])[0]).toBeInstanceOf(PyObject);
  });

  test('an octal escape above a byte is the byte that Python 2 makes of it', () => {
    expect(readPickle(pickle('STRING', raw("'\\777'\n"), 'STOP')).root).toBe('\xff');
  });

  test('keys that are special in JavaScript are keys like any other', () => {
    const { root } = readPickle(pickle(dict(text('__proto__'), int(1), text('constructor'), int(2)), 'STOP'));
    expect((root as PyDict).get('__proto__')).toBe(1);
    expect((root as PyDict).get('toString')).toBeUndefined();
  });
});

describe('damaged files', () => {
  const golden = readGoldenFile('python-3.13-numpy-2.json').files;
  const samples = golden.filter(({ name }) => /^(?:compound|objects|dicts|array-structured-inner|keys)$/.test(name));

  test.each(samples.map(({ name, writer, pickle: base64 }) => [name, writer, base64] as const))(
    '%s, %s: cut off anywhere',
    (_name, _writer, base64) => {
      const bytes = bytesOfGolden(base64);
      for (let length = 0; length < bytes.length; length++) {
        expect(['model_corrupt', 'format_unknown']).toContain(refusalOf(bytes.subarray(0, length)).code);
      }
    },
  );

  test('changed anywhere: read or refused, never anything else', () => {
    const corpus = golden
      .filter(({ pickle: base64 }) => base64.length < 3000)
      .map((file) => bytesOfGolden(file.pickle));
    const change = fc.record({
      at: fc.nat(),
      byte: fc.nat(255),
      kind: fc.constantFrom('set', 'insert', 'delete', 'copy'),
    });
    const property = fc.property(
      fc.nat(corpus.length - 1),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (which, changes) => {
        const bytes = mutated(corpus[which] ?? new Uint8Array(), changes);
        let root: PyValue;
        try {
          root = readPickle(bytes).root;
          touchEverything(root);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      },
    );
    fc.assert(property, { numRuns: 5000 });
  });
});

function mutated(source: Uint8Array, changes: readonly { at: number; byte: number; kind: string }[]): Uint8Array {
  const bytes = Array.from(source);
  for (const { at, byte, kind } of changes) {
    const place = at % (bytes.length + 1);
    if (kind === 'set') bytes[place] = byte;
    else if (kind === 'insert') bytes.splice(place, 0, byte);
    else if (kind === 'delete') bytes.splice(place, 1 + (byte % 4));
    else bytes.splice(place, 0, ...bytes.slice(byte, byte + 16));
  }
  return Uint8Array.from(bytes);
}

/** A list of ten times the level below, `count` times over: unfolded, 10^count values. */
function levels(count: number): Uint8Array {
  return repeat(count, 'BINPUT', 1, 'POP', 'MARK', repeat(10, 'BINGET', 1), 'LIST');
}
