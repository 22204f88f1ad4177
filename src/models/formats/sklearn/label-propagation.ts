import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { findNeighbors } from './neighbors';
import { pairwiseKernel } from './pairwise-kernels';
import { hintPoints, MAX_KERNEL_POINTS, pointsOf } from './points';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * The labels that were spread over the rows of the fit, weighed by the kernel or summed over the nearest
 * (sklearn/semi_supervised/_label_propagation.py `predict_proba`). A row too far from all has no probabilities; its label
 * is the first class, as numpy.argmax of NaN has it.
 */
function translatePropagation(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const shares =
    estimator.text('kernel') === 'knn'
      ? nearestShares(estimator, frame, context, classes.length)
      : kernelShares(estimator, frame, context, classes.length);
  const probabilities = graph.binary('div', shares, graph.reduce('sum', shares));
  const known = graph.where(graph.isnan(probabilities), graph.scalar(0), probabilities);
  return { task: 'classification', targets: [{ classes, probabilities, index: graph.argmax(known) }] };
}

function kernelShares(estimator: Estimator, frame: Frame, context: TranslationContext, classes: number): ValueId {
  if (estimator.text('kernel') !== 'rbf') {
    estimator.unsupported('with a kernel of your own', "use kernel='rbf' or kernel='knn'");
  }
  const points = pointsOf(estimator, 'X_', frame.width, context);
  if (points.rows > MAX_KERNEL_POINTS)
    estimator.unsupported(`fitted on more than ${MAX_KERNEL_POINTS} rows`, "use kernel='knn'");
  hintPoints(frame, points);
  const kernel = { name: 'rbf', gamma: estimator.number('gamma'), degree: 3, coef0: 1 };
  const values = pairwiseKernel(kernel, { x: frame.numbers(), points }, context);
  return context.graph.matmul(values, estimator.vector('label_distributions_', points.rows * classes), classes);
}

function nearestShares(estimator: Estimator, frame: Frame, context: TranslationContext, classes: number): ValueId {
  const search = estimator.child('nn_fit');
  const targets = estimator.numbers('label_distributions_').data;
  const near = findNeighbors(search, frame, context, {
    targets,
    outputs: classes,
    count: search.number('n_neighbors'),
  });
  return context.graph.concat(
    Array.from({ length: classes }, (_, output) => context.graph.reduce('sum', near.target(output))),
  );
}

/** sklearn/semi_supervised/_label_propagation.py */
export const PROPAGATION_TRANSLATORS: Record<string, Translator> = {
  LabelPropagation: translatePropagation,
  LabelSpreading: translatePropagation,
};
