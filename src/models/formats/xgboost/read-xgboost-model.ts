import { AppError } from '../../../common/errors';
import { quote } from '../boosters/quote';
import { isBinaryModel, readBinaryModel } from './binary-model';
import { isObject, listAt, member, numberAt, numbersAt, objectAt, textAt, textsAt } from './json-members';
import type { JsonObject } from './json-members';
import { readUbjson } from './ubjson';
import type { UbjsonValue } from './ubjson';

/** An XGBoost model: what its JSON says, checked as far as that is possible without its trees. */
export interface XgboostModel {
  /** `3.4.1`; null before 1.0, which did not note it. */
  version: string | null;
  major: number;
  minor: number;
  objective: string;
  objectiveOptions: JsonObject;
  booster: 'gbtree' | 'dart' | 'gblinear';
  features: number;
  names: string[] | null;
  /** `q`, `int`, `float`, `i` or, of categories, `c`. */
  types: string[] | null;
  /** Scores of a row: classes, targets, or one. */
  groups: number;
  targets: number;
  /** As the file has it: one for all scores, or one for each. */
  baseScore: number[];
  /** Whether the base score is on the scale of the leaves (before 1.0), rather than of what is answered. */
  baseIsMargin: boolean;
  /** The trees as the file has them, the score that each adds to, and its weight (dart). */
  trees: JsonObject[];
  treeGroups: ArrayLike<number>;
  treeWeights: ArrayLike<number> | null;
  /** Trees before the end of each boosting round. */
  roundEnds: number[];
  /** gblinear: [features + 1, groups], the biases last. */
  weights: ArrayLike<number> | null;
  /** Names of categories, which XGBoost keeps since 3.1; null when it has none. */
  categories: JsonObject | null;
  attributes: JsonObject;
}

/** A text of more bytes than this cannot become a string of JavaScript. */
const MAX_JSON_BYTES = 400 * 2 ** 20;
const MAX_FEATURES = 1_000_000;
const MAX_GROUPS = 10_000;

/**
 * Reads a model as `save_model` writes it (JSON or UBJSON, doc/tutorials/saving_model.rst of dmlc/xgboost, or binary), or
 * the state of a pickled Booster, which wraps the same model in `Model` beside a `Config`.
 * @throws AppError model_corrupt or model_unsupported
 */
export function readXgboostModel(bytes: Uint8Array): XgboostModel {
  const root = parse(bytes);
  if (!isObject(root)) throw new AppError('model_corrupt', 'expected an XGBoost model, found no object in the file');
  const model = isObject(member(root, 'Model')) ? objectAt(root, 'Model') : root;
  const learner = objectAt(model, 'learner');
  const [major = 0, minor = 0, patch = 0] = Array.from(numbersAt(model, 'version'));
  const objective = objectAt(learner, 'objective');
  const param = objectAt(learner, 'learner_model_param');
  const features = count(param, 'num_feature', 1, MAX_FEATURES);
  const targets = count(param, 'num_target', 1, MAX_GROUPS, 1);
  const groups = Math.max(1, targets, count(param, 'num_class', 0, MAX_GROUPS, 0));
  const attributes = isObject(member(learner, 'attributes')) ? objectAt(learner, 'attributes') : {};
  return {
    version: major === 0 ? null : `${major}.${minor}.${patch}`,
    major,
    minor,
    objective: textAt(objective, 'name') ?? '',
    objectiveOptions: objective,
    features,
    names: textsAt(learner, 'feature_names'),
    types: textsAt(learner, 'feature_types'),
    groups,
    targets,
    baseScore: baseScore(param, groups),
    baseIsMargin: member(param, 'base_margin') !== undefined,
    attributes,
    ...readBooster(objectAt(learner, 'gradient_booster'), groups, treesOfRound(attributes)),
  };
}

/** Whether a version of XGBoost older than `major.minor` wrote the model. */
export function isBefore(model: { major: number; minor: number }, major: number, minor: number): boolean {
  return model.major < major || (model.major === major && model.minor < minor);
}

function parse(bytes: Uint8Array): UbjsonValue {
  if (isBinaryModel(bytes)) return readBinaryModel(bytes);
  if (bytes[0] === 0x7b && 'iUIlL#$'.includes(String.fromCharCode(bytes[1] ?? 0))) return readUbjson(bytes);
  if (bytes.length > MAX_JSON_BYTES) {
    throw new AppError(
      'import_limit',
      `expected at most ${MAX_JSON_BYTES} bytes of JSON, found ${bytes.length}; save the model as .ubj`,
    );
  }
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}

