import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { TranslationContext } from './translation';

/** Rounds that are laid out; libsvm stops by itself after a few, and rows that have stopped are left as they are. */
const ROUNDS = 24;

const MOST_CLASSES = 12;
const LEAST = 1e-7;

/**
 * Class probabilities from the decisions of all pairs, by libsvm's iteration (`multiclass_probability` in svm.cpp; method
 * 2 of Wu, Lin and Weng, "Probability estimates for multi-class classification by pairwise coupling", JMLR 5, 2004). Its
 * early stop makes the result differ from the limit in the third digit, for two classes as well, so it is replayed.
 * @param scores libsvm's decisions [N, pairs]
 * @returns probabilities [N, classes]; undefined where the model has none or too many classes
 */
export function pairwiseProbabilities(
  estimator: Estimator,
  scores: ValueId,
  count: number,
  context: TranslationContext,
): ValueId | undefined {
  // Private since 0.23.
  const [slope, offset] = estimator.has('_probA') ? (['_probA', '_probB'] as const) : (['probA_', 'probB_'] as const);
  const slopes = estimator.has(slope) ? estimator.numbers(slope).data : new Float64Array(0);
  if (slopes.length === 0) return undefined;
  if (count > MOST_CLASSES) {
    context.warn(
      `${estimator.name} with more than ${MOST_CLASSES} classes is served without probabilities; wrap it in CalibratedClassifierCV for them`,
    );
    return undefined;
  }
  const { graph } = context;
  const exponent = graph.binary(
    'add',
    graph.binary('mul', scores, graph.row(slopes)),
    graph.row(estimator.vector(offset, slopes.length)),
  );
  const raw = graph.unary('sigmoid', graph.unary('neg', exponent));
  const pairs = graph.binary('min', graph.binary('max', raw, graph.scalar(LEAST)), graph.scalar(1 - LEAST));
  return couple(pairs, count, context);
}

/** Rows of Q and its diagonal, from the probabilities of pairs: Q[t][j] = -r[j][t] r[t][j], Q[t][t] = sum of r[j][t]^2. */
function couplingMatrix(
  pairs: ValueId,
  count: number,
  { graph }: TranslationContext,
): { rows: ValueId[]; diagonal: ValueId[] } {
  const both = graph.concat([pairs, graph.binary('sub', graph.scalar(1), pairs)]);
  const total = graph.width(pairs);
  const place = (i: number, j: number): number => {
    const [low, high] = i < j ? [i, j] : [j, i];
    const pair = low * count - (low * (low + 1)) / 2 + high - low - 1;
    return i < j ? pair : total + pair;
  };
  const others = (t: number): number[] => Array.from({ length: count }, (_, j) => j).filter((j) => j !== t);
  const squares = graph.binary('mul', both, both);
  const diagonal = Array.from({ length: count }, (_, t) =>
    graph.reduce(
      'sum',
      graph.select(
        squares,
        others(t).map((j) => place(j, t)),
      ),
    ),
  );
  const mixed = graph.unary('neg', graph.binary('mul', pairs, graph.binary('sub', graph.scalar(1), pairs)));
  const rows = diagonal.map((own, t) =>
    graph.concat(
      Array.from({ length: count }, (_, j) =>
        j === t ? own : graph.select(mixed, [place(Math.min(j, t), Math.max(j, t))]),
      ),
    ),
  );
  return { rows, diagonal };
}

function couple(pairs: ValueId, count: number, context: TranslationContext): ValueId {
  const { graph } = context;
  const { rows, diagonal } = couplingMatrix(pairs, count, context);
  const one = graph.scalar(1);
  const tolerance = graph.scalar(0.005 / count);
  // Every row starts at 1 / count; the sum keeps it a value with rows.
  let p = graph.binary(
    'add',
    graph.binary('mul', graph.select(pairs, [0]), graph.scalar(0)),
    graph.row(new Float64Array(count).fill(1 / count)),
  );
  for (let round = 0; round < ROUNDS; round++) {
    let products = graph.concat(rows.map((row) => graph.reduce('sum', graph.binary('mul', row, p))));
    let whole = graph.reduce('sum', graph.binary('mul', p, products));
    const error = graph.reduce('max', graph.unary('abs', graph.binary('sub', products, whole)));
    const done = graph.compare('lt', error, tolerance);
    let next = p;
    rows.forEach((row, t) => {
      const own = graph.select(products, [t]);
      const step = graph.binary('div', graph.binary('sub', whole, own), diagonal[t]!);
      const growth = graph.binary('add', one, step);
      const unit = Float64Array.from({ length: count }, (_, j) => Number(j === t));
      const change = graph.binary(
        'add',
        graph.binary('mul', step, diagonal[t]!),
        graph.binary('mul', own, graph.scalar(2)),
      );
      whole = graph.binary(
        'div',
        graph.binary('div', graph.binary('add', whole, graph.binary('mul', step, change)), growth),
        growth,
      );
      products = graph.binary('div', graph.binary('add', products, graph.binary('mul', step, row)), growth);
      next = graph.binary('div', graph.binary('add', next, graph.binary('mul', step, graph.row(unit))), growth);
    });
    p = graph.where(done, p, next);
  }
  return p;
}
