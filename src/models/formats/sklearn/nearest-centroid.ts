import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { hintPoints, pointsOf } from './points';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * The class of the nearest centroid (sklearn/neighbors/_nearest_centroid.py). Since 1.6 classes have priors: unless they
 * are equal, the discriminant score decides, -distance^2 in units of the standard deviation within classes + 2 ln prior,
 * whose softmax are the probabilities.
 */
function translateNearestCentroid(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const centroids = pointsOf(estimator, 'centroids_', frame.width, context);
  if (centroids.rows !== classes.length) estimator.wrong('centroids_', `${classes.length} rows`, null);
  const metric = estimator.text('metric') ?? 'of your own';
  if (metric !== 'euclidean' && metric !== 'manhattan') {
    estimator.unsupported(`with the metric ${metric}`, 'use euclidean or manhattan');
  }
  hintPoints(frame, centroids);
  const x = frame.numbers();
  const all = Float64Array.from({ length: frame.width }, () => 1);
  const distance = (row: number, scale: Float64Array): ValueId => {
    const centroid = centroids.data.subarray(row * frame.width, (row + 1) * frame.width);
    const scaled = graph.binary('div', x, graph.row(scale));
    const difference = graph.binary('sub', scaled, graph.row(centroid.map((value, column) => value / scale[column]!)));
    return graph.reduce(
      'sum',
      metric === 'euclidean' ? graph.binary('mul', difference, difference) : graph.unary('abs', difference),
    );
  };
  const nearness = graph.concat(classes.map((_, row) => graph.unary('neg', distance(row, all))));
  const index = graph.argmax(nearness);
  if (!estimator.has('class_prior_')) return { task: 'classification', targets: [{ classes, index }] };
  const priors = estimator.vector('class_prior_', classes.length);
  const scale = estimator.vector('within_class_std_dev_', frame.width).map((deviation) => deviation || 1);
  const scores = graph.concat(
    classes.map((_, row) => {
      const apart = distance(row, scale);
      const squared = metric === 'euclidean' ? apart : graph.binary('mul', apart, apart);
      return graph.binary('add', graph.unary('neg', squared), graph.scalar(2 * Math.log(priors[row]!)));
    }),
  );
  const equal = priors.every((prior) => Math.abs(prior - 1 / classes.length) <= 1e-8 + 1e-5 / classes.length);
  const target = { classes, index: equal ? index : graph.argmax(scores) };
  return {
    task: 'classification',
    targets: [metric === 'euclidean' ? { ...target, probabilities: graph.softmax(scores) } : target],
  };
}

/** sklearn/neighbors/_nearest_centroid.py */
export const CENTROID_TRANSLATORS: Record<string, Translator> = { NearestCentroid: translateNearestCentroid };
