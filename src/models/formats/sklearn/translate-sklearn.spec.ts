import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../common/errors';
import type { FeatureSpec } from '../../../common/signature';
import type { Tensor } from '../../../common/tensor';
import { compileEvaluator } from '../../graph/evaluate';
import { sizeOf, toValues } from '../pickle/numpy';
import { readPickle } from '../pickle/read-pickle';
import { isNdArray, PyDict, PyGlobal, PyObject } from '../pickle/records';
import type { NdArray, PyValue } from '../pickle/records';
import { graphSignature } from '../../graph/graph-signature';
import { translateSklearn } from './translate-sklearn';

const GOLDEN = join(__dirname, '../../../../test/golden/sklearn');

function load(version: string, name: string): PyValue {
  return readPickle(readFileSync(join(GOLDEN, version, `${name}.pkl`))).root;
}

function features(version: string, name: string): FeatureSpec[] {
  return translateSklearn(load(version, name)).graph.features;
}

function refusal(root: PyValue, options = {}): AppError {
  try {
    translateSklearn(root, options);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected a refusal, found a translation');
}

function estimator(path: string, attributes: Record<string, PyValue>): PyObject {
  const at = path.lastIndexOf('.');
  const object = new PyObject(new PyGlobal(path.slice(0, at), path.slice(at + 1)), []);
  const state = new PyDict();
  for (const [name, value] of Object.entries(attributes)) state.set(name, value);
  object.state = state;
  return object;
}

function attribute(object: PyValue | undefined, name: string): PyValue | undefined {
  return object instanceof PyObject && object.state instanceof PyDict ? object.state.get(name) : undefined;
}

/** The first tree of a forest and a writer for one field of one node. */
function firstTree(root: PyValue): { nodes: NdArray; write: (node: number, field: string, value: number) => void } {
  const trees = attribute(root, 'estimators_') as PyValue[];
  const nodes = attribute(attribute(trees[0], 'tree_'), 'nodes');
  if (!isNdArray(nodes) || Array.isArray(nodes.data)) throw new Error('no nodes');
  const data = Uint8Array.from(nodes.data);
  nodes.data = data;
  const write = (node: number, field: string, value: number): void => {
    const { offset, dtype } = nodes.dtype.fields!.get(field)!;
    const view = new DataView(data.buffer);
    if (dtype.kind === 'f') view.setFloat64(node * nodes.dtype.itemSize + offset, value, true);
    else view.setBigInt64(node * nodes.dtype.itemSize + offset, BigInt(value), true);
  };
  return { nodes, write };
}

describe('translateSklearn', () => {
  it.each(['dummy-prior', 'dummy-regressor'])('reads no column for %s', (name) => {
    const read = features('1.9.1', name).map(({ kind, nullable, ignored }) => ({ kind, nullable, ignored }));
    expect(read).toEqual(new Array(4).fill({ kind: 'number', nullable: true, ignored: true }));
  });

  it('describes a classifier over a mixed frame: two inputs, columns in the order of the client', () => {
    const { graph, framework, frameworkVersion } = translateSklearn(load('1.9.1', 'columns-error'));
    const signature = graphSignature(graph);
    expect([framework, frameworkVersion]).toEqual(['scikit-learn', '1.9.1']);
    expect(signature.inputs).toEqual([
      { name: 'numeric', datatype: 'FP64', shape: [-1, 4] },
      { name: 'text', datatype: 'BYTES', shape: [-1, 2] },
    ]);
    expect(signature.outputs).toEqual([
      { name: 'label', datatype: 'BYTES', shape: [-1], role: 'label', classes: ['no', 'yes'] },
      { name: 'probabilities', datatype: 'FP64', shape: [-1, 2], role: 'probabilities', classes: ['no', 'yes'] },
    ]);
    expect(signature.features).toEqual([
      { name: 'age', kind: 'number', input: 0, column: 0, nullable: false },
      {
        name: 'colour',
        kind: 'text',
        input: 1,
        column: 0,
        nullable: false,
        categories: ['blue', 'green', 'red', 'weiß', '日本'],
        closed: true,
      },
      { name: 'grade', kind: 'number', input: 0, column: 1, nullable: true, ignored: true },
      { name: 'member', kind: 'text', input: 1, column: 1, nullable: false, categories: ['no', 'yes'], closed: true },
      { name: 'active', kind: 'boolean', input: 0, column: 2, nullable: false, categories: [false, true] },
      { name: 'ratio', kind: 'number', input: 0, column: 3, nullable: true, ignored: true },
    ]);
  });

  it('closes a text column that reaches its encoder through an imputer, and takes null there', () => {
    const root = load('1.9.1', 'columns-names');
    const columns = translateSklearn(root).graph.features;
    expect(columns.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['age', true],
      ['colour', true],
      ['grade', true],
      ['member', true],
      ['active', true],
      ['ratio', true],
    ]);
    expect(columns[1]).not.toHaveProperty('closed');
  });

  it('takes null only where the fit saw missing values', () => {
    const nullable = (version: string, name: string): boolean[] =>
      features(version, name).map((feature) => feature.nullable);
    expect(nullable('1.9.1', 'forest-three')).toEqual([false, false, false, false]);
    expect(nullable('1.9.1', 'forest-holes')).toEqual([true, true, true, true]);
    expect(nullable('1.3.2', 'tree-holes')).toEqual([true, true, true, true]);
    expect(nullable('1.3.2', 'tree-random')).toEqual([false, false, false, false]);
    expect(nullable('1.9.1', 'extra-holes')).toEqual([true, true, true, true]);
    expect(nullable('1.9.1', 'scale-then-impute')).toEqual([true, true, true, true]);
    for (const scaler of ['scale-holes', 'min-max', 'standard-no-mean', 'power']) {
      expect(nullable('1.9.1', scaler)).toEqual([true, true, true, true]);
    }
    for (const refused of ['select', 'eliminate', 'min-max-tree', 'polynomial'])
      expect(nullable('1.9.1', refused)).not.toContain(true);
    expect(nullable('1.9.1', 'imputer-value')).toEqual([false, false, false]);
    expect(nullable('1.9.1', 'one-hot-text')).toEqual([false, false]);
    expect(nullable('1.9.1', 'one-hot-missing')).toEqual([true, true]);
    expect(nullable('1.9.1', 'ordinal-missing')).toEqual([true, true]);
    expect(nullable('1.0.2', 'ordinal-missing')).toEqual([true, true]);
  });

  it('takes feature names from the dict before those of the fit', () => {
    expect(features('1.9.1', 'tree').map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(features('1.9.1', 'linear').map(({ name }) => name)).toEqual(['p', 'q', 'r', 's']);
    const dict = new PyDict();
    dict.set('model', load('1.9.1', 'lasso'));
    dict.set('feature_names', ['a', 'b', 'c']);
    expect(refusal(dict)).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('expected 4 feature names'),
    });
    dict.set('feature_names', ['a', 'b', 'c', 'a']);
    expect(refusal(dict).message).toContain("found 'a' twice");
    dict.set('feature_names', ['a', 'b', 'c', 'd']);
    dict.set('scaler', null);
    expect(translateSklearn(dict).warnings).toEqual([expect.stringContaining("'scaler'")]);
  });

  it('gathers probe values in units of the raw columns, also behind a scaler', () => {
    const { graph } = translateSklearn(load('1.9.1', 'min-max-tree'));
    const [first] = graph.probes.values;
    // The first column was drawn around 5 with a deviation of 1; thresholds of the scaled column lie within 0 and 1.
    expect(first!.filter((value) => typeof value === 'number' && value > 2 && value < 8).length).toBeGreaterThanOrEqual(
      3,
    );
  });

  it.each([
    [
      'an unknown class',
      estimator('sklearn.cluster._spectral.SpectralClustering', { _sklearn_version: '1.9.1' }),
      'model_unsupported',
      /SpectralClustering of sklearn\.cluster\._spectral \(scikit-learn 1\.9\.1\).*only labels the rows/,
    ],
    [
      'a class of the user',
      estimator('__main__.MyModel', {}),
      'model_unsupported',
      /MyModel, a class of your own script/,
    ],
    [
      'an estimator before fit',
      estimator('sklearn.ensemble._forest.RandomForestClassifier', { n_estimators: 5 }),
      'model_unsupported',
      /fitted RandomForestClassifier.*call fit/,
    ],
    [
      "LightGBM's wrapper before fit",
      estimator('lightgbm.sklearn.LGBMClassifier', { _Booster: null, _n_features: -1, _n_features_in: -1 }),
      'model_unsupported',
      /fitted LGBMClassifier.*call fit/,
    ],
    [
      'a fitted one without trees',
      estimator('sklearn.ensemble._forest.RandomForestClassifier', { n_features_in_: 4 }),
      'model_unsupported',
      /without estimators_: call fit/,
    ],
    [
      'a search without refit',
      estimator('sklearn.model_selection._search.GridSearchCV', { refit: false, n_features_in_: 4 }),
      'model_unsupported',
      /refit=False/,
    ],
    ['a list', [1, 2], 'model_unsupported', /fitted estimator, or a dict with 'model', found a list/],
    ['text', 'hello', 'model_unsupported', /found 'hello'/],
    ['an empty dict', new PyDict(), 'model_unsupported', /under 'model', found a dict with nothing/],
  ] as const)('refuses %s in words to act on', (_name, root, code, message) => {
    const error = refusal(root as PyValue);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each([
    [
      'a child before its parent',
      'left_child',
      0,
      /children of node 0 between 1 and \d+ of DecisionTreeClassifier, found 0/,
    ],
    ['a child beyond the last node', 'right_child', 1e6, /found 1000000/],
    ['a feature that does not exist', 'feature', 4, /feature below 4.*found 4/],
    ['a negative feature', 'feature', -2, /feature below 4.*found -2/],
    ['a threshold that is no number', 'threshold', NaN, /finite thresholds.*NaN/],
  ])('refuses a tree with %s', (_name, field, value, message) => {
    const root = load('1.9.1', 'forest-three');
    firstTree(root).write(0, field, value);
    const error = refusal(root);
    expect(error.code).toBe('model_corrupt');
    expect(error.message).toMatch(message);
  });

  it('stops at estimators that refer to one another many times over', () => {
    let nested: PyValue = load('1.9.1', 'linear-one');
    for (let level = 0; level < 20; level++) {
      nested = estimator('sklearn.ensemble._voting.VotingRegressor', {
        estimators_: [nested, nested, nested],
        n_features_in_: 1,
      });
    }
    expect(refusal(nested)).toMatchObject({
      code: 'import_limit',
      message: expect.stringContaining('20000 estimators'),
    });
  });

  it('takes the class of the greatest count of a tree of 1.3, also where the shares round to one number', () => {
    const root = (load('1.3.2', 'tree') as PyDict).get('model')!;
    const values = attribute(attribute(root, 'tree_'), 'values') as NdArray;
    const counts = [1.9780811402823126, 1.9780811402823129, 1.9];
    const all = Float64Array.from({ length: sizeOf(values) }, (_, i) => counts[i % 3]!);
    values.data = new Uint8Array(all.buffer);
    const { graph } = translateSklearn(root);
    const width = graph.features.length;
    const input: Tensor = { datatype: 'FP64', shape: [1, width], data: new Float64Array(width) };
    const [label, probabilities] = compileEvaluator(graph)([input], 1);
    expect(probabilities!.data[0]).toBe(probabilities!.data[1]);
    expect(Number(label!.data[0])).toBe(graph.outputs[0]!.classes![1]);
  });

  it('answers the baseline of a histogram boosting without trees, for missing values as well', () => {
    const root = load('1.9.1', 'hist-regressor') as PyObject;
    (root.state as PyDict).set('_predictors', []);
    const { graph } = translateSklearn(root);
    const width = graph.features.length;
    const input: Tensor = { datatype: 'FP64', shape: [2, width], data: new Float64Array(2 * width).fill(NaN, width) };
    const [first, second] = compileEvaluator(graph)([input], 2)[0]!.data;
    expect(first).toBe(toValues(attribute(root, '_baseline_prediction') as NdArray)[0]);
    expect(second).toBe(first);
  });

  it('stops at its budget of tree nodes', () => {
    expect(refusal(load('1.9.1', 'forest-deep'), { maxTreeNodes: 20 }).code).toBe('import_limit');
  });
});