/**
 * JSON as XGBoost and Python write it: NaN and infinities, which JSON does not have, become null.
 * @throws AppError model_corrupt
 */
export function parseJson(text: string): UbjsonValue {
  try {
    return JSON.parse(text) as UbjsonValue;
  } catch {
    try {
      return JSON.parse(text.replace(/([:,[]\s*)-?(?:NaN|Infinity|inf|nan)(?=\s*[,\]}])/g, '$1null')) as UbjsonValue;
    } catch {
      throw new AppError('model_corrupt', 'expected an XGBoost model, found broken JSON: it may be cut off');
    }
  }
}

function count(param: JsonObject, key: string, least: number, most: number, fallback?: number): number {
  const value = numberAt(param, key, fallback);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AppError('model_corrupt', `expected ${key} of the XGBoost model from ${least} to ${most}, found ${value}`);
}

/** `5E-1` up to 3.0, `[5E-1]` or one number for each score since 3.1. */
function baseScore(param: JsonObject, groups: number): number[] {
  const text = textAt(param, 'base_margin') ?? textAt(param, 'base_score') ?? '0.5';
  const parts = text.replace(/^\[|\]$/g, '').split(',');
  const values = parts.map((part) => (part.trim() === '' ? NaN : Math.fround(Number(part))));
  if ((values.length !== 1 && values.length !== groups) || !values.every(Number.isFinite)) {
    throw new AppError(
      'model_corrupt',
      `expected 1 or ${groups} numbers in base_score of the XGBoost model, found ${quote(text, 80)}`,
    );
  }
  return values;
}

type Booster = Pick<
  XgboostModel,
  'booster' | 'trees' | 'treeGroups' | 'treeWeights' | 'roundEnds' | 'weights' | 'categories'
>;

function readBooster(booster: JsonObject, groups: number, parallel: number): Booster {
  const name = textAt(booster, 'name');
  if (name === 'gblinear') {
    const weights = numbersAt(objectAt(booster, 'model'), 'weights');
    return { booster: name, trees: [], treeGroups: [], treeWeights: null, roundEnds: [], weights, categories: null };
  }
  if (name !== 'gbtree' && name !== 'dart') {
    throw new AppError(
      'model_unsupported',
      `expected an XGBoost booster gbtree, dart or gblinear, found ${quote(name ?? undefined)}`,
    );
  }
  const model = objectAt(member(booster, 'gbtree') === undefined ? booster : objectAt(booster, 'gbtree'), 'model');
  // The weights of dart stand beside the trees, though its name became gbtree in 3.3, and since 3.4 among them.
  const holder = [booster, model].find((object) => member(object, 'weight_drop') !== undefined);
  return readTrees(model, groups, parallel, holder ? numbersAt(holder, 'weight_drop') : null);
}

function readTrees(model: JsonObject, groups: number, parallel: number, weights: ArrayLike<number> | null): Booster {
  const trees = Array.from(listAt(model, 'trees'), (tree) => {
    if (isObject(tree)) return tree;
    throw new AppError('model_corrupt', 'expected objects in trees of the XGBoost model, found something else');
  });
  const treeGroups = numbersAt(model, 'tree_info', trees.length);
  const treeWeights = weights && weights.length > 0 ? weights : null;
  if (treeWeights && treeWeights.length !== trees.length) {
    throw new AppError('model_corrupt', `expected ${trees.length} weights of trees, found ${treeWeights.length}`);
  }
  return {
    booster: treeWeights ? 'dart' : 'gbtree',
    trees,
    treeGroups,
    treeWeights,
    roundEnds: roundEnds(model, trees.length, groups, parallel),
    weights: null,
    categories: isObject(member(model, 'cats')) ? objectAt(model, 'cats') : null,
  };
}

/** `iteration_indptr` since 2.0; before, every round had num_parallel_tree trees for each score. */
function roundEnds(model: JsonObject, trees: number, groups: number, parallel: number): number[] {
  if (member(model, 'iteration_indptr') !== undefined) return Array.from(numbersAt(model, 'iteration_indptr')).slice(1);
  const size = groups * Math.max(1, numberAt(objectAt(model, 'gbtree_model_param'), 'num_parallel_tree', parallel));
  return Array.from({ length: Math.floor(trees / size) }, (_, round) => (round + 1) * size);
}

/** num_parallel_tree as early stopping noted it, for models up to 1.5 do not. */
function treesOfRound(attributes: JsonObject): number {
  const trees =
    Number(textAt(attributes, 'best_ntree_limit') ?? NaN) / (Number(textAt(attributes, 'best_iteration')) + 1);
  return Number.isInteger(trees) && trees >= 1 ? trees : 1;
}
