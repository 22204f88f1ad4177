import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { findNeighbors } from './neighbors';
import { outlierTarget } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * How much less dense a row lies than its neighbours do: the mean ratio of local reachability densities, against
 * `offset_` (sklearn/neighbors/_lof.py). Only with novelty=True can new rows be asked about.
 */
function translateLocalOutlierFactor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  if (!estimator.boolean('novelty', false)) {
    estimator.unsupported(
      'with novelty=False, which answers for the rows of its fit only,',
      'fit it with novelty=True',
    );
  }
  const count = estimator.number('n_neighbors_');
  const { data: reach, columns } = estimator.matrix('_distances_fit_X_');
  const { data: density } = estimator.numbers('_lrd');
  if (columns < count || reach.length !== density.length * columns) {
    estimator.wrong('_distances_fit_X_', `${count} distances for each of ${density.length} rows`, null);
  }
  const targets = Float64Array.from({ length: 2 * density.length }, (_, i) =>
    i % 2 === 0 ? reach[(i / 2) * columns + count - 1]! : density[(i - 1) / 2]!,
  );
  const near = findNeighbors(estimator, frame, context, { targets, outputs: 2, count });
  const distance = graph.reduce('mean', graph.binary('max', near.distances, near.target(0)));
  const own = graph.binary('div', graph.scalar(1), graph.binary('add', distance, graph.scalar(1e-10)));
  const score = graph.unary('neg', graph.reduce('mean', graph.binary('div', near.target(1), own)));
  const decision = graph.binary('sub', score, graph.scalar(estimator.number('offset_')));
  return outlierTarget(decision, context);
}

/** sklearn/neighbors/_lof.py */
export const NOVELTY_TRANSLATORS: Record<string, Translator> = { LocalOutlierFactor: translateLocalOutlierFactor };
