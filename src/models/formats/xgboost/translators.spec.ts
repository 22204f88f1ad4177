import type { ErrorCode } from '../../../common/errors';
import { compileEvaluator } from '../../graph/evaluate';
import { PyDict, PyGlobal, PyObject } from '../pickle/records';
import { translateSklearn } from '../sklearn/translate-sklearn';
import type { TranslatedModel } from '../sklearn/translate-sklearn';
import { xgboostRecord } from './booster-record';

/** One split on column 0 at 0.5, -1 to its left and 1 to its right. */
const TREE = {
  tree_param: { num_nodes: '3', size_leaf_vector: '1' },
  left_children: [1, -1, -1],
  right_children: [2, -1, -1],
  split_indices: [0, 0, 0],
  split_conditions: [0.5, -1, 1],
  default_left: [1, 0, 0],
};

interface Parts {
  tree?: object;
  trees?: object[];
  param?: object;
  objective?: string;
  attributes?: object;
  version?: number[];
  booster?: object;
}

function model({ tree, trees, param, objective, attributes, version, booster }: Parts = {}): string {
  const all = trees ?? [{ ...TREE, ...tree }];
  return JSON.stringify({
    version: version ?? [2, 1, 0],
    learner: {
      attributes: attributes ?? {},
      learner_model_param: { num_feature: '2', num_class: '0', num_target: '1', base_score: '5E-1', ...param },
      objective: { name: objective ?? 'reg:squarederror' },
      gradient_booster: booster ?? {
        name: 'gbtree',
        model: { gbtree_model_param: { num_parallel_tree: '1' }, trees: all, tree_info: all.map(() => 0) },
      },
    },
  });
}

function translate(text: string): TranslatedModel {
  return translateSklearn(xgboostRecord(Buffer.from(text)));
}

function answers(text: string, values: number[]): number[][] {
  const { graph } = translate(text);
  const data = Float64Array.from(values.flatMap((value) => [value, 0]));
  const outputs = compileEvaluator(graph)([{ datatype: 'FP64', shape: [values.length, 2], data }], values.length);
  return outputs.map((output) => Array.from(output.data as Float64Array, Number));
}

