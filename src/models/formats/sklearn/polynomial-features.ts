import { asList, asNumber } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

const MAX_FACTORS = 100_000;

/** Products of columns by degree, in the order of itertools (sklearn/preprocessing/_polynomial.py `_combinations`). */
function translatePolynomial(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const degree = estimator.get('degree');
  const range = asList(degree)?.map(asNumber) ?? [0, asNumber(degree)];
  const [least, most] = [range[0] ?? 0, range[1] ?? 0];
  const distinct = estimator.boolean('interaction_only', false);
  const terms: number[][] = estimator.boolean('include_bias', true) ? [[]] : [];
  let last: number[][] = [[]];
  let factors = 0;
  for (let size = 1; size <= most; size++) {
    if (last.length * frame.width > 20 * MAX_FACTORS) tooManyTerms(estimator);
    last = last.flatMap((term) => {
      const from = term.length === 0 ? 0 : term.at(-1)! + Number(distinct);
      return Array.from({ length: Math.max(0, frame.width - from) }, (_, index) => [...term, from + index]);
    });
    if (last.length === 0) break;
    factors += last.length * size;
    if (factors > MAX_FACTORS) tooManyTerms(estimator);
    if (size >= least) for (const term of last) terms.push(term);
  }
  const x = frame.numbers();
  const width = terms.reduce((longest, term) => Math.max(longest, term.length), 1);
  const padded = graph.concat([x, graph.where(graph.isnan(graph.select(x, [0])), graph.scalar(1), graph.scalar(1))]);
  const one = frame.width;
  const product = Array.from({ length: width }, (_, place) =>
    graph.select(
      padded,
      terms.map((term) => term[place] ?? one),
    ),
  );
  const products = product.reduce((total, factor) => graph.binary('mul', total, factor));
  return { task: 'transform', frame: frame.of(products).stored(frame.sparse) };
}

function tooManyTerms(estimator: Estimator): never {
  return estimator.unsupported(
    `with products of more than ${MAX_FACTORS} factors`,
    'use a lower degree or fewer columns',
  );
}

/** sklearn/preprocessing/_polynomial.py */
export const POLYNOMIAL_TRANSLATORS: Record<string, Translator> = { PolynomialFeatures: translatePolynomial };
