import { AppError } from '../../../common/errors';
import { quote } from '../boosters/quote';

/** A LightGBM model: the header of its text, and the trees as they are written there. */
export interface LightgbmModel {
  /** Scores of a row: classes, or one. */
  groups: number;
  features: number;
  /** Null where they are the `Column_0` of LightGBM's own making. */
  names: string[] | null;
  /** Whether each column holds categories. */
  categorical: boolean[];
  /** `binary` and its options, such as `sigmoid` -> `1`; empty for an objective of the user's own. */
  objective: string;
  options: Map<string, string>;
  /** Whether the scores are a mean over the rounds (boosting `rf`). */
  average: boolean;
  trees: LightgbmTreeText[];
  /** The categories of each categorical column of a pandas data frame, in the order of their codes. */
  pandasCategories: unknown[][] | null;
}

/** Fields of a tree by name, unread. */
export type LightgbmTreeText = Map<string, string>;

/** 2 up to 2.2 writes v2, 2.3 to 3.3 v3, 4.0 and newer v4; the trees read alike. */
const VERSIONS = ['v2', 'v3', 'v4'];
/** Less than the longest string of the engine. */
const MAX_CHARACTERS = 400 * 2 ** 20;
const MAX_FEATURES = 1_000_000;
const MAX_GROUPS = 10_000;

/** @throws AppError import_limit for a longer text than is read */
export function checkLength(characters: number): void {
  if (characters <= MAX_CHARACTERS) return;
  throw new AppError(
    'import_limit',
    `expected at most ${MAX_CHARACTERS} characters of LightGBM text, found ${characters}`,
  );
}

/**
 * Reads the text of a model as `save_model` and a pickled Booster have it (src/boosting/gbdt_model_text.cpp and
 * src/io/tree.cpp of microsoft/LightGBM). Trees are split into fields only.
 * @throws AppError model_corrupt, model_unsupported or import_limit
 */
export function readLightgbmModel(text: string): LightgbmModel {
  checkLength(text.length);
  const firstTree = text.indexOf('\nTree=');
  const { fields: header, flags } = readFields(firstTree < 0 ? text.slice(0, 2 ** 20) : text.slice(0, firstTree));
  const version = header.get('version') ?? '';
  if (!flags.has('tree') || !VERSIONS.includes(version)) {
    throw new AppError(
      'model_unsupported',
      `expected a LightGBM model of text version ${VERSIONS.join(', ')} (LightGBM 2 to 4), found ${quote(header.get('version'))}; load it in LightGBM 4 and save it with booster.save_model("model.txt")`,
    );
  }
  const [objective = '', ...options] = (header.get('objective') ?? '').split(' ');
  const features = 1 + count(header, 'max_feature_idx', 0, MAX_FEATURES);
  const groups = count(header, 'num_tree_per_iteration', 1, MAX_GROUPS);
  const trees = readTrees(text, firstTree);
  if (trees.length % groups !== 0) {
    throw new AppError(
      'model_corrupt',
      `expected ${groups} trees a round in the LightGBM model, found ${trees.length} in all`,
    );
  }
  const infos = words(header.get('feature_infos'));
  return {
    groups,
    features,
    names: featureNames(words(header.get('feature_names')), features),
    categorical: Array.from({ length: features }, (_, i) => /^-?\d+(:|$)/.test(infos[i] ?? '')),
    objective,
    options: new Map(options.map((option): [string, string] => [option.split(':')[0]!, option.split(':')[1] ?? ''])),
    average: flags.has('average_output'),
    trees,
    pandasCategories: pandasCategories(text),
  };
}

/** `key=value` a line; lines without `=` are flags. */
function readFields(block: string): { fields: Map<string, string>; flags: Set<string> } {
  const fields = new Map<string, string>();
  const flags = new Set<string>();
  for (const line of block.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
    else if (line !== '') flags.add(line);
  }
  return { fields, flags };
}

function readTrees(text: string, firstTree: number): LightgbmTreeText[] {
  const trees: LightgbmTreeText[] = [];
  const end = text.indexOf('\nend of trees');
  if (firstTree < 0) return trees;
  if (end < firstTree)
    throw new AppError('model_corrupt', 'expected "end of trees" in the LightGBM model, found the file cut off');
  for (let at = firstTree + 1; at > 0 && at < end;) {
    const next = text.indexOf('\nTree=', at);
    const stop = next < 0 || next > end ? end : next;
    trees.push(readFields(text.slice(at, stop)).fields);
    at = stop + 1;
  }
  return trees;
}

function words(line: string | undefined): string[] {
  return line === undefined || line === '' ? [] : line.split(' ');
}

function featureNames(names: string[], features: number): string[] | null {
  if (names.length !== features || names.every((name, index) => name === `Column_${index}`)) return null;
  return names;
}

/** The last line, `pandas_categorical:[["a", "b"]]`, as Python's json writes it. */
function pandasCategories(text: string): unknown[][] | null {
  const at = text.lastIndexOf('\npandas_categorical:');
  if (at < 0) return null;
  const json = text
    .slice(at + 20)
    .split('\n', 1)[0]!
    .trim();
  try {
    const lists = JSON.parse(json.replace(/\bNaN\b/g, 'null')) as unknown;
    return Array.isArray(lists) && lists.length > 0 && lists.every(Array.isArray) ? (lists as unknown[][]) : null;
  } catch {
    throw new AppError(
      'model_corrupt',
      'expected JSON in pandas_categorical of the LightGBM model, found something else',
    );
  }
}

function count(fields: Map<string, string>, key: string, least: number, most: number): number {
  const value = Number(fields.get(key) ?? NaN);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AppError(
    'model_corrupt',
    `expected ${key} of the LightGBM model from ${least} to ${most}, found ${quote(fields.get(key))}`,
  );
}
