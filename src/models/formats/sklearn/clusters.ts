import type { ValueId } from '../../graph/ir';
import { PyObject } from '../pickle/records';
import { centresOf, clustering, nearestCentre } from './centres';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

const MAX_DEPTH = 1_000;

/** The nearest centre, and the distances to all (sklearn/cluster/_kmeans.py). */
function translateKMeans(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return clustering(frame, centresOf(estimator, 'cluster_centers_', frame), context, { distances: true });
}

/** The nearest centre (sklearn/cluster/_mean_shift.py, _affinity_propagation.py). */
function translateNearest(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  if (!estimator.has('cluster_centers_')) {
    estimator.unsupported("with affinity='precomputed'", "use affinity='euclidean', or KMeans");
  }
  if (estimator.array('cluster_centers_').shape[0] === 0) {
    estimator.unsupported('that did not converge, and labels every row -1,', 'raise max_iter or damping');
  }
  return clustering(frame, centresOf(estimator, 'cluster_centers_', frame), context, { distances: false });
}

/** The cluster of the nearest of the subclusters (sklearn/cluster/_birch.py). */
function translateBirch(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const centres = centresOf(estimator, 'subcluster_centers_', frame);
  const labels = estimator.vector('subcluster_labels_', centres.rows);
  return clustering(frame, centres, context, { labels, distances: true });
}

/** Down a tree of pairs of centres, at each to the nearer (sklearn/cluster/_bisect_k_means.py `_predict_recursive`). */
function translateBisecting(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const centres = centresOf(estimator, 'cluster_centers_', frame);
  const { frame: distances } = clustering(frame, centres, context, { distances: true });
  const mean = estimator.has('_X_mean') ? estimator.vector('_X_mean', frame.width) : new Float64Array(frame.width);
  const walk = { x: frame.numbers(), mean, clusters: centres.rows, nodes: 0 };
  const index = context.graph.cast(descend(estimator.child('_bisecting_tree'), walk, context, 0), 'i64');
  const classes = Array.from({ length: centres.rows }, (_, row) => row);
  return { task: 'clustering', targets: [{ classes, index }], ...(distances && { frame: distances }) };
}

interface Walk {
  x: ValueId;
  mean: Float64Array;
  clusters: number;
  nodes: number;
}

/** Number of the cluster that a row comes to below a node, f64. */
function descend(node: Estimator, walk: Walk, context: TranslationContext, depth: number): ValueId {
  const { graph } = context;
  if (depth > MAX_DEPTH || ++walk.nodes > 2 * walk.clusters)
    node.wrong('left', `a tree of ${walk.clusters} leaves`, null);
  if (!(node.get('left') instanceof PyObject)) {
    const label = node.number('label');
    if (!(label >= 0 && label < walk.clusters)) node.wrong('label', `below ${walk.clusters}`, label);
    return graph.scalar(label);
  }
  const [left, right] = [node.child('left'), node.child('right')];
  const data = [left, right].flatMap((child) => {
    const centre = child.vector('center', walk.mean.length);
    return [...centre].map((value, column) => value + walk.mean[column]!);
  });
  const pair = { data: Float64Array.from(data), rows: 2, columns: walk.mean.length };
  const nearer = graph.compare('eq', graph.cast(nearestCentre(walk.x, pair, context), 'f64'), graph.scalar(0));
  return graph.where(nearer, descend(left, walk, context, depth + 1), descend(right, walk, context, depth + 1));
}

/** sklearn/cluster */
export const CLUSTER_TRANSLATORS: Record<string, Translator> = {
  KMeans: translateKMeans,
  MiniBatchKMeans: translateKMeans,
  BisectingKMeans: translateBisecting,
  MeanShift: translateNearest,
  AffinityPropagation: translateNearest,
  Birch: translateBirch,
};
