import { AppError } from '../../../common/errors';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import type { Translation, TranslationContext, Translator } from './translation';

function hintMeans(frame: Frame, means: ArrayLike<number>): void {
  for (let column = 0; column < frame.width; column++)
    frame.hint(column, [means[column]!, means[column]! + 1, means[column]! - 1]);
}

/** Components as weights [columns, components]. */
function projection(estimator: Estimator, width: number): { weights: Float64Array; components: number } {
  const { data, rows, columns } = estimator.matrix('components_');
  if (columns !== width)
    throw new AppError(
      'model_corrupt',
      `expected components of ${width} columns in ${estimator.name}, found ${columns}`,
    );
  return { weights: transpose(data, rows, columns), components: rows };
}

/**
 * `(X - mean_) @ components_.T`, since 1.5 `X @ components_.T - mean_ @ components_.T`; whitened by
 * `sqrt(explained_variance_)` (sklearn/decomposition/_base.py).
 */
function translatePca(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { weights, components } = projection(estimator, frame.width);
  const mean = estimator.has('mean_') ? estimator.vector('mean_', frame.width) : new Float64Array(frame.width);
  hintMeans(frame, mean);
  const x = frame.numbers();
  let projected;
  if (estimator.atLeast(1, 5)) {
    const shift = Array.from({ length: components }, (_, k) =>
      mean.reduce((sum, value, column) => sum + value * weights[column * components + k]!, 0),
    );
    projected = graph.binary('sub', graph.matmul(x, weights, components), graph.row(shift));
  } else projected = graph.matmul(graph.binary('sub', x, graph.row(mean)), weights, components);
  if (estimator.boolean('whiten', false)) {
    const least = estimator.atLeast(1, 5) ? 2 ** -52 : 0; // tiny variances are clipped since 1.5
    const scale = estimator
      .vector('explained_variance_', components)
      .map((variance) => Math.max(Math.sqrt(variance), least));
    projected = graph.binary('div', projected, graph.row(scale));
  }
  return { task: 'transform', frame: frame.of(projected) };
}

/** `X @ components_.T` (sklearn/decomposition/_truncated_svd.py). */
function translateTruncatedSvd(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { weights, components } = projection(estimator, frame.width);
  return { task: 'transform', frame: frame.of(context.graph.matmul(frame.numbers(), weights, components)) };
}

/** `(X - mean_) @ components_.T`, without a mean when not whitened (sklearn/decomposition/_fastica.py). */
function translateFastIca(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { weights, components } = projection(estimator, frame.width);
  const x = frame.numbers();
  const centred = estimator.has('mean_')
    ? graph.binary('sub', x, graph.row(estimator.vector('mean_', frame.width)))
    : x;
  return { task: 'transform', frame: frame.of(graph.matmul(centred, weights, components)) };
}

/** sklearn/decomposition */
export const DECOMPOSITION_TRANSLATORS: Record<string, Translator> = {
  PCA: translatePca,
  IncrementalPCA: translatePca,
  TruncatedSVD: translateTruncatedSvd,
  FastICA: translateFastIca,
};
