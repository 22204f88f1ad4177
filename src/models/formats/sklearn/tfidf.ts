import type { TermSpec } from '../../../common/text/term-weights';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Counts of terms, damped if asked, times the inverse document frequencies, each row scaled to length 1
 * (sklearn/feature_extraction/text.py `TfidfTransformer.transform`).
 */
function translateTfidfTransformer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const bag = weightedBag(estimator, frame, context);
  if (bag !== null) return { task: 'transform', frame: frame.of(bag).stored(frame.sparse || true) };
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
  return { task: 'transform', frame: frame.of(x).stored(frame.sparse || true) };
}

/** How a TfidfTransformer weighs counts. @throws AppError model_corrupt for weights of other terms */
export function tfidfWeights(estimator: Estimator, width: number): Pick<TermSpec, 'sublinear' | 'idf' | 'norm'> {
  const norm = estimator.text('norm');
  if (norm !== null && norm !== 'l1' && norm !== 'l2') return estimator.wrong('norm', 'l1, l2 or None', norm);
  return {
    sublinear: estimator.boolean('sublinear_tf', false),
    idf: inverseFrequencies(estimator, width),
    norm,
  };
}

/** The counts of a vectorizer before it, weighed as they are counted; null for any other columns. */
function weightedBag(estimator: Estimator, frame: Frame, { graph }: TranslationContext): ValueId | null {
  const id = frame.wholeValue();
  const node = id === null ? undefined : graph.nodes[id];
  if (node?.op !== 'bag' || node.table || node.kept) return null;
  const { terms, x } = node;
  const weights = tfidfWeights(estimator, frame.width);
  // A row that is scaled to length 1 at the end may have any length before.
  const scaled = terms.norm === null || (weights.norm !== null && !weights.sublinear);
  if (!scaled || terms.sublinear || terms.idf !== null || terms.above !== null) return null;
  return graph.bag(x, { ...terms, ...weights });
}

/** `idf_`, or the diagonal of `_idf_diag`, a sparse matrix with all of it stored (up to 1.4). */
function inverseFrequencies(estimator: Estimator, width: number): Float64Array | null {
  if (estimator.has('idf_')) return estimator.vector('idf_', width);
  return estimator.has('_idf_diag') ? estimator.child('_idf_diag').vector('data', width) : null;
}

/** sklearn/feature_extraction/text.py */
export const TFIDF_TRANSLATORS: Record<string, Translator> = { TfidfTransformer: translateTfidfTransformer };
