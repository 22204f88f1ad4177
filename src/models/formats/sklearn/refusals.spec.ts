import { doubles, loadEstimator, refusal } from '../../../../test/support/changed-estimator';
import { isNdArray, PyDict, PyGlobal, PyObject } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { translateSklearn } from './translate-sklearn';

/** The golden model with some attributes replaced. */
function changed(name: string, attributes: Record<string, PyValue>): PyObject {
  const root = loadEstimator(name);
  if (!(root.state instanceof PyDict)) throw new Error(`no attributes in ${name}`);
  for (const [key, value] of Object.entries(attributes)) root.state.set(key, value);
  return root;
}

function attribute(object: PyObject, name: string): PyValue {
  return (object.state as PyDict).get(name) ?? null;
}

const OWN = new PyObject(new PyGlobal('__main__', 'Own'), []);
const SPARSE = new PyObject(new PyGlobal('scipy.sparse._csr', 'csr_matrix'), []);

/** What can be asked of scikit-learn and has no translation: the sentence says what to do. */
const UNSUPPORTED: [string, Record<string, PyValue>, RegExp][] = [
  [
    'neighbors-distance',
    { effective_metric_: 'mahalanobis' },
    /the metric mahalanobis cannot be served; use euclidean/,
  ],
  ['neighbors-distance', { effective_metric_: OWN }, /the metric of your own/],
  ['neighbors-distance', { effective_metric_: '__proto__' }, /the metric __proto__/],
  ['neighbors-distance', { weights: OWN }, /with weights of your own cannot be served; use weights='uniform'/],
  [
    'neighbors-distance',
    { _fit_X: SPARSE },
    /_fit_X as csr_matrix cannot be served; use dense_output or a dense array/,
  ],
  ['svr-constant-epsilon', { _dual_coef_: SPARSE }, /_dual_coef_ as csr_matrix cannot be served/],
  ['logistic-two', { coef_: SPARSE }, /after sparsify\(\) cannot be served; call its densify\(\) before saving it/],
  ['novelty-share', { novelty: false }, /fit it with novelty=True/],
  ['fill-rounds', { sample_posterior: true }, /sample_posterior=True, which draws at random/],
  ['fill-neighbors-uniform', { metric: OWN }, /use nan_euclidean/],
  ['fill-neighbors-uniform', { weights: OWN }, /weights='uniform'/],
  ['fill-neighbors-uniform', { missing_values: -1 }, /use missing_values=np.nan/],
  ['spline-line', { extrapolation: 'error' }, /use extrapolation='linear'/],
  ['dict', { feature_names_: ['a', 'a=x'] }, /numbers and texts under 'a' cannot be served; use two keys/],
];

/** What no fit writes. */
const CORRUPT: [string, Record<string, PyValue>, RegExp][] = [
  ['neighbors-distance', { n_neighbors: 1e6 }, /n_neighbors .* at most 150/],
  ['neighbors-distance', { n_neighbors: 0 }, /1 to 150 neighbours/],
  ['neighbors-distance', { n_neighbors: 2.5 }, /1 to 150 neighbours/],
  ['neighbors-distance', { _y: doubles([150], new Array<number>(150).fill(7)) }, /_y .* class numbers/],
  ['neighbors-distance', { _y: doubles([3], [0, 1, 2]) }, /150|points/],
  [
    'neighbors-distance',
    { effective_metric_params_: null, effective_metric_: 'minkowski', _fit_X: doubles([2, 3], [1, 2, 3, 4, 5, 6]) },
    /rows of 4 columns/,
  ],
  ['ada-regressor', { estimator_weights_: doubles([1], [1]) }, /a weight for each of/],
  ['mixture-bayes-dirichlet', { covariance_type: 'round' }, /precisions_cholesky_|covariance_type/],
  ['chain-regressor', { order_: doubles([3], [0, 0, 1]) }, /each target once/],
  ['quantile-uniform', { references_: doubles([2], [0, 1]) }, /references_/],
  ['target-encoder-three', { target_mean_: doubles([2], [0.5, 0.5]) }, /encodings_/],
  ['tfidf-weights-plain', { idf_: doubles([1], [1]) }, /idf_/],
];

/** Text that is taken apart by something that scikit-learn does not have. */
const TEXT: [string, Record<string, PyValue>, RegExp][] = [
  ['text-count-plain', { analyzer: OWN }, /with an analyzer of your own .* cannot be served; use/],
  ['text-count-plain', { tokenizer: OWN }, /with a tokenizer of your own/],
  ['text-count-plain', { preprocessor: OWN }, /with a preprocessor of your own/],
  ['text-count-plain', { strip_accents: OWN }, /strip_accents of your own/],
  ['text-count-plain', { token_pattern: '(a+)+$' }, /token_pattern "\(a\+\)\+\$" cannot be served/],
  ['text-count-plain', { token_pattern: null }, /token_pattern/],
  ['text-count-plain', { input: 'filename' }, /with input='filename'/],
  ['text-count-plain', { ngram_range: [1, 1000] }, /ngram_range within 1 and 32/],
  ['text-count-plain', { ngram_range: [2, 1] }, /ngram_range/],
  ['text-tfidf-plain', { dtype: new PyGlobal('numpy', 'float32') }, /with dtype numpy.float32 cannot be served/],
  ['text-count-plain', { vocabulary_: undefined as unknown as PyValue }, /call fit before saving it/],
];

