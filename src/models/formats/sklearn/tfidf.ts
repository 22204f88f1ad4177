import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Counts of terms, damped if asked, times the inverse document frequencies, each row scaled to length 1
 * (sklearn/feature_extraction/text.py `TfidfTransformer.transform`).
 */
function translateTfidfTransformer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const zero = graph.scalar(0);
  let x = frame.numbers();
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0, 1, 2, 5]);
  if (estimator.boolean('sublinear_tf', false)) {
    // Zeros are not stored there, so that they stay zeros.
    const none = graph.compare('eq', x, zero);
    const damped = graph.binary('add', graph.unary('log', graph.where(none, graph.scalar(1), x)), graph.scalar(1));
    x = graph.where(none, zero, damped);
  }
  const idf = inverseFrequencies(estimator, frame.width);
  if (idf) x = graph.binary('mul', x, graph.row(idf));
  const norm = estimator.text('norm');
  if (norm !== null) {
    if (norm !== 'l1' && norm !== 'l2') estimator.wrong('norm', 'l1, l2 or None', norm);
    const sizes = norm === 'l1' ? graph.unary('abs', x) : graph.binary('mul', x, x);
    const sum = graph.reduce('sum', sizes);
    const length = norm === 'l1' ? sum : graph.unary('sqrt', sum);
    x = graph.binary('div', x, graph.where(graph.compare('eq', length, zero), graph.scalar(1), length));
  }
  return { task: 'transform', frame: frame.of(x) };
}

/** `idf_`, or the diagonal of `_idf_diag`, a sparse matrix with all of it stored (up to 1.4). */
function inverseFrequencies(estimator: Estimator, width: number): Float64Array | null {
  if (estimator.has('idf_')) return estimator.vector('idf_', width);
  return estimator.has('_idf_diag') ? estimator.child('_idf_diag').vector('data', width) : null;
}

/** sklearn/feature_extraction/text.py */
export const TFIDF_TRANSLATORS: Record<string, Translator> = { TfidfTransformer: translateTfidfTransformer };
