import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { bytesOfGolden, readGoldenFile } from '../../../test/support/pickle-golden';
import { AppError } from '../../common/errors';
import { readPickle } from './pickle/read-pickle';
import { sniffFormat } from './sniff';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const ONNX = latin1('\x08\x0a\x12\x07skl2onn:\x02\x0a\x00B\x04\x0a\x00\x10\x15');

describe('what can be read', () => {
  test('ONNX is known by its fields', () => {
    expect(sniffFormat(ONNX)).toBe('onnx');
  });

  test('a cut ONNX file is left to the reader of ONNX', () => {
    expect(sniffFormat(ONNX.subarray(0, -2))).toBe('onnx');
    expect(sniffFormat(ONNX.subarray(0, 8))).toBe('onnx');
  });

  test.each(['python-2.7-numpy-1.16.json', 'python-3.8-numpy-1.24.json', 'python-3.13-numpy-2.json'])(
    'the objects and arrays of %s, by every protocol',
    (name) => {
      const files = readGoldenFile(name).files.filter((file) => /compound|array-|objects|dict/.test(file.name));
      const wrong = files.filter((file) => {
        const packing = /compress=.*?(gzip)|compress/.exec(file.writer);
        const expected = packing ? (packing[1] ?? 'zlib') : 'pickle';
        return sniffFormat(bytesOfGolden(file.pickle)) !== expected;
      });
      expect(wrong.map((file) => `${file.name} ${file.writer}`)).toEqual([]);
      expect(files.length).toBeGreaterThan(100);
    },
  );

  test.each([
    ['bz2', 'BZh91AY&SY'],
    ['xz', '\xfd7zXZ\0\0\x04'],
    ['lzma', ']\0\0\x80\0\xff'],
    ['lz4', '\x04"M\x18d@'],
    ['zstd', '(\xb5/\xfd\x04'],
  ])('a file packed by %s', (format, head) => {
    expect(sniffFormat(latin1(head))).toBe(format);
  });

  test('the header of old joblib', () => {
    const { packed } = readGoldenFile('zfile.json') as unknown as { packed: string };
    expect(sniffFormat(bytesOfGolden(packed))).toBe('zfile');
  });

  test.each([
    ['xgboost', '{"learner":{"attributes":{}},"version":[2,0,0]}'],
    ['xgboost', '{"version":[2,0,0],"learner":{}}'],
    ['xgboost', '{L\0\0\0\0\0\0\0\x07learner{'],
    ['lightgbm', 'tree\nversion=v4\nnum_class=1\n'],
  ])('the model files of %s: %j', (format, head) => {
    expect(sniffFormat(latin1(head))).toBe(format);
  });

  test('objects of the text protocols, as scikit-learn is pickled by them', () => {
    expect(sniffFormat(latin1('ccopy_reg\n_reconstructor\np0\n(csklearn.svm\nSVC\n'))).toBe('pickle');
    expect(sniffFormat(latin1("(dp0\nS'model'\n"))).toBe('pickle');
    expect(sniffFormat(latin1('(isklearn.svm\nSVC\np0\n'))).toBe('pickle');
    expect(sniffFormat(latin1('}q\x00U\x05model'))).toBe('pickle');
    expect(sniffFormat(latin1('(lp0\n.'))).toBe('pickle');
  });
});

const torchZip = latin1(`PK\x03\x04${'\0'.repeat(26)}archive/data.pkl${'\0'.repeat(40)}`);

