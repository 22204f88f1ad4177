import type { Estimator } from './estimator';
import { AppError } from '../../../common/errors';
import { asNumbers } from './arrays';
import { buildForest, sampleThresholds } from './forest-builder';
import type { Frame } from './frame';
import { outlierTarget } from './targets';
import { addTrees } from './trees';
import { readTree } from './tree-reader';
import type { FittedTree } from './tree-reader';
import type { Translation, TranslationContext, Translator } from './translation';

const EULER_GAMMA = 0.5772156649015329;

/** Mean path length of an unsuccessful search in a binary tree of `n` samples (`_average_path_length`). */
function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n;
}

/**
 * Outlier (-1) or inlier (1) by the mean depth of a row's leaves (sklearn/ensemble/_iforest.py): score
 * `-2 ** (-depths / (trees * c(max_samples)))`, an outlier where score - offset_ < 0.
 */
function translateIsolationForest(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (!estimator.atLeast(0, 22)) {
    estimator.unsupported(
      'of scikit-learn before 0.22, which counts the depths of leaves and draws the line in another way,',
      'fit it again with 0.22 or newer',
    );
  }
  const owners = estimator.children('estimators_');
  const subsets = estimator.list('estimators_features_');
  if (owners.length === 0 || subsets.length !== owners.length)
    estimator.wrong('estimators_features_', `${owners.length} lists`, subsets);
  const trees = owners.map((owner, index) => {
    const features =
      asNumbers(subsets[index])?.data ?? estimator.wrong('estimators_features_', 'columns', subsets[index]);
    return withDepths(
      estimator,
      readTree(owner, features.length, (nodes) => context.spend(nodes)),
      features,
      frame.width,
    );
  });
  const x = frame.numbers(trees.some((tree) => tree.sawMissing) ? 'take' : 'refuse');
  sampleThresholds(trees, frame.width).forEach((thresholds, feature) => frame.hint(feature, thresholds));
  const depths = addTrees(context, x, buildForest(trees, new Int32Array(trees.length)), new Float64Array(1));
  const divisor =
    trees.length * averagePathLength(estimator.number('_max_samples', estimator.number('max_samples_', 1)));
  if (divisor === 0) estimator.unsupported('fitted on one sample', 'fit it on more rows');
  const score = graph.unary(
    'neg',
    graph.binary('pow', graph.scalar(2), graph.unary('neg', graph.binary('div', depths, graph.scalar(divisor)))),
  );
  const decision = graph.binary('sub', score, graph.scalar(estimator.number('offset_')));
  return outlierTarget(decision, context);
}

/** The tree over all columns, with the path length of each leaf for its value. */
function withDepths(estimator: Estimator, tree: FittedTree, features: Float64Array, width: number): FittedTree {
  const depth = new Float64Array(tree.nodeCount);
  const values = new Float64Array(tree.nodeCount);
  const feature = new Float64Array(tree.nodeCount);
  for (let node = 0; node < tree.nodeCount; node++) {
    if (tree.left[node] === -1) {
      values[node] = depth[node]! + averagePathLength(tree.samples[node]!);
      continue;
    }
    feature[node] = features[tree.feature[node]!]!;
    if (!(feature[node]! >= 0 && feature[node]! < width)) {
      throw new AppError(
        'model_corrupt',
        `expected a column below ${width} in ${estimator.name}, found ${feature[node]}`,
      );
    }
    depth[tree.left[node]!] = depth[tree.right[node]!] = depth[node]! + 1;
  }
  return { ...tree, feature, values, stride: 1 };
}

/** sklearn/ensemble/_iforest.py */
export const ISOLATION_TRANSLATORS: Record<string, Translator> = { IsolationForest: translateIsolationForest };
