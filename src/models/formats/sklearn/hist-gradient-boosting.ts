import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { sizeOf } from '../pickle/numpy';
import { isNdArray } from '../pickle/records';
import { asList, fieldNumbers } from './arrays';
import type { Estimator } from './estimator';
import { buildForest, constantTree, sampleThresholds } from './forest-builder';
import type { Frame } from './frame';
import { categoryFrame, hasCategories, splitCategories } from './hist-categories';
import { twoColumns } from './linear';
import { checkTree } from './tree-reader';
import type { FittedTree } from './tree-reader';
import { addTrees } from './trees';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * `_baseline_prediction`, then the leaves of all trees in order: doubles throughout, and inputs are not rounded
 * (sklearn/ensemble/_hist_gradient_boosting). Missing values are always taken.
 */
function rawScores(estimator: Estimator, sent: Frame, context: TranslationContext): ValueId {
  const categories = hasCategories(estimator);
  const frame = categories ? categoryFrame(estimator, sent, context) : sent;
  const base = estimator.numbers('_baseline_prediction').data;
  const iterations = estimator
    .list('_predictors')
    .map((row) => asList(row) ?? estimator.wrong('_predictors', 'lists of trees', row));
  const predictors = iterations.flat().map((predictor) => estimator.wrap(predictor, '_predictors'));
  const columns = iterations[0]?.length ?? base.length;
  if (base.length !== columns || iterations.some((row) => row.length !== columns)) {
    throw new AppError(
      'model_corrupt',
      `expected ${base.length} trees an iteration in ${estimator.name}, found ${columns}`,
    );
  }
  let x = frame.numbers('take');
  const trees = predictors.map((predictor) => readPredictor(predictor, frame.width, context));
  sampleThresholds(trees, frame.width).forEach((thresholds, feature) => frame.hint(feature, thresholds));
  if (categories) x = splitCategories(estimator, predictors, trees, x, frame, context);
  const all = [...Array.from(base, constantTree), ...trees];
  const forest = buildForest(
    all,
    all.map((_, index) => index % columns),
  );
  return addTrees(context, x, forest, new Float64Array(columns), { round32: false });
}

function readPredictor(predictor: Estimator, featureCount: number, context: TranslationContext): FittedTree {
  const nodes = predictor.require('nodes');
  if (!isNdArray(nodes)) return predictor.wrong('nodes', 'an array', nodes);
  const nodeCount = sizeOf(nodes);
  context.spend(nodeCount);
  const isLeaf = fieldNumbers(nodes, 'is_leaf');
  const thresholds = fieldNumbers(nodes, nodes.dtype.fields?.has('num_threshold') ? 'num_threshold' : 'threshold');
  const tree: FittedTree = {
    nodeCount,
    left: fieldNumbers(nodes, 'left').map((child, node) => (isLeaf[node] ? -1 : child)),
    right: fieldNumbers(nodes, 'right'),
    feature: fieldNumbers(nodes, 'feature_idx'),
    // A split by a set of categories has no threshold.
    threshold: nodes.dtype.fields?.has('is_categorical')
      ? fieldNumbers(nodes, 'is_categorical').map((flag, node) => (flag ? Infinity : thresholds[node]!))
      : thresholds,
    missingLeft: fieldNumbers(nodes, 'missing_go_to_left'),
    samples: fieldNumbers(nodes, 'count'),
    values: fieldNumbers(nodes, 'value'),
    stride: 1,
    sawMissing: true,
  };
  checkTree(predictor, tree, featureCount, true);
  return tree;
}

function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const decision = rawScores(estimator, frame, context);
  const binary = graph.width(decision) === 1;
  if (graph.width(decision) !== (classes.length === 2 ? 1 : classes.length)) {
    throw new AppError(
      'model_corrupt',
      `expected scores for ${classes.length} classes in ${estimator.name}, found ${graph.width(decision)}`,
    );
  }
  const probabilities = binary ? twoColumns(graph.unary('sigmoid', decision), context) : graph.softmax(decision);
  // Up to 1.4 the greatest probability decides, later the raw score; of more than two classes that is the same one, and
  // equal scores stay equal whatever the last digit of exp is.
  const index =
    binary && !estimator.atLeast(1, 5)
      ? graph.argmax(probabilities)
      : binary
        ? graph.cast(graph.compare('gt', decision, graph.scalar(0)), 'i64')
        : graph.argmax(decision);
  return { task: 'classification', targets: [{ classes, probabilities, decision, index }] };
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const raw = rawScores(estimator, frame, context);
  const log = ['poisson', 'gamma'].includes(estimator.text('loss') ?? '');
  return { task: 'regression', value: log ? context.graph.unary('exp', raw) : raw };
}

/** Histogram gradient boosting (sklearn/ensemble/_hist_gradient_boosting/gradient_boosting.py). */
export const HIST_GRADIENT_BOOSTING_TRANSLATORS: Record<string, Translator> = {
  HistGradientBoostingClassifier: translateClassifier,
  HistGradientBoostingRegressor: translateRegressor,
};
