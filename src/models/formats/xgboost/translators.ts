import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import { classLabels } from '../sklearn/arrays';
import type { Estimator } from '../sklearn/estimator';
import type { Frame } from '../sklearn/frame';
import type { ClassTarget, Translation, TranslationContext, Translator } from '../sklearn/translation';
import { xgboostModel } from './booster-record';
import { isObject } from './json-members';
import type { JsonObject } from './json-members';
import { linkOf, predicted, softmax32 } from './links';
import { isBefore, parseJson } from './read-xgboost-model';
import type { XgboostModel } from './read-xgboost-model';
import { scores } from './scores';
import type { ScoreOptions } from './scores';

/** The newest version whose answers were compared. */
const NEWEST = { major: 3, minor: 4 };

/** Without classes there is no label to answer, and a score is what the file does say. */
const RAW_SCORES =
  'the file does not say its classes, so its raw scores are answered; upload the pickle of the XGBClassifier, or a file of its save_model, for labels and probabilities';

/** What XGBoost itself advises for what it answers then. */
const DART_OF_OLD =
  'all trees of dart are used, as with ntree_limit; without it, XGBoost before 1.0 leaves some out at random';

/** XGBClassifier, XGBRFClassifier: classes are 0 to n - 1, for XGBoost takes no others. */
function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const model = xgboostModel(estimator);
  const labels = estimator.has('_le') ? estimator.child('_le').classes() : undefined;
  return classification(model, labels, frame, context, wrapperOptions(estimator, model, context));
}

function classification(
  model: XgboostModel,
  labels: ClassLabel[] | undefined,
  frame: Frame,
  context: TranslationContext,
  options: ScoreOptions,
): Translation {
  const { graph } = context;
  const margin = scores(model, frame, context, options);
  warnOfNewer(model, context);
  const origin = originOf(model);
  if (model.targets > 1) {
    const columns = Array.from({ length: model.targets }, (_, target) => graph.select(margin, [target]));
    return {
      task: 'classification',
      targets: columns.map((column) => binaryTarget(model, [0, 1], column, context)),
      origin,
    };
  }
  const count = model.groups === 1 ? 2 : model.groups;
  const classes = labels ?? Array.from({ length: count }, (_, index) => index);
  if (classes.length !== count) {
    throw new AppError('model_corrupt', `expected ${count} classes for XGBoost, found ${classes.length}`);
  }
  if (model.groups === 1) {
    return { task: 'classification', targets: [binaryTarget(model, classes, margin, context)], origin };
  }
  const link = linkOf(model.objective);
  const probabilities = link === 'softmax' || link === 'class' ? softmax32(graph, margin) : undefined;
  // softmax answers the class of the greatest score, softprob the most probable one, which rounding can make another.
  const index = graph.argmax(link === 'softmax' ? probabilities! : margin);
  const target = { classes, index, ...(probabilities !== undefined && { probabilities }) };
  return { task: 'classification', targets: [target], origin };
}

/** The second class where what `Booster.predict` answers is above one half, whatever the objective. */
function binaryTarget(
  model: XgboostModel,
  classes: ClassLabel[],
  margin: ValueId,
  { graph }: TranslationContext,
): ClassTarget {
  const link = linkOf(model.objective);
  const answer = predicted(graph, link, margin);
  const index = graph.cast(graph.compare('gt', answer, graph.scalar(0.5)), 'i64');
  if (link !== 'logistic') return { classes, index };
  const other = graph.unary('round32', graph.binary('sub', graph.scalar(1), answer));
  return { classes, index, probabilities: graph.concat([other, answer]) };
}

/** XGBRegressor, XGBRFRegressor, XGBRanker. */
function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const model = xgboostModel(estimator);
  return regression(model, frame, context, wrapperOptions(estimator, model, context));
}

function regression(
  model: XgboostModel,
  frame: Frame,
  context: TranslationContext,
  options: ScoreOptions,
): Translation {
  warnOfNewer(model, context);
  const margin = scores(model, frame, context, options);
  const raw = context.rawScores && /^(binary|multi):/.test(model.objective);
  if (raw) context.warn(RAW_SCORES);
  return {
    task: 'regression',
    value: raw ? margin : predicted(context.graph, linkOf(model.objective), margin),
    origin: originOf(model),
  };
}

/**
 * A Booster answers what its `predict` does, with all its trees. A file that a wrapper saved says so in its attributes,
 * and answers as that wrapper.
 */
