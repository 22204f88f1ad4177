import { AppError } from '../../../common/errors';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/records';
import { STDLIB_MODULES } from '../pickle/stdlib-modules';
import { asText, describe } from './arrays';
import { columnNames } from './column-names';
import { isVectorizer, pairWithVectorizer } from './vectorizer-pairs';

/** Only so many values of a container are looked at and named. */
const SHOWN = 8;
const MAX_NAME = 80;
/** Packages whose objects stand beside a model and are none. */
const DATA_PACKAGES = new Set(['numpy', 'pandas', 'scipy', 'pyarrow', 'polars']);

/** What a file holds: the estimator, and the names of its columns where they stand beside it. */
export interface OpenedRoot {
  model: PyObject;
  names: string[] | null;
}

/**
 * Finds the estimator in what was pickled: the estimator itself; the value under `model` of a dict, or its only
 * estimator; the only estimator of a list or tuple; a vectorizer and the model fitted behind it, as one. What is left out
 * is told as a warning, louder when it is a transformer that the model may have been fitted behind.
 * @throws AppError model_unsupported saying what was found and what to save instead
 */
export function openRoot(root: PyValue, warnings: Set<string>): OpenedRoot {
  if (root instanceof PyObject) return { model: root, names: null };
  if (root instanceof PyDict) return openDict(root, warnings);
  const items = root instanceof PyTuple ? root.items : Array.isArray(root) ? root : null;
  if (items) return openSequence(items, root instanceof PyTuple ? 'tuple' : 'list', warnings);
  const advice =
    root instanceof PyGlobal
      ? 'a class or a function; save the object that was fitted, joblib.dump(model, path)'
      : 'save the object that was fitted, joblib.dump(model, path)';
  throw new AppError(
    'model_unsupported',
    `expected a fitted estimator, or a dict with 'model', found ${describe(root)}: ${advice}`,
  );
}

function openDict(root: PyDict, warnings: Set<string>): OpenedRoot {
  const entries = [...root.entries()];
  const paired = root.has('feature_names') ? null : pairOfDict(root, entries, warnings);
  if (paired) return { model: paired, names: null };
  const estimators = entries.filter(([, value]) => isEstimator(value));
  const key = root.has('model') || estimators.length !== 1 ? 'model' : asText(estimators[0]![0]);
  const model = key === undefined ? undefined : root.get(key);
  if (!(model instanceof PyObject)) {
    const found = root.has('model') ? `${describe(model)} there` : `a dict with ${keysOf(entries) || 'nothing'}`;
    throw new AppError(
      'model_unsupported',
      `expected a dict with a fitted estimator under 'model', found ${found}${severalAdvice(estimators.length)}`,
    );
  }
  if (key !== 'model') warnings.add(`the estimator under ${describe(key)} of the dict is served, the only one in it`);
  const others = entries.filter(([name]) => name !== key && name !== 'feature_names');
  if (others.length > 0) {
    warnings.add(`only '${key}' and 'feature_names' of the dict are used, not ${keysOf(others)}`);
  }
  for (const [name, value] of others.slice(0, SHOWN)) {
    if (isEstimator(value)) warnings.add(notApplied(value, `under ${describe(name)}`));
  }
  return { model, names: givenNames(root.get('feature_names')) };
}

/** The model of a dict with the vectorizer beside it: the value under `model`, or the only other estimator. */
function pairOfDict(
  root: PyDict,
  entries: readonly (readonly [PyValue, PyValue])[],
  warnings: Set<string>,
): PyObject | null {
  const estimators = entries.map(([, value]) => value).filter(isEstimator);
  const given = root.get('model');
  const model = given instanceof PyObject ? given : onlyModel(estimators);
  const pair = model && pairWithVectorizer(model, estimators);
  if (!pair) return null;
  warnings.add(applied(pair.vectorizer, 'dict'));
  const others = entries.filter(([, value]) => value !== model && value !== pair.vectorizer);
  if (others.length > 0) warnings.add(`${keysOf(others)} of the dict are not used`);
  for (const [name, value] of others.slice(0, SHOWN)) {
    if (isEstimator(value)) warnings.add(notApplied(value, `under ${describe(name)}`));
  }
  return pair.model;
}

/** The one that is no vectorizer, of two. */
function onlyModel(estimators: readonly PyObject[]): PyObject | null {
  const models = estimators.filter((estimator) => !isVectorizer(estimator));
  return estimators.length === 2 && models.length === 1 ? models[0]! : null;
}

function applied(vectorizer: PyObject, kind: string): string {
  return `the ${vectorizer.className} of the ${kind} is applied first, and the model to what it makes`;
}

function openSequence(items: readonly PyValue[], kind: string, warnings: Set<string>): OpenedRoot {
  const estimators = items.filter(isEstimator);
  const [model] = estimators;
  const behind = onlyModel(estimators);
  const pair = behind && pairWithVectorizer(behind, estimators);
  if (pair) {
    warnings.add(applied(pair.vectorizer, kind));
    return { model: pair.model, names: null };
  }
  if (!model || estimators.length > 1) {
    const found = items.slice(0, SHOWN).map((item) => describe(item).slice(0, MAX_NAME));
    throw new AppError(
      'model_unsupported',
      `expected a fitted estimator, or a dict with 'model', found a ${kind} of ${found.join(', ') || 'nothing'}${severalAdvice(estimators.length)}`,
    );
  }
  warnings.add(
    `the file holds a ${kind} of ${items.length}; the only estimator in it is served and the rest is not used`,
  );
  return { model, names: null };
}

/** Whether it is an object that may have been fitted: not of the standard library, and no table or array. */
function isEstimator(value: PyValue): value is PyObject {
  if (!(value instanceof PyObject)) return false;
  const root = value.path.split('.', 1)[0] ?? '';
  return !STDLIB_MODULES.has(root) && !DATA_PACKAGES.has(root);
}

function notApplied(value: PyObject, where: string): string {
  const name = value.className.slice(0, MAX_NAME);
  return `the ${name} ${where.slice(0, MAX_NAME)} is not applied to what is sent: apply it before, or save both as one model by make_pipeline`;
}

function severalAdvice(estimators: number): string {
  if (estimators < 2) return ": save the model alone, joblib.dump(model, path), or as {'model': model}";
  return ': a file is one model; save each to a file of its own, or steps that belong together as make_pipeline(scaler, model)';
}

function keysOf(entries: readonly (readonly [PyValue, PyValue])[]): string {
  return entries
    .slice(0, SHOWN)
    .map(([key]) => describe(key).slice(0, MAX_NAME))
    .join(', ');
}

function givenNames(value: PyValue | undefined): string[] | null {
  if (value === undefined || value === null) return null;
  const names = columnNames(value);
  if (names) return names;
  const found = value instanceof PyObject ? `an object of ${value.className.slice(0, MAX_NAME)}` : describe(value);
  throw new AppError(
    'model_unsupported',
    `expected 'feature_names' to be a list of texts, found ${found}; save list(X.columns) under it`,
  );
}
