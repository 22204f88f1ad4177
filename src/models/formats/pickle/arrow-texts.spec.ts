import { arrowTexts } from './arrow-texts';
import { PyGlobal, PyObject, PyTuple, type PyValue } from './records';

const lib = (name: string, ...args: PyValue[]): PyObject => new PyObject(new PyGlobal('pyarrow.lib', name), args);
const buffer = (...bytes: number[]): PyObject => lib('py_buffer', Uint8Array.from(bytes));
const array = (type: string, length: PyValue, offset: PyValue, buffers: PyValue): PyObject =>
  lib('_restore_array', new PyTuple([lib('type_for_alias', type), length, 0, offset, buffers, [], null]));

/** `a`, none, `ß`, an empty one, as pyarrow 22 pickles them with 32 bits an offset. */
const OFFSETS = buffer(0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0);
const BYTES = buffer(0x61, 0xc3, 0x9f);
const TEXTS = array('string', 4, 0, [buffer(0b1101), OFFSETS, BYTES]);

describe('texts of pyarrow', () => {
  it('are read with those that are missing, from an offset on, and chunk by chunk', () => {
    expect(arrowTexts(TEXTS)).toEqual(['a', null, 'ß', '']);
    expect(arrowTexts(array('string', 2, 2, [null, OFFSETS, BYTES]))).toEqual(['ß', '']);
    expect(arrowTexts(lib('chunked_array', [TEXTS, array('string', 0, 0, [])], null))).toEqual(['a', null, 'ß', '']);
  });

  it.each<[string, PyValue]>([
    ['another type', array('int64', 4, 0, [null, OFFSETS, BYTES])],
    ['more texts than offsets', array('string', 5, 0, [null, OFFSETS, BYTES])],
    ['a length that is no number', array('string', '4', 0, [null, OFFSETS, BYTES])],
    ['a length below zero', array('string', -1, 0, [null, OFFSETS, BYTES])],
    ['an offset below zero', array('string', 1, -1, [null, OFFSETS, BYTES])],
    ['a fraction', array('string', 1.5, 0, [null, OFFSETS, BYTES])],
    ['fewer bytes than the offsets say', array('string', 4, 0, [null, OFFSETS, buffer(0x61)])],
    ['no offsets', array('string', 4, 0, [null, null, BYTES])],
    ['too few bits', array('string', 4, 0, [buffer(), OFFSETS, BYTES])],
    ['offsets that fall', array('string', 1, 0, [null, buffer(2, 0, 0, 0, 1, 0, 0, 0), BYTES])],
    ['chunks that are none', lib('chunked_array', [TEXTS, null], null)],
    ['no list of chunks', lib('chunked_array', null, null)],
    ['what is of another library', new PyObject(new PyGlobal('os', 'system'), [])],
  ])('are not read of %s', (_what, value) => {
    expect(arrowTexts(value)).toBeUndefined();
  });
});