function translateBooster(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const model = xgboostModel(estimator);
  const wrapper = wrapperOf(model);
  if (!wrapper) {
    const stopped = bestRounds(model);
    if (stopped !== null && stopped < model.roundEnds.length) {
      context.warn(
        `early stopping found round ${stopped} of ${model.roundEnds.length} the best, and a Booster uses all of them; save model[: model.best_iteration + 1] to use the best only`,
      );
    }
    return regression(model, frame, context, { missing: NaN, rounds: null, inPlace: false });
  }
  const options = answerOptions(model, wrapper.missing, wrapper.trees, context);
  return wrapper.classifier
    ? classification(model, wrapper.classes, frame, context, options)
    : regression(model, frame, context, options);
}

interface Wrapper {
  classifier: boolean;
  missing: number;
  /** Trees of each score up to the best round of early stopping, noted before 1.4. */
  trees: number | null;
  classes?: ClassLabel[];
}

/** What `XGBModel.save_model` notes in the attribute `scikit_learn`. */
function wrapperOf(model: XgboostModel): Wrapper | null {
  const text = Object.hasOwn(model.attributes, 'scikit_learn') ? model.attributes['scikit_learn'] : undefined;
  const meta = typeof text === 'string' ? parseJson(text) : undefined;
  if (!isObject(meta)) return null;
  const own = (key: string): JsonObject[string] | undefined => (Object.hasOwn(meta, key) ? meta[key] : undefined);
  const [missing, classes, trees, type] = [own('missing'), own('classes_'), own('best_ntree_limit'), own('type')];
  return {
    // Up to 1.4 only the name of the class says it.
    classifier: own('_estimator_type') === 'classifier' || type === 'XGBClassifier' || type === 'XGBRFClassifier',
    missing: typeof missing === 'number' ? missing : NaN,
    trees: typeof trees === 'number' ? trees : null,
    ...(Array.isArray(classes) && { classes: classLabels(classes as ClassLabel[], 'the XGBoost classifier') }),
  };
}

function wrapperOptions(estimator: Estimator, model: XgboostModel, context: TranslationContext): ScoreOptions {
  const missing = estimator.has('missing') ? estimator.number('missing') : NaN;
  const trees = estimator.has('best_ntree_limit') ? estimator.number('best_ntree_limit') : null;
  return answerOptions(model, missing, trees, context);
}

/**
 * Which trees a wrapper uses, and how: the best rounds of early stopping, which are in the model since 1.4, in the wrapper
 * as trees of each score before.
 */
function answerOptions(
  model: XgboostModel,
  missing: number,
  best: number | null,
  context: TranslationContext,
): ScoreOptions {
  if (!isBefore(model, 1, 4)) return { missing, rounds: bestRounds(model), inPlace: true };
  const trees = model.booster === 'gblinear' ? null : best;
  if (model.major === 0 && model.booster === 'dart') context.warn(DART_OF_OLD);
  if (model.major === 0 && trees && trees * model.groups < model.trees.length) {
    context.warn(
      `early stopping found ${trees} trees of ${model.trees.length / model.groups} the best, and they are used as in XGBoost 0.80 and newer; older ones use all`,
    );
  }
  return { missing, rounds: null, trees, inPlace: false };
}

/** What is known of versions newer than the goldens is that their formulas may differ. */
function warnOfNewer(model: XgboostModel, context: TranslationContext): void {
  if (model.major < NEWEST.major || (model.major === NEWEST.major && model.minor <= NEWEST.minor)) return;
  context.warn(
    `written by XGBoost ${model.version}, newer than ${NEWEST.major}.${NEWEST.minor}, the newest whose formulas are known`,
  );
}

/** Rounds up to the best one of early stopping, which the wrappers use. */
function bestRounds({ attributes, booster }: XgboostModel): number | null {
  const text = Object.hasOwn(attributes, 'best_iteration') ? attributes['best_iteration'] : undefined;
  const best = typeof text === 'string' && booster !== 'gblinear' ? Number(text) : NaN;
  return Number.isInteger(best) && best >= 0 ? best + 1 : null;
}

function originOf({ version }: XgboostModel): { framework: string; version: string | null } {
  return { framework: 'xgboost', version };
}

/** Classes of the package `xgboost`, 0.72 and newer (python-package/xgboost/sklearn.py and core.py). */
export const XGBOOST_TRANSLATORS: ReadonlyMap<string, Translator> = new Map([
  ['XGBClassifier', translateClassifier],
  ['XGBRFClassifier', translateClassifier],
  ['XGBRegressor', translateRegressor],
  ['XGBRFRegressor', translateRegressor],
  ['XGBRanker', translateRegressor],
  ['Booster', translateBooster],
]);