describe('an XGBoost model file', () => {
  test('answers margins at which expf would overflow as XGBoost 3.4.1 does, by predict with a base_margin', () => {
    const margins = [-1000, -100, -88.5, 100];
    const leaves = margins.map((margin) => ({ ...TREE, split_conditions: [0.5, margin, margin] }));
    const found = leaves.map((tree) => answers(model({ tree, objective: 'binary:logistic' }), [0])[0]![0]);
    expect(found).toEqual([3.006635794144578e-39, 3.006635794144578e-39, 3.672301610145117e-39, 1]);
  });

  test('compares in float32, strictly, and sends a missing value where the split says', () => {
    // 0.5 - 1e-9 is 0.5 in float32, which is not below 0.5.
    expect(answers(model(), [0.4, 0.5, 0.5 - 1e-9, NaN])).toEqual([[-0.5, 1.5, 1.5, -0.5]]);
  });

  test.each(['5E-1', '[5E-1]', '0.5'])('base_score written as %s', (base_score) => {
    expect(answers(model({ param: { base_score } }), [0])).toEqual([[-0.5]]);
  });

  test('a Booster answers what its predict does, a file that a classifier saved its labels', () => {
    const scikit_learn = '{"_estimator_type": "classifier", "missing": NaN}';
    const [raw] = answers(model({ objective: 'binary:logistic' }), [0, 1]);
    expect(raw).toEqual([Math.fround(1 / (1 + Math.E)), Math.fround(1 / (1 + Math.exp(-1)))]);
    const [labels] = answers(model({ objective: 'binary:logistic', attributes: { scikit_learn } }), [0, 1]);
    expect(labels).toEqual([0, 1]);
  });

  test('up to 1.4 only the name of the class tells a classifier', () => {
    const attributes = { scikit_learn: '{"type": "XGBClassifier", "classes_": ["no", "yes"]}' };
    const { graph } = translate(model({ objective: 'binary:logistic', attributes, version: [1, 0, 2] }));
    expect(graph.nodes).toContainEqual(expect.objectContaining({ op: 'label', classes: ['no', 'yes'] }));
  });

  test('the value that stands for a missing one is the one that the wrapper noted', () => {
    const attributes = { scikit_learn: '{"_estimator_type": "regressor", "missing": 7.0}' };
    expect(answers(model({ attributes }), [7, 8])).toEqual([[-0.5, 1.5]]);
  });

  test('early stopping counts for what a wrapper saved; a Booster says that it does not', () => {
    const attributes = { best_iteration: '0' };
    const trees = [TREE, TREE];
    const booster = translate(model({ trees, attributes }));
    expect(booster.warnings.join()).toMatch(/round 1 of 2 the best, and a Booster uses all/);
    expect(translate(model({ trees, attributes: { best_iteration: '1' } })).warnings.join()).not.toMatch(/best/);
    expect(answers(model({ trees, attributes }), [1])).toEqual([[2.5]]);
    const wrapped = { ...attributes, scikit_learn: '{"_estimator_type": "regressor"}' };
    expect(answers(model({ trees, attributes: wrapped }), [1])).toEqual([[1.5]]);
  });

  test('gblinear of thousands of columns is summed in double precision, and says so', () => {
    const features = 2_500;
    const weights = [...new Array<number>(features).fill(0.5), 0.25];
    const booster = { name: 'gblinear', model: { weights } };
    const { graph, warnings } = translate(model({ booster, param: { num_feature: `${features}` } }));
    const data = new Float64Array(features).map((_, column) => (column % 5 === 0 ? NaN : 2));
    const [output] = compileEvaluator(graph)([{ datatype: 'FP64', shape: [1, features], data }], 1);
    // base score 0.5, bias 0.25, and 2,000 columns of 2 * 0.5.
    expect(Array.from(output!.data as Float64Array)).toEqual([2000.75]);
    expect(warnings.join()).toMatch(/more than 2000 columns is summed in double precision/);
  });

  test('a newer version than those compared is served with a warning', () => {
    expect(translate(model({ version: [4, 0, 0] })).warnings.join()).toMatch(
      /written by XGBoost 4\.0\.0, newer than 3\.4/,
    );
  });

  test('nodes that pruning left behind are no harm', () => {
    const tree = {
      left_children: [1, -1, -1, 9],
      right_children: [2, -1, -1, 9],
      split_indices: [0, 0, 0, 0],
      split_conditions: [0.5, -1, 1, 0],
      default_left: [1, 0, 0, 0],
    };
    expect(answers(model({ tree }), [1])).toEqual([[1.5]]);
  });

  test.each<[string, string, ErrorCode, RegExp]>([
    ['cut off', model().slice(0, -40), 'model_corrupt', /broken JSON/],
    ['no object', '[]', 'model_corrupt', /no object/],
    [
      'a tree that bites its tail',
      model({ tree: { left_children: [1, 1, -1], right_children: [2, 2, -1] } }),
      'model_corrupt',
      /one way to each tree node/,
    ],
    [
      'a child that is the root',
      model({ tree: { left_children: [0, -1, -1] } }),
      'model_corrupt',
      /children .* above 0, found 0/,
    ],
    [
      'a child that is not there',
      model({ tree: { right_children: [9, -1, -1] } }),
      'model_corrupt',
      /a tree node below 3, found 9/,
    ],
    ['a column that is not there', model({ tree: { split_indices: [2, 0, 0] } }), 'model_corrupt', /a column below 2/],
    [
      'a threshold that is no number',
      model({ tree: { split_conditions: [null, -1, 1] } }),
      'model_corrupt',
      /threshold/,
    ],
    [
      'a leaf that is no number',
      model({ tree: { split_conditions: [0.5, null, 1] } }),
      'model_corrupt',
      /finite numbers in the leaves/,
    ],
    [
      'lists of different lengths',
      model({ tree: { default_left: [1] } }),
      'model_corrupt',
      /3 numbers in default_left .* found 1/,
    ],
    [
      'vectors in the leaves of another length',
      model({ tree: { tree_param: { size_leaf_vector: '3' } } }),
      'model_corrupt',
      /1 numbers in the leaves .* found 3/,
    ],
    [
      'vectors that are not there',
      model({ tree: { tree_param: { size_leaf_vector: '2' }, base_weights: [0, 1] }, param: { num_target: '2' } }),
      'model_corrupt',
      /6 numbers in base_weights .* found 2/,
    ],
    [
      'a leaf whose vector is not there',
      model({
        tree: { tree_param: { size_leaf_vector: '2' }, leaf_weights: [0, 1, 2, 3], right_children: [2, 0, 7] },
        param: { num_target: '2' },
      }),
      'model_corrupt',
      /finite numbers in the leaves/,
    ],
    [
      'an objective of nobody',
      model({ objective: 'reg:\u001bfancy' }),
      'model_unsupported',
      /objective "reg:\\u001bfancy" cannot be served/,
    ],
    [
      'another booster',
      model({ booster: { name: 'gbwood' } }),
      'model_unsupported',
      /gbtree, dart or gblinear, found "gbwood"/,
    ],
    [
      'a base score without a logit',
      model({ objective: 'count:poisson', param: { base_score: '-1' } }),
      'model_corrupt',
      /base_score that count:poisson can take/,
    ],
    ['more columns than any', model({ param: { num_feature: '1e99' } }), 'model_corrupt', /num_feature/],
    [
      'a score that is not there',
      model({ booster: { name: 'gbtree', model: { gbtree_model_param: {}, trees: [TREE], tree_info: [3] } } }),
      'model_corrupt',
      /output column/,
    ],
    ['the binary state of old, cut off', 'CONFIG-offset:\0\0\0\0', 'model_corrupt', /cut off/],
  ])('%s is refused', (_, text, code, says) => {
    expect(() => translate(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) as string }),
    );
  });
});

test('a wrapper that was never fitted is told so', () => {
  const wrapper = new PyObject(new PyGlobal('xgboost.sklearn', 'XGBClassifier'), []);
  wrapper.state = new PyDict();
  expect(() => translateSklearn(wrapper)).toThrow(
    expect.objectContaining({
      code: 'model_unsupported',
      message: expect.stringMatching(/fitted XGBClassifier.*call fit/) as string,
    }),
  );
});

test('a class of the package that is not served is refused with those that are', () => {
  const object = new PyObject(new PyGlobal('xgboost.dask', 'DaskXGBClassifier'), []);
  expect(() => translateSklearn(object)).toThrow(
    expect.objectContaining({
      code: 'model_unsupported',
      message: expect.stringMatching(/DaskXGBClassifier.*XGBRegressor/) as string,
    }),
  );
});
