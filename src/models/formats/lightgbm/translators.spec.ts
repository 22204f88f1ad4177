import { constants } from 'node:buffer';
import { loadEstimator, refusal } from '../../../../test/support/changed-estimator';
import type { ErrorCode } from '../../../common/errors';
import { compileEvaluator } from '../../graph/evaluate';
import { PyDict } from '../pickle/records';
import { translateSklearn } from '../sklearn/translate-sklearn';
import type { TranslatedModel } from '../sklearn/translate-sklearn';
import { lightgbmRecord } from './booster-record';

/** One split on column 0 at 0.5, -1 to its left and 1 to its right; NaN is told apart and goes left. */
const TREE = {
  num_leaves: '2',
  num_cat: '0',
  split_feature: '0',
  threshold: '0.5',
  decision_type: '10',
  left_child: '-1',
  right_child: '-2',
  leaf_value: '-1 1',
  is_linear: '0',
};

/** 10 + 3 * x0 to the left, and 20 + 0.5 * x1 to the right. */
const LINEAR = {
  is_linear: '1',
  leaf_const: '10 20',
  num_features: '1 1',
  leaf_features: '0  1  ',
  leaf_coeff: '3  0.5  ',
};

function model(tree: Record<string, string> = {}, header: Record<string, string | null> = {}): string {
  const fields = {
    version: 'v4',
    num_class: '1',
    num_tree_per_iteration: '1',
    max_feature_idx: '1',
    objective: 'regression',
    feature_names: 'Column_0 Column_1',
    feature_infos: '[0:1] none',
    ...header,
  };
  const lines = (entries: Record<string, string | null>): string =>
    Object.entries(entries)
      .map(([key, value]) => (value === null ? key : `${key}=${value}`))
      .join('\n');
  return `tree\n${lines(fields)}\n\nTree=0\n${lines({ ...TREE, ...tree })}\n\n\nend of trees\n\npandas_categorical:null\n`;
}

function translate(text: string): TranslatedModel {
  return translateSklearn(lightgbmRecord(Buffer.from(text)));
}

function answers(text: string, values: number[]): number[] {
  const { graph } = translate(text);
  const data = Float64Array.from(values.flatMap((value) => [value, 0]));
  const [output] = compileEvaluator(graph)([{ datatype: 'FP64', shape: [values.length, 2], data }], values.length);
  return Array.from(output!.data as Float64Array);
}

