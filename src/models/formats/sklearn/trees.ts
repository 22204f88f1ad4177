import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import type { Forest } from '../../../common/trees/tree-ensemble';
import type { ValueId } from '../../graph/ir';
import { isNdArray } from '../pickle/records';
import { classLabels } from './arrays';
import type { Estimator } from './estimator';
import { buildForest, sampleThresholds } from './forest-builder';
import type { LeafTransform } from './forest-builder';
import type { Frame } from './frame';
import { readTree } from './tree-reader';
import type { FittedTree } from './tree-reader';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** Columns of terms from which on those that no tree reads are left out. */
const WIDE = 1_000;

/** The trees of an estimator and the columns they read, rounded to float32 on the way (sklearn/tree/_tree.pyx `DTYPE`). */
export interface TreeInput {
  trees: FittedTree[];
  x: ValueId;
}

/**
 * Reads the trees of several estimators over one frame, takes the columns as numbers and notes thresholds.
 * Missing values are taken when any tree shows that the fit saw some.
 */
export function readTrees(owners: Estimator[], frame: Frame, context: TranslationContext): TreeInput {
  const first = owners[0];
  if (!first) throw new AppError('model_corrupt', 'expected an ensemble of at least one tree, found none');
  const trees = owners.map((owner) => readTree(owner, frame.width, (nodes) => context.spend(nodes)));
  const stride = trees[0]!.stride;
  if (trees.some((tree) => tree.stride !== stride)) {
    throw new AppError('model_corrupt', `expected trees with ${stride} values a node, found others among them`);
  }
  const x = frame.numbers(trees.some((tree) => tree.sawMissing) ? 'take' : 'refuse');
  sampleThresholds(trees, frame.width).forEach((thresholds, feature) => frame.hint(feature, thresholds));
  return frame.width > WIDE && frame.holdsTerms() ? narrowed(trees, frame) : { trees, x };
}

/** Of a wide vocabulary the trees read some terms only, and the others need no column. */
function narrowed(trees: FittedTree[], frame: Frame): TreeInput {
  const used = new Set<number>();
  for (const { left, feature } of trees) {
    feature.forEach((column, node) => {
      if (left[node] !== -1) used.add(column);
    });
  }
  const columns = [...(used.size > 0 ? used : [0])].sort((a, b) => a - b);
  const place = new Map(columns.map((column, index) => [column, index]));
  return {
    trees: trees.map((tree) => ({
      ...tree,
      feature: tree.feature.map((column, node) => (tree.left[node] === -1 ? column : place.get(column)!)),
    })),
    x: frame.select(columns).numbers('keep'),
  };
}

/** Adds up the leaves of trees in double precision, in their order. */
export function addTrees(
  context: TranslationContext,
  x: ValueId,
  forest: Forest,
  base: Float64Array,
  options: { divisor?: number; round32?: boolean } = {},
): ValueId {
  return context.graph.trees({
    x,
    forest,
    compare: 'le',
    round32: options.round32 ?? true,
    accumulate: 'f64',
    base,
    scale: 1,
    divisor: options.divisor ?? 1,
  });
}

/** Single trees are forests of one: the sum starts at zero and is divided by one, which changes no value. */
function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const owners = members(estimator);
  const { trees, x } = readTrees(owners, frame, context);
  const targets = classesOfTargets(estimator);
  const widest = targets.reduce((most, classes) => Math.max(most, classes.length), 0);
  const width = targets.length * widest;
  if (trees[0]!.stride !== width) {
    throw new AppError(
      'model_corrupt',
      `expected ${width} values a node in ${estimator.name}, found ${trees[0]!.stride}`,
    );
  }
  // Since 1.4 the values of a node are fractions already, and dividing again would change the last bit of some.
  const normalise: LeafTransform | undefined = estimator.atLeast(1, 4) ? undefined : fractions(widest);
  const zero = new Float64Array(width);
  const sum = addTrees(context, x, buildForest(trees, new Int32Array(trees.length), normalise), zero, {
    divisor: owners.length,
  });
  // Up to 1.3 `predict` of one tree compares counts, which may differ where the fractions are equal after rounding.
  const counts = !normalise || estimator.has('estimators_') ? sum : addTrees(context, x, buildForest(trees, [0]), zero);
  return {
    task: 'classification',
    targets: targets.map((classes, target): ClassTarget => {
      const part = (value: ValueId): ValueId =>
        targets.length === 1
          ? value
          : context.graph.select(
              value,
              classes.map((_, i) => target * widest + i),
            );
      const probabilities = part(sum);
      return { classes, probabilities, index: context.graph.argmax(counts === sum ? probabilities : part(counts)) };
    }),
  };
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const owners = members(estimator);
  const { trees, x } = readTrees(owners, frame, context);
  const outputs = estimator.number('n_outputs_', 1);
  if (trees[0]!.stride !== outputs) {
    throw new AppError(
      'model_corrupt',
      `expected ${outputs} values a node in ${estimator.name}, found ${trees[0]!.stride}`,
    );
  }
  const forest = buildForest(trees, new Int32Array(trees.length));
  return {
    task: 'regression',
    value: addTrees(context, x, forest, new Float64Array(outputs), { divisor: owners.length }),
  };
}

function members(estimator: Estimator): Estimator[] {
  if (
    !estimator.name.includes('Forest') &&
    !estimator.name.endsWith('TreesClassifier') &&
    !estimator.name.endsWith('TreesRegressor')
  ) {
    return [estimator];
  }
  return estimator.children('estimators_');
}

/** `classes_` is a list of arrays when there are several targets. */
function classesOfTargets(estimator: Estimator): ClassLabel[][] {
  const value = estimator.require('classes_');
  if (isNdArray(value) || !Array.isArray(value)) return [classLabels(value, estimator.name)];
  return value.map((classes) => classLabels(classes, estimator.name));
}

function fractions(classCount: number): LeafTransform {
  return (values) => {
    for (let start = 0; start < values.length; start += classCount) {
      let sum = 0;
      for (let i = start; i < start + classCount; i++) sum += values[i]!;
      if (sum === 0) sum = 1;
      for (let i = start; i < start + classCount; i++) values[i]! /= sum;
    }
  };
}

/** Decision trees, random forests and extra trees (sklearn/tree/_classes.py, sklearn/ensemble/_forest.py). */
export const TREE_TRANSLATORS: Record<string, Translator> = {
  DecisionTreeClassifier: translateClassifier,
  ExtraTreeClassifier: translateClassifier,
  RandomForestClassifier: translateClassifier,
  ExtraTreesClassifier: translateClassifier,
  DecisionTreeRegressor: translateRegressor,
  ExtraTreeRegressor: translateRegressor,
  RandomForestRegressor: translateRegressor,
  ExtraTreesRegressor: translateRegressor,
};