describe('what cannot be read is named', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /The file is empty/],
    ['a PyTorch zip', torchZip, /PyTorch.*torch\.onnx\.export/],
    ['a PyTorch checkpoint of old', latin1('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), /PyTorch/],
    ['a Keras zip', latin1(`PK\x03\x04${'\0'.repeat(26)}metadata.json...config.json`), /Keras/],
    ['an npz', latin1(`PK\x03\x04${'\0'.repeat(26)}arr_0.npy`), /npz/],
    ['a zipped pickle', latin1(`PK\x03\x04${'\0'.repeat(26)}model.pkl`), /unpack it and upload the pickle/],
    ['a zip', latin1(`PK\x03\x04${'\0'.repeat(26)}photo.jpg`), /a zip archive/],
    ['HDF5', latin1('\x89HDF\r\n\x1a\n\0\0'), /HDF5.*model\.export/],
    ['npy', latin1('\x93NUMPY\x01\x00v\x00{}'), /numpy array/],
    ['a dump of XGBoost', latin1('[\n  { "nodeid": 0, "depth": 0'), /dump of XGBoost trees.*save_model/],
    ['a text dump of XGBoost', latin1('booster[0]:\n0:[f0<1] yes=1'), /dump of XGBoost trees/],
    ['a dump of LightGBM', latin1('{"name":"tree","version":"v4"'), /dump of a LightGBM model.*model\.txt/],
    ['CatBoost', latin1('CBM1\0\0\0\0'), /CatBoost.*format="onnx".*numbers alone/],
    ['TensorFlow Lite', latin1('\x1c\0\0\0TFL3'), /TensorFlow Lite/],
    ['a saved model of TensorFlow', latin1('\x08\x01\x12\x02ab'), /protobuf message without an ONNX graph/],
    ['safetensors', latin1('\x10\0\0\0\0\0\0\0{"a":{}}'), /safetensors/],
    ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:'), /git lfs pull/],
    ['an HTML page', latin1('<!DOCTYPE html><html>'), /HTML page/],
    ['PMML', latin1('<?xml version="1.0"?>\n<PMML version="4.4">'), /PMML/],
    ['a notebook', latin1('{\n "cells": []}'), /notebook/],
    ['JSON', latin1('{"a": 1}'), /JSON/],
    ['a JSON list', latin1('[1, 2]'), /JSON/],
    ['CSV', latin1('sepal,petal\n1.0,2.0\n'), /a table of text \(CSV\).*not data/],
    ['source code', latin1('import pickle\n\nclass Model:\n    pass\n'), /a Python script/],
    ['a note', latin1('this is not a model\n'), /a text/],
    ['a PNG', latin1('\x89PNG\r\n\x1a\n'), /image/],
    ['a PDF', latin1('%PDF-1.7\n'), /PDF/],
    ['Parquet', latin1('PAR1\0\0'), /Parquet.*not data/],
    ['Feather', latin1('ARROW1\0\0'), /Feather/],
    ['SQLite', latin1('SQLite format 3\0'), /SQLite/],
    ['MATLAB', latin1('MATLAB 5.0 MAT-file, Platform'), /MATLAB/],
    ['7z', latin1('7z\xbc\xaf\x27\x1c'), /7z archive.*unpack/],
    ['RAR', latin1('Rar!\x1a\x07\0'), /RAR archive/],
    ['Weka', latin1('\xac\xed\0\x05sr\0!weka.classifiers.trees.J48'), /Java/],
    ['R', latin1('X\n\0\0\0\x03\0\x04'), /object of R.*xgb\.save/],
    ['ARFF', latin1('@relation iris\n'), /ARFF/],
    ['an MLmodel file', latin1('artifact_path: model\nflavors:\n  sklearn:\n'), /MLflow.*model\.pkl/],
    ['an MLflow folder', latin1(`PK\x03\x04${'\0'.repeat(26)}m/MLmodel...m/model.pkl`), /MLflow.*model\.pkl/],
    ['a SavedModel folder', latin1(`PK\x03\x04${'\0'.repeat(26)}m/saved_model.pb`), /SavedModel.*tf2onnx/],
    ['a workbook', latin1(`PK\x03\x04${'\0'.repeat(26)}xl/workbook.xml`), /office document/],
    ['a tar archive', Buffer.concat([Buffer.alloc(257), latin1('ustar\x0000')]), /tar archive/],
    ['a program', latin1('\x7fELF\x02\x01\x01'), /a program/],
    ['noise', Uint8Array.from([0xde, 0xad, 0xbe, 0xef]), /starts with deadbeef/],
    ['zeros', new Uint8Array(64), /starts with 0000/],
  ])('%s', (_, bytes, says) => {
    expect(() => sniffFormat(bytes)).toThrow(
      expect.objectContaining({ code: 'format_unknown', message: expect.stringMatching(says) as string }),
    );
  });

  test.each([
    ['JSON', gzipSync('{"a": 1}'), /JSON/],
    ['ONNX', gzipSync(ONNX), /holds onnx data/],
    ['another packed file', deflateSync(gzipSync('N.')), /holds gzip data/],
    ['nothing', gzipSync(''), /empty/],
  ])('a packed file that holds %s', (_, bytes, says) => {
    expect(() => readPickle(bytes)).toThrow(
      expect.objectContaining({ code: 'format_unknown', message: expect.stringMatching(says) as string }),
    );
  });
});

test('a text is one wherever the look at its beginning cuts a character', () => {
  for (const shift of ['', 'x']) {
    const cut = Buffer.from(`${shift}${'é'.repeat(400)}`);
    expect(() => sniffFormat(cut)).toThrow('The file is a text');
  }
});

describe('any bytes', () => {
  test('are a format or an AppError', () => {
    const start = fc.constantFrom(
      ...['', '\x80', '\x08\x08', '{', 'PK\x03\x04', '(', 'c', '<', 'x\x9c', 'tree\n'].map(latin1),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (prefix, rest) => {
        try {
          expect(typeof sniffFormat(Buffer.concat([prefix, rest]))).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test.each(['onnx', 'inference'])('golden ONNX files (%s) are ONNX', (directory) => {
    const path = join(__dirname, '../../../test/golden', directory);
    const files = readdirSync(path).filter((name) => name.endsWith('.onnx'));
    expect(files.map((name) => [name, sniffFormat(readFileSync(join(path, name)))])).toEqual(
      files.map((name) => [name, 'onnx']),
    );
    expect(files.length).toBeGreaterThan(5);
  });
});
