import { AppError } from '../../../common/errors';
import { GraphBuilder } from '../../graph/graph-builder';
import type { Graph, GraphOutput } from '../../graph/ir';
import type { PyValue } from '../pickle/records';
import { Estimator } from './estimator';
import { finishGraph } from './finish-graph';
import { Frame } from './frame';
import { entrances, featureNames, inputWidth } from './input-shape';
import { modelOutputs } from './model-outputs';
import { openRoot } from './open-root';
import { RawColumns } from './raw-columns';
import { findTranslator } from './find-translator';
import type { Translation, TranslationContext } from './translation';

export interface TranslatedModel {
  graph: Graph;
  framework: string;
  /** The version that fitted the model, as the file says it. */
  frameworkVersion: string | null;
  warnings: string[];
}

export interface TranslateOptions {
  /** The most tree nodes of one model. A node takes about 40 bytes here and in the compiled graph each. */
  maxTreeNodes?: number;
  /**
   * Whether a Booster without classes whose objective is a classification answers its raw scores: a library's own file.
   */
  rawScores?: boolean;
}

const MAX_TREE_NODES = 20_000_000;
const MAX_DEPTH = 32;

/** Estimators inside estimators; one that is referred to twice counts twice, so sharing cannot multiply the work. */
const MAX_ESTIMATORS = 20_000;

/** Numbers that translations may lay out beyond those in the file. */
const MAX_VALUES = 100_000_000;

/** The newest version whose formulas were compared with scikit-learn's own answers. */
const NEWEST = { major: 1, minor: 9 };

/** The oldest, 0.24. */
const OLDEST_MINOR = 24;

/**
 * Translates what a pickle holds, a fitted scikit-learn estimator or a dict with `model` and optionally
 * `feature_names`, into a graph that answers as the estimator's `predict` and `predict_proba` (or `transform`) do.
 * The formulas are those of the version that fitted the model.
 * @throws AppError model_unsupported or model_corrupt with a sentence that a data scientist can act on; import_limit
 */
export function translateSklearn(root: PyValue, options: TranslateOptions = {}): TranslatedModel {
  const warnings = new Set<string>();
  const { model, names: givenNames } = openRoot(root, warnings);
  const estimator = new Estimator(model);
  // A step that cannot be served says more than that the columns are unknown. Private classes have no translator of
  // their own: what holds them reads them.
  for (const entrance of entrances(estimator)) if (!entrance.name.startsWith('_')) findTranslator(entrance);
  const width = inputWidth(estimator, givenNames);
  const names = checkNames(givenNames ?? featureNames(estimator, width), width);
  const builder = new GraphBuilder();
  const raw = new RawColumns(builder, width, names);
  const context = new Context(builder, warnings, options);
  const translation = translateFit(estimator, Frame.raw(builder, raw), context);
  const outputs: GraphOutput[] = modelOutputs(translation, builder, estimator);
  const { nodes, outputs: finished, features, probes } = finishGraph(builder, raw, outputs);
  const { version } = estimator;
  const warning = versionWarning(estimator);
  if (warning !== undefined) warnings.add(warning);
  return {
    graph: { task: translation.task, nodes, outputs: finished, features, probes },
    framework: translation.origin?.framework ?? 'scikit-learn',
    frameworkVersion: translation.origin ? translation.origin.version : (version?.text ?? null),
    warnings: [...warnings],
  };
}

/** What to know of a version whose answers are not compared with ours in every release; undefined for the others. */
function versionWarning({ version, object }: Estimator): string | undefined {
  if (!object.path.startsWith('sklearn.')) return undefined;
  if (!version) {
    return 'the file does not say which scikit-learn fitted the model, so it is 0.17 or older; compare some answers with your own';
  }
  const { major, minor, text } = version;
  if (major > NEWEST.major || (major === NEWEST.major && minor > NEWEST.minor)) {
    return `written by scikit-learn ${text}, newer than ${NEWEST.major}.${NEWEST.minor}, the newest whose formulas are known`;
  }
  if (major > 0 || minor >= OLDEST_MINOR) return undefined;
  return `written by scikit-learn ${text}, older than 0.${OLDEST_MINOR}, the oldest that is supported; compare some answers with your own`;
}

/**
 * @throws AppError as translators do; where a fit of 0.23 or older lacks what they look for, the sentence says that the
 * version is the cause
 */
function translateFit(estimator: Estimator, frame: Frame, context: Context): Translation {
  try {
    return context.translate(estimator, frame);
  } catch (error) {
    const { version } = estimator;
    if (version === null || estimator.atLeast(0, OLDEST_MINOR)) throw error;
    if (!(error instanceof AppError) || !lacksSomething(error)) throw error;
    throw new AppError(
      'model_unsupported',
      `${estimator.name} of scikit-learn ${version.text} cannot be served (${error.message}); fit it again with 0.${OLDEST_MINOR} or newer`,
    );
  }
}

function lacksSomething({ code, message }: AppError): boolean {
  return code === 'model_corrupt' || (code === 'model_unsupported' && message.startsWith('expected a fitted'));
}

class Context implements TranslationContext {
  readonly rawScores: boolean;
  private readonly maxTreeNodes: number;
  private spent = 0;
  private depth = 0;
  private translated = 0;
  private values = 0;

  constructor(
    readonly graph: GraphBuilder,
    private readonly warnings: Set<string>,
    options: TranslateOptions,
  ) {
    this.maxTreeNodes = options.maxTreeNodes ?? MAX_TREE_NODES;
    this.rawScores = options.rawScores ?? false;
  }

  warn(sentence: string): void {
    this.warnings.add(sentence);
  }

  spend(nodes: number): void {
    this.spent += nodes;
    if (this.spent > this.maxTreeNodes) {
      throw tooMany(`${this.maxTreeNodes} tree nodes`);
    }
  }

  spendValues(count: number): void {
    this.values += count;
    if (this.values > MAX_VALUES) throw tooMany(`${MAX_VALUES} values in tables and matrices`);
  }

  translate(estimator: Estimator, frame: Frame, asked?: 'transform'): Translation {
    if (++this.translated > MAX_ESTIMATORS) throw tooMany(`${MAX_ESTIMATORS} estimators inside one another`);
    if (++this.depth > MAX_DEPTH) throw tooMany(`${MAX_DEPTH} estimators nested in one another`);
    const width = estimator.get('n_features_in_');
    if (typeof width === 'number' && width !== frame.width) {
      throw new AppError('model_corrupt', `expected ${width} columns for ${estimator.name}, found ${frame.width}`);
    }
    const translation = findTranslator(estimator)(estimator, frame, this, asked);
    this.depth--;
    return translation;
  }
}

function tooMany(limit: string): AppError {
  return new AppError('import_limit', `expected at most ${limit}, found more; train a smaller model`);
}

function checkNames(names: string[] | null, width: number): string[] | null {
  if (!names) return null;
  if (names.length !== width) {
    throw new AppError(
      'model_unsupported',
      `expected ${width} feature names, as many as the model has columns, found ${names.length}`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new AppError('model_unsupported', `expected feature names that differ, found '${twice}' twice`);
  return names;
}
