import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { outlierTarget } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/** The squared Mahalanobis distance, against `offset_` (sklearn/covariance/_elliptic_envelope.py). */
function translateEnvelope(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (!estimator.has('precision_')) {
    estimator.unsupported('with store_precision=False', 'fit it with store_precision=True');
  }
  const precision = estimator.vector('precision_', frame.width ** 2);
  const location = estimator.vector('location_', frame.width);
  location.forEach((value, column) => frame.hint(column, [value, value + 1, value - 1]));
  const difference = graph.binary('sub', frame.numbers(), graph.row(location));
  const product = graph.matmul(difference, precision, frame.width);
  const distance = graph.reduce('sum', graph.binary('mul', product, difference));
  const decision = graph.binary('sub', graph.unary('neg', distance), graph.scalar(estimator.number('offset_')));
  return outlierTarget(decision, context);
}

/** `X @ coef_.T - offset_` (sklearn/linear_model/_stochastic_gradient.py `SGDOneClassSVM`). */
function translateStochastic(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const product = graph.matmul(frame.numbers(), estimator.vector('coef_', frame.width), 1);
  return outlierTarget(graph.binary('sub', product, graph.scalar(estimator.number('offset_'))), context);
}

/** Outlier detection by one formula. */
export const OUTLIER_TRANSLATORS: Record<string, Translator> = {
  EllipticEnvelope: translateEnvelope,
  SGDOneClassSVM: translateStochastic,
};
