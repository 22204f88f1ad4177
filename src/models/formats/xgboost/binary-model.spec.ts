import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readBooster } from '../../../../test/golden/boosters/golden';
import { AppError } from '../../../common/errors';
import { sniffFormat } from '../sniff';
import { translateSklearn } from '../sklearn/translate-sklearn';
import { isBinaryModel, readBinaryModel } from './binary-model';
import { xgboostRecord } from './booster-record';
import { readXgboostModel } from './read-xgboost-model';

const GOLDEN = join(__dirname, '../../../../test/golden/xgboost');
const golden = (path: string): Uint8Array => readFileSync(join(GOLDEN, path));
const OLD = golden('0.90/booster-binary.model');

describe('the binary format of XGBoost', () => {
  test.each(['0.72.1', '0.90', '1.0.2', '1.1.1', '1.3.3', '1.4.2'])(
    'files of %s are known by their content',
    (version) => {
      expect(sniffFormat(golden(`${version}/booster-binary.model`))).toBe('xgboost');
      expect(sniffFormat(golden(`${version}/booster-dart.model`))).toBe('xgboost');
      expect(sniffFormat(golden(`${version}/booster-linear.model`))).toBe('xgboost');
    },
  );

  test('numbers alone are no model', () => {
    expect(isBinaryModel(OLD.subarray(0, 136))).toBe(false);
    expect(isBinaryModel(new Uint8Array(400))).toBe(false);
  });

  test('before 1.0 there is no version, and the base score is on the scale of the leaves', () => {
    expect(readXgboostModel(OLD)).toMatchObject({ version: null, baseIsMargin: true, baseScore: [0] });
    expect(readXgboostModel(golden('1.0.2/booster-binary.model'))).toMatchObject({
      version: '1.0.0',
      baseIsMargin: false,
      baseScore: [0.5],
    });
  });

  test('columns of a pickled data frame keep their names; those that XGBoost made up are none', () => {
    const names = (file: string): (string | undefined)[] =>
      translateSklearn(readBooster(join(GOLDEN, file))).graph.features.map((feature) => feature.name);
    expect(names('0.90/binary-names.pkl')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(names('0.90/binary-missing.pkl')).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  test('a file that is cut off anywhere is refused as such, at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 140, max: OLD.length - 1 }), (end) => {
        try {
          readBinaryModel(OLD.subarray(0, end));
        } catch (error) {
          return error instanceof AppError && error.code === 'model_corrupt';
        }
        return end > OLD.length - 16;
      }),
    );
  });

  test('any byte may be wrong: the model is read or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: OLD.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(OLD);
        changed[at] = byte;
        try {
          translateSklearn(xgboostRecord(changed));
        } catch (error) {
          return error instanceof AppError && /^model_|^import_/.test(error.code);
        }
        return true;
      }),
    );
  });

  test('more trees than the file can hold are refused before any is read', () => {
    const changed = Buffer.from(OLD);
    changed.writeInt32LE(2 ** 31 - 1, changed.indexOf('gbtree') + 'gbtree'.length);
    expect(() => readBinaryModel(changed)).toThrow(/at most \d+ XGBoost trees .* found 2147483647/);
  });

  test('trees of several roots or with vectors, which no release wrote, are refused', () => {
    const changed = Uint8Array.from(OLD);
    const name = Buffer.from(OLD).indexOf('gbtree');
    changed[name + 'gbtree'.length + 160] = 2;
    expect(() => readBinaryModel(changed)).toThrow(/one root and one number a leaf, found 2 roots/);
  });
});
