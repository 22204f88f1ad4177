import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../src/common/errors';
import { readPickle } from '../../src/models/formats/pickle/read-pickle';
import { type NdArray, PyObject } from '../../src/models/formats/pickle/records';
import { translateSklearn } from '../../src/models/formats/sklearn/translate-sklearn';

const GOLDEN = join(__dirname, '../golden');

/** The estimator of a golden pickle, for a test to change. */
export function loadEstimator(name: string, library = 'sklearn/1.9.1'): PyObject {
  const { root } = readPickle(readFileSync(join(GOLDEN, library, `${name}.pkl`)));
  if (!(root instanceof PyObject)) throw new Error(`no estimator in ${name}`);
  return root;
}

/** An array of doubles as a pickle holds it. */
export function doubles(shape: number[], values: number[]): NdArray {
  const dtype = { kind: 'f', itemSize: 8, littleEndian: true, fields: null };
  return { type: 'ndarray', dtype, shape, fortran: false, data: new Uint8Array(Float64Array.from(values).buffer) };
}

/** What the translation of an estimator is refused with. */
export function refusal(root: PyObject): { code: string; sentence: string } {
  try {
    translateSklearn(root);
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, sentence: error.message };
    throw error;
  }
  throw new Error('expected a refusal, found a translation');
}