/** Vocabularies that no fit writes. */
const VOCABULARY: [string, [PyValue, PyValue][]][] = [
  ['none', []],
  [
    'a column twice',
    [
      ['a', 0],
      ['b', 0],
    ],
  ],
  [
    'a column that is missing',
    [
      ['a', 0],
      ['b', 2],
    ],
  ],
  ['a column below nothing', [['a', -1]]],
  ['half a column', [['a', 0.5]]],
  ['terms that are no text', [[1, 0]]],
];

describe('models that cannot be served', () => {
  it.each(UNSUPPORTED)('%s, case %#', (name, attributes, sentence) => {
    expect(refusal(changed(name, attributes))).toEqual({
      code: 'model_unsupported',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it.each(TEXT)('%s, text case %#', (name, attributes, sentence) => {
    expect(refusal(changed(name, attributes))).toEqual({
      code: 'model_unsupported',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it.each(VOCABULARY)('a vocabulary of %s', (_what, entries) => {
    const vocabulary = new PyDict();
    for (const [term, column] of entries) vocabulary.set(term, column);
    expect(refusal(changed('text-count-plain', { vocabulary_: vocabulary }))).toMatchObject({ code: 'model_corrupt' });
  });

  it('refuses more hashed columns than can be laid out', () => {
    expect(refusal(changed('text-hash-plain', { n_features: 2 ** 30 }))).toMatchObject({ code: 'import_limit' });
  });

  it('sends the model of a wide vocabulary back for its vectorizer', () => {
    expect(refusal(changed('logistic-two', { n_features_in_: 460_909 }))).toEqual({
      code: 'import_limit',
      sentence: expect.stringMatching(
        /at most 100000 columns .* found 460909; .* make_pipeline\(vectorizer, model\)/,
      ) as string,
    });
  });

  it('refuses weights of other terms', () => {
    const model = loadEstimator('text-tfidf-plain');
    const weights = attribute(model, '_tfidf') as PyObject;
    (weights.state as PyDict).set('idf_', doubles([1], [1]));
    expect(refusal(model)).toMatchObject({ code: 'model_corrupt', sentence: expect.stringMatching(/idf_/) as string });
  });

  it.each(CORRUPT)('broken %s, case %#', (name, attributes, sentence) => {
    expect(refusal(changed(name, attributes))).toEqual({
      code: 'model_corrupt',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it('refuses sets of categories that are not there', () => {
    const model = loadEstimator('hist-codes');
    const first = (attribute(model, '_predictors') as PyValue[][])[0]![0] as PyObject;
    (first.state as PyDict).set('raw_left_cat_bitsets', doubles([0, 8], []));
    expect(refusal(model)).toEqual({
      code: 'model_corrupt',
      sentence: expect.stringMatching(/raw_left_cat_bitsets/) as string,
    });
  });

  it.each([
    ['decomposition._nmf.NMF', /TruncatedSVD, PCA or FactorAnalysis/],
    ['cluster._dbscan.DBSCAN', /only labels the rows of its fit/],
  ])('says what to do instead of %s', (path, sentence) => {
    const at = path.lastIndexOf('.');
    const model = new PyObject(new PyGlobal(`sklearn.${path.slice(0, at)}`, path.slice(at + 1)), []);
    expect(refusal(model)).toEqual({
      code: 'model_unsupported',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it('takes missing values and unknown categories where the fit does', () => {
    const { features } = translateSklearn(loadEstimator('hist-dtype')).graph;
    expect(features.map(({ name, kind, nullable, closed }) => [name, kind, nullable, closed])).toEqual([
      ['age', 'number', true, undefined],
      ['colour', 'text', true, undefined],
      ['grade', 'number', true, undefined],
      ['member', 'text', true, undefined],
      ['active', 'number', true, undefined],
      ['ratio', 'number', true, undefined],
    ]);
    expect(isNdArray(attribute(loadEstimator('hist-dtype'), 'is_categorical_'))).toBe(true);
  });

  it('names the keys of dicts as columns', () => {
    const { features } = translateSklearn(loadEstimator('dict-logistic')).graph;
    expect(features.map(({ name, kind }) => [name, kind])).toEqual([
      ['active', 'number'],
      ['age', 'number'],
      ['colour', 'text'],
      ['grade', 'number'],
      ['member', 'text'],
      ['ratio', 'number'],
    ]);
  });
});