describe('a LightGBM model file', () => {
  test.each([
    ['NaN is missing', '10', [-1, 1, -1, -1, 1]],
    ['NaN and zero are missing, and go right', '4', [1, 1, 1, -1, 1]],
    ['nothing is missing, NaN is zero', '0', [-1, 1, -1, -1, 1]],
  ])('%s', (_, decision_type, expected) => {
    expect(answers(model({ decision_type }), [0, 0.6, NaN, 0.4, 1])).toEqual(expected);
  });

  test.each([
    ['-1.0000000180025095e-35', [-1, 1, 1, 1, 1]],
    ['0', [-1, -1, -1, -1, 1]],
    ['1.0000000180025095e-35', [-1, -1, -1, -1, 1]],
  ])('what lies within 1e-35 of zero is zero: a split at %s', (threshold, expected) => {
    const near = Math.fround(1e-35);
    const values = [-(near + 2 ** -169), -near, 0, near, near + 2 ** -169];
    expect(answers(model({ threshold }), values)).toEqual(expected);
  });

  test('categories are whole numbers cut toward zero; those within the set go left, NaN goes right', () => {
    const tree = { num_cat: '1', threshold: '0', decision_type: '1', cat_boundaries: '0 2', cat_threshold: '5 2' };
    // 5 is the bits 0 and 2, 2 in the second word is 33.
    expect(answers(model(tree), [0, -0.9, 2.9, 33, 1, -1, 32, 1e30, NaN])).toEqual([-1, -1, -1, -1, 1, 1, 1, 1, 1]);
  });

  test('of names of categories for other columns than it splits by sets, none are taken', () => {
    const set = { decision_type: '1', num_cat: '1', threshold: '0', cat_boundaries: '0 1', cat_threshold: '2' };
    const named = (lists: string): string =>
      model(set, { feature_infos: '0:1 none' }).replace('pandas_categorical:null', `pandas_categorical:${lists}`);
    expect(translate(named('[["a", "b"]]')).graph.features[0]).toMatchObject({ kind: 'text' });
    const { graph, warnings } = translate(named('[["a", "b"], ["c"]]'));
    expect(graph.features[0]).toMatchObject({ kind: 'number' });
    expect(warnings).toContainEqual(expect.stringContaining('codes of their categories'));
  });

  test('a random forest answers the mean of its rounds', () => {
    const second = model({ leaf_value: '5 2' }, { average_output: null }).match(/Tree=0[^]*?(?=\n\n\nend)/)![0];
    const text = model({}, { average_output: null }).replace('\n\n\nend', `\n\n${second.replace('=0', '=1')}\n\n\nend`);
    expect(answers(text, [0, 1])).toEqual([2, 1.5]);
  });

  test('a linear leaf answers its plain value where one of its own columns is missing', () => {
    const { graph } = translate(model(LINEAR));
    const rows = [0, 7, 0, NaN, 1, 8, 1, NaN, NaN, 8];
    const data = Float64Array.from(rows);
    const [output] = compileEvaluator(graph)([{ datatype: 'FP64', shape: [5, 2], data }], 5);
    expect(Array.from(output!.data as Float64Array)).toEqual([10, 10, 24, 1, -1]);
  });

  test('Windows line ends', () => {
    expect(answers(model().replaceAll('\n', '\r\n'), [0, 1])).toEqual([-1, 1]);
  });

  test('a text longer than a string can be is refused before it is made one', () => {
    const refused = expect.objectContaining({ code: 'import_limit' }) as Error;
    expect(() => lightgbmRecord(new Uint8Array(constants.MAX_STRING_LENGTH + 1))).toThrow(refused);
  });

  test.each<[string, string, ErrorCode, RegExp]>([
    [
      'an older text',
      model({}, { version: 'v1' }),
      'model_unsupported',
      /v2, v3, v4 .* found "v1"; load it in LightGBM 4/,
    ],
    ['a file cut off', model().slice(0, -60), 'model_corrupt', /end of trees/],
    ['no trees', model().replace(/Tree=0[^]*end/, 'end'), 'model_unsupported', /found none: train it first/],
    [
      'linear leaves that are not there',
      model({ is_linear: '1' }),
      'model_corrupt',
      /2 numbers in leaf_const .* found 0/,
    ],
    ['fewer coefficients than told', model({ ...LINEAR, leaf_coeff: '1' }), 'model_corrupt', /2 numbers in leaf_coeff/],
    [
      'a coefficient of no column',
      model({ ...LINEAR, leaf_features: '0 2' }),
      'model_corrupt',
      /a column below 2 in the leaves, found 2/,
    ],
    [
      'a negative count of coefficients',
      model({ ...LINEAR, num_features: '3 -1' }),
      'model_corrupt',
      /counts of columns/,
    ],
    ['a tree that bites its tail', model({ left_child: '0' }), 'model_corrupt', /children of 1 splits .* found 0/],
    ['a leaf that is not there', model({ right_child: '-9' }), 'model_corrupt', /children of 1 splits .* found -9/],
    ['a leaf reached twice', model({ right_child: '-1' }), 'model_corrupt', /one way to each tree node/],
    ['a column that is not there', model({ split_feature: '7' }), 'model_corrupt', /a column below 2/],
    [
      'more leaves than the file holds',
      model({ num_leaves: '9000000' }),
      'model_corrupt',
      /9000000 numbers in leaf_value/,
    ],
    [
      'a leaf that is no number',
      model({ leaf_value: '-1 nan' }),
      'model_corrupt',
      /finite numbers in leaf_value .* "nan"/,
    ],
    ['a set that is not there', model({ decision_type: '1', threshold: '4' }), 'model_corrupt', /sets of categories/],
    ['an objective of nobody', model({}, { objective: 'fancy' }), 'model_unsupported', /objective "fancy" cannot/],
    ['more scores than any', model({}, { num_tree_per_iteration: '1e9' }), 'model_corrupt', /num_tree_per_iteration/],
  ])('%s is refused', (_, text, code, says) => {
    expect(() => translate(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) as string }),
    );
  });
});

describe('an LGBMClassifier', () => {
  test.each<[string, string[], string, RegExp]>([
    [
      'one class',
      ['only'],
      'model_unsupported',
      /fitted on a single class, .* cannot be served; fit it on rows of every/,
    ],
    ['three classes', ['a', 'b', 'c'], 'model_corrupt', /scores for 3 classes in LGBMClassifier, found 2/],
  ])('with two scores is refused with %s', (_, classes, code, says) => {
    const root = loadEstimator('binary-bool', 'lightgbm/4.7.0');
    if (!(root.state instanceof PyDict)) throw new Error('no attributes');
    root.state.set('_classes', classes);
    expect(refusal(root)).toEqual({ code, sentence: expect.stringMatching(says) as string });
  });
});
