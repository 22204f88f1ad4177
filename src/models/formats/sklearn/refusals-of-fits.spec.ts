import { doubles, loadEstimator, refusal } from '../../../../test/support/changed-estimator';
import { PyDict, PyGlobal, PyObject, PyTuple } from '../pickle/records';
import type { PyValue } from '../pickle/records';

function stateOf(object: PyValue | undefined): PyDict {
  if (object instanceof PyObject && object.state instanceof PyDict) return object.state;
  throw new Error('no attributes');
}

/** The last step of a pipeline, the estimator inside a wrapper of two classes, or the estimator itself. */
function innermost(root: PyObject): PyDict {
  const state = stateOf(root);
  const steps = state.get('steps');
  if (!Array.isArray(steps)) return state;
  const last = steps.at(-1);
  return stateOf(last instanceof PyTuple ? last.items[1] : undefined);
}

const OWN = new PyObject(new PyGlobal('__main__', 'Own'), []);

function keywords(name: string, value: PyValue): PyDict {
  const dict = new PyDict();
  dict.set(name, value);
  return dict;
}

/** What can be asked of scikit-learn and has no translation: the sentence says what to do. */
const UNSUPPORTED: [string, Record<string, PyValue>, RegExp][] = [
  ['isotonic-nan', { out_of_bounds: 'raise' }, /out_of_bounds='raise' cannot be served; use out_of_bounds='clip'/],
  ['kernel-ridge-rbf', { kernel: OWN }, /with the kernel of your own cannot be served; use linear, rbf/],
  ['kernel-pca-rbf', { kernel: 'precomputed' }, /the kernel precomputed cannot be served/],
  ['nystroem-rbf', { normalization_: doubles([8, 8], new Array<number>(64).fill(1e6)) }, /lower rank .* use fewer/],
  [
    'dictionary',
    { transform_algorithm: 'omp' },
    /solves an optimisation for each row.*transform_algorithm='threshold'/,
  ],
  ['envelope', { precision_: null }, /store_precision=True/],
  ['affinity', { cluster_centers_: doubles([0, 4], []) }, /did not converge.* raise max_iter or damping/],
  ['affinity', { cluster_centers_: null }, /affinity='precomputed'/],
  ['sampler-additive-2', { sample_steps: 1e9 }, /use at most 64/],
  ['agglomerate-mean', { pooling_func: OWN }, /numpy's mean, max, min or sum/],
  ['labels-spreading', { kernel: OWN }, /use kernel='rbf' or kernel='knn'/],
  ['numpy-clip', { func: OWN }, /the function __main__.Own cannot be served; use one of numpy's exp/],
  ['numpy-clip', { kw_args: keywords('a_min', [1, 2]) }, /a_min=a list .* give it numbers only/],
  ['numpy-sin', { kw_args: keywords('where', true) }, /where=true .* of no arguments/],
  [
    'target-power',
    { transformer_: new PyObject(new PyGlobal('sklearn.preprocessing', 'Normalizer'), []) },
    /of the target/,
  ],
  ['indicator', { features_: doubles([0], []) }, /saw nothing missing/],
];

/** What no fit writes. */
const CORRUPT: [string, Record<string, PyValue>, RegExp][] = [
  ['isotonic-clip', { X_thresholds_: doubles([2], [1, 0]), y_thresholds_: doubles([2], [0, 1]) }, /increasing/],
  ['envelope', { precision_: doubles([2], [1, 1]) }, /16 values in precision_/],
  ['kernel-pca-rbf', { eigenvalues_: doubles([1], [1]) }, /values in eigenvalues_/],
  ['kernel-ridge-rbf', { dual_coef_: doubles([3], [1, 2, 3]) }, /rows for 40 points/],
  ['indicator', { features_: doubles([1], [99]) }, /a column below 4/],
  ['birch', { subcluster_labels_: doubles([1], [0]) }, /values in subcluster_labels_/],
  ['codes', { code_book_: doubles([1, 1], [0]) }, /code_book_/],
  ['least-squares-regression', { coef_: doubles([1, 1], [0]) }, /coef_/],
  ['sketch', { indexHash_: doubles([2, 4], new Array<number>(8).fill(99)) }, /indexHash_/],
  ['boltzmann', { components_: doubles([1, 1], [0]) }, /rows of 4 columns/],
];

describe('fitted models that cannot be served', () => {
  it.each(UNSUPPORTED)('%s, case %#', (name, attributes, sentence) => {
    const root = loadEstimator(name);
    for (const [key, value] of Object.entries(attributes)) innermost(root).set(key, value);
    expect(refusal(root)).toEqual({
      code: 'model_unsupported',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it.each(CORRUPT)('broken %s, case %#', (name, attributes, sentence) => {
    const root = loadEstimator(name);
    for (const [key, value] of Object.entries(attributes)) innermost(root).set(key, value);
    expect(refusal(root)).toEqual({ code: 'model_corrupt', sentence: expect.stringMatching(sentence) as string });
  });

  it.each([
    ['indices', doubles([1], [1e9])],
    ['indptr', doubles([4], [0, 9, 2, 3])],
    ['indptr', doubles([4], [0, 0, 0, 1e9])],
    ['_shape', [-3, 4]],
    ['_shape', [0.5, 4]],
  ] as [string, PyValue][])('a sparse matrix with other %s, case %#', (key, value) => {
    const root = loadEstimator('project-sparse');
    stateOf(stateOf(root).get('components_')).set(key, value);
    expect(refusal(root)).toMatchObject({ code: 'model_corrupt' });
  });

  it('a sparse matrix that would be too large', () => {
    const root = loadEstimator('project-sparse');
    stateOf(stateOf(root).get('components_')).set('_shape', [2 ** 30, 2 ** 20]);
    expect(refusal(root)).toMatchObject({ code: 'import_limit' });
  });

  it('a tree of clusters that leads back to itself', () => {
    const root = loadEstimator('bisect-largest');
    const tree = stateOf(root).get('_bisecting_tree');
    stateOf(tree).set('left', tree!);
    expect(refusal(root)).toMatchObject({ code: 'model_corrupt' });
  });

  it('a transformer of the target that holds itself', () => {
    const root = loadEstimator('target-steps');
    const transformer = stateOf(root).get('transformer_')!;
    stateOf(transformer).set('steps', [new PyTuple(['again', transformer])]);
    expect(refusal(root)).toMatchObject({ code: 'model_corrupt' });
  });
});
