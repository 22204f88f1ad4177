import type { Estimator } from './estimator';
import { buildForest } from './forest-builder';
import type { Frame } from './frame';
import { addTrees, readTrees } from './trees';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * A column for each leaf of each tree, 1 for those that a row falls into (sklearn/ensemble/_forest.py
 * `RandomTreesEmbedding.transform`): the leaves of a tree in the order of their ids, as the one-hot encoder inside has them.
 */
function translateEmbedding(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { trees, x } = readTrees(estimator.children('estimators_'), frame, context);
  const places: number[] = [];
  const columns: number[] = [];
  const numbered = trees.map((tree, index) => {
    const values = new Float64Array(tree.nodeCount);
    for (let node = 0; node < tree.nodeCount; node++) {
      if (tree.left[node] !== -1) continue;
      values[node] = places.length;
      places.push(places.length);
      columns.push(index);
    }
    return { ...tree, values, stride: 1 };
  });
  context.spendValues(places.length);
  const forest = buildForest(
    numbered,
    trees.map((_, index) => index),
  );
  const leaves = addTrees(context, x, forest, new Float64Array(trees.length));
  const hits = graph.compare('eq', graph.select(leaves, columns), graph.row(places));
  return { task: 'transform', frame: frame.of(graph.cast(hits, 'f64')).stored(true) };
}

/** sklearn/ensemble/_forest.py */
export const EMBEDDING_TRANSLATORS: Record<string, Translator> = { RandomTreesEmbedding: translateEmbedding };
