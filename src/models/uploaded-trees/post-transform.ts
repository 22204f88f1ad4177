import type { PartBuilder } from './part-builder';

/** Scores and how many rows of them are still answered so: above that the runtime itself would round otherwise. */
export interface Transformed {
  scores: string;
  maxRows: number;
}

/** From so many scores on, LinearRegressor leaves SOFTMAX to another exponential (ml_common.h); by columns. */
const SCALAR_SOFTMAX = new Map([
  [2, 32 * 1024],
  [3, 16 * 1024],
  [4, 16 * 1024],
]);

/**
 * The post-transforms of the runtime's tree ensembles (onnxruntime/core/providers/cpu/ml/ml_common.h, `write_scores`),
 * by the runtime itself: LinearRegressor applies the same functions to whatever it is given, which are the floats of the
 * sums when its coefficients are those of the identity.
 * @param scores floats [N, columns], two columns or more
 * @returns null for a transform that is not had this way
 */
export function transformScores(
  part: PartBuilder,
  scores: string,
  columns: number,
  transform: string,
): Transformed | null {
  if (transform === 'NONE') return { scores, maxRows: Infinity };
  if (transform === 'LOGISTIC') {
    const share = shareOf(part, scores, columns);
    return { scores: logistic(part, share, 'Less', scores), maxRows: maxRowsOfShare(columns) };
  }
  if (transform !== 'SOFTMAX' && transform !== 'SOFTMAX_ZERO') return null;
  const end = transform === 'SOFTMAX' ? SCALAR_SOFTMAX.get(columns) : Infinity;
  if (end === undefined) return null;
  const coefficients = Array.from({ length: columns ** 2 }, (_, i) => (i % (columns + 1) === 0 ? 1 : 0));
  return {
    scores: part.ml('LinearRegressor', [scores], {
      coefficients: { floats: coefficients },
      targets: { int: columns },
      post_transform: { string: transform },
    }),
    maxRows: Math.ceil(end / columns) - 1,
  };
}

/** [logistic(-x), logistic(x)] of one column. */
export function logisticPair(part: PartBuilder, scores: string): Transformed {
  const share = shareOf(part, scores, 1);
  const both = [logistic(part, share, 'Greater', scores), logistic(part, share, 'Less', scores)];
  return { scores: part.op('Concat', both, { axis: { int: 1 } }), maxRows: maxRowsOfShare(1) };
}

/** The runtime's logistic function is 1 - v where x is negative, and else v. */
function logistic(part: PartBuilder, share: string, isNegative: 'Less' | 'Greater', scores: string): string {
  const one = part.op('Sub', [part.floats([1]), share]);
  return part.op('Where', [part.op(isNegative, [scores, part.floats([0])]), one, share]);
}

/** v = 1 / (1 + exp(-|x|)) of each number: the first column of the softmax of 0 and -|x|. */
function shareOf(part: PartBuilder, scores: string, columns: number): string {
  const flat = part.op('Reshape', [part.op('Abs', [scores]), part.integers([2], [-1, 1])]);
  const shares = part.ml('LinearRegressor', [flat], {
    coefficients: { floats: [0, -1] },
    targets: { int: 2 },
    post_transform: { string: 'SOFTMAX' },
  });
  const first = part.op('Gather', [shares, part.integers([], [0])], { axis: { int: 1 } });
  return part.op('Reshape', [first, part.integers([2], [-1, columns])]);
}

function maxRowsOfShare(columns: number): number {
  return Math.floor((SCALAR_SOFTMAX.get(2)! / 2 - 1) / columns);
}
