import { PyDict, PyGlobal, PyObject, PyTuple } from '../pickle/records';
import { dictKeys } from './dict-vectorizer';
import { Estimator } from './estimator';
import { entrances, knownWidth } from './input-shape';
import { isTextVectorizer } from './text-vectorizers';

/** A vectorizer that was pickled beside a model, and both as one. */
export interface VectorizerPair {
  vectorizer: PyObject;
  /** The Pipeline of the two. */
  model: PyObject;
}

/**
 * The vectorizer among `beside` that `model` was fitted behind, as a Pipeline with it, which answers what
 * `model.predict(vectorizer.transform(rows))` does. A vectorizer makes the columns of records or texts, so a model of as
 * many columns has no other use for it; of a scaler that cannot be told. Null when there is none, or more than one.
 */
export function pairWithVectorizer(model: PyObject, beside: readonly PyObject[]): VectorizerPair | null {
  const vectorizers = beside.filter(isVectorizer);
  const [vectorizer] = vectorizers;
  if (!vectorizer || vectorizers.length > 1) return null;
  const estimator = new Estimator(model);
  if (entrances(estimator).some(({ object }) => isVectorizer(object))) return null;
  const width = outputWidth(new Estimator(vectorizer));
  if (width === undefined || width !== knownWidth(estimator)) return null;
  return { vectorizer, model: pipelineOf(vectorizer, model) };
}

/** Whether it makes columns of records or texts. */
export function isVectorizer(object: PyObject): boolean {
  const estimator = new Estimator(object);
  return object.path.startsWith('sklearn.') && (isTextVectorizer(estimator) || estimator.name === 'DictVectorizer');
}

function outputWidth(vectorizer: Estimator): number | undefined {
  if (vectorizer.name === 'DictVectorizer') {
    return dictKeys(vectorizer)?.reduce((sum, { number, texts }) => sum + (number < 0 ? 0 : 1) + texts.size, 0);
  }
  if (vectorizer.name === 'HashingVectorizer') return vectorizer.number('n_features', 2 ** 20);
  const vocabulary = vectorizer.get('vocabulary_');
  return vocabulary instanceof PyDict ? vocabulary.size : undefined;
}

function pipelineOf(vectorizer: PyObject, model: PyObject): PyObject {
  const pipeline = new PyObject(new PyGlobal('sklearn.pipeline', 'Pipeline'), []);
  const state = new PyDict();
  state.set('steps', [new PyTuple(['vectorizer', vectorizer]), new PyTuple(['model', model])]);
  const { version } = new Estimator(vectorizer);
  if (version) state.set('_sklearn_version', version.text);
  pipeline.state = state;
  return pipeline;
}
