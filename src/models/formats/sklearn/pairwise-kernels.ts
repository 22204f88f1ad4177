import type { ValueId } from '../../graph/ir';
import { PyDict } from '../pickle/records';
import { asNumber } from './arrays';
import type { Estimator } from './estimator';
import { transpose } from './linear-algebra';
import type { Points } from './points';
import type { TranslationContext } from './translation';

/** Rows of the graph and the rows that a model keeps of its fit. */
export interface Operands {
  /** [N, columns] */
  x: ValueId;
  points: Points;
}

/** A kernel of sklearn.metrics.pairwise with its parameters. */
export interface PairwiseKernel {
  name: string;
  /** `1 / columns` where it is not set, 1 for chi2. */
  gamma: number | null;
  degree: number;
  coef0: number;
}

/** Names of `PAIRWISE_KERNEL_FUNCTIONS` (sklearn/metrics/pairwise.py). */
const KERNELS: ReadonlySet<string> = new Set([
  ...['linear', 'rbf', 'poly', 'polynomial', 'sigmoid', 'laplacian', 'cosine', 'chi2', 'additive_chi2'],
]);

/**
 * The kernel that an estimator names in `attribute`, with `gamma`, `degree` and `coef0` of its own or of its
 * `kernel_params`.
 * @throws AppError model_unsupported for a function of one's own and for precomputed kernels
 */
export function readKernel(estimator: Estimator, attribute: string, gamma = 'gamma'): PairwiseKernel {
  const name = estimator.text(attribute);
  if (name === null || !KERNELS.has(name)) {
    estimator.unsupported(`with the kernel ${name ?? 'of your own'}`, `use ${[...KERNELS].join(', ')}`);
  }
  if (name === 'chi2' && !estimator.atLeast(0, 19)) {
    estimator.unsupported('with the kernel chi2 of scikit-learn before 0.19', 'fit it again with 0.19 or newer');
  }
  const others = estimator.get('kernel_params');
  const parameter = (key: string): number | undefined =>
    asNumber(estimator.get(key)) ?? (others instanceof PyDict ? asNumber(others.get(key)) : undefined);
  return {
    name,
    gamma: parameter(gamma) ?? parameter('gamma') ?? null,
    degree: parameter('degree') ?? 3,
    coef0: parameter('coef0') ?? 1,
  };
}

/** [N, points] of `pairwise_kernels(X, Y, metric)` (sklearn/metrics/pairwise.py). */
export function pairwiseKernel(kernel: PairwiseKernel, operands: Operands, context: TranslationContext): ValueId {
  const { graph } = context;
  const gamma = kernel.gamma ?? (kernel.name === 'chi2' ? 1 : 1 / operands.points.columns);
  const scaled = (): ValueId =>
    graph.binary(
      'add',
      graph.binary('mul', products(operands, context), graph.scalar(gamma)),
      graph.scalar(kernel.coef0),
    );
  const decay = (distance: ValueId): ValueId => graph.unary('exp', graph.binary('mul', graph.scalar(-gamma), distance));
  switch (kernel.name) {
    case 'linear':
      return products(operands, context);
    case 'poly':
    case 'polynomial':
      return graph.binary('pow', scaled(), graph.scalar(kernel.degree));
    case 'sigmoid':
      return graph.unary('tanh', scaled());
    case 'rbf':
      return decay(squaredDistances(operands, context));
    case 'laplacian':
      return decay(sumOver(operands, context, (x, y) => graph.unary('abs', graph.binary('sub', x, y))));
    case 'cosine':
      return products({ x: unitRows(operands.x, context), points: unitPoints(operands.points) }, context);
    case 'chi2':
      return decay(chiSquared(operands, context));
    default:
      return graph.unary('neg', chiSquared(operands, context));
  }
}

/** [N, 1]: the kernel of each row with itself. */
export function pairwiseDiagonal(kernel: PairwiseKernel, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const zero = graph.binary('mul', graph.select(x, [0]), graph.scalar(0));
  const square = graph.reduce('sum', graph.binary('mul', x, x));
  const gamma = graph.scalar(kernel.gamma ?? 1 / graph.width(x));
  const scaled = (): ValueId => graph.binary('add', graph.binary('mul', square, gamma), graph.scalar(kernel.coef0));
  switch (kernel.name) {
    case 'linear':
      return square;
    case 'poly':
    case 'polynomial':
      return graph.binary('pow', scaled(), graph.scalar(kernel.degree));
    case 'sigmoid':
      return graph.unary('tanh', scaled());
    case 'cosine':
      return graph.cast(graph.compare('gt', square, graph.scalar(0)), 'f64');
    case 'additive_chi2':
      return zero;
    default:
      return graph.binary('add', zero, graph.scalar(1));
  }
}

/** `x @ points.T` */
export function products({ x, points }: Operands, { graph }: TranslationContext): ValueId {
  return graph.matmul(x, transpose(points.data, points.rows, points.columns), points.rows);
}

function squaredDifference(x: ValueId, y: ValueId, { graph }: TranslationContext): ValueId {
  const difference = graph.binary('sub', x, y);
  return graph.binary('mul', difference, difference);
}

/** Squared Euclidean distances [N, points], each column divided by its scale if there are scales. */
export function squaredDistances(operands: Operands, context: TranslationContext, scales?: Float64Array): ValueId {
  return sumOver(operands, context, squaredDifference, scales);
}

/** Adds up what a function makes of each column of the row and of the points. */
function sumOver(
  { x, points }: Operands,
  context: TranslationContext,
  term: (x: ValueId, y: ValueId, context: TranslationContext) => ValueId,
  scales?: Float64Array,
): ValueId {
  const { graph } = context;
  const { data, rows, columns } = points;
  let total: ValueId | null = null;
  for (let column = 0; column < columns; column++) {
    const scale = scales?.[scales.length === 1 ? 0 : column] ?? 1;
    const value = graph.select(x, [column]);
    const own = scales ? graph.binary('div', value, graph.scalar(scale)) : value;
    const theirs = graph.row(Float64Array.from({ length: rows }, (_, row) => data[row * columns + column]! / scale));
    const part = term(own, theirs, context);
    total = total === null ? part : graph.binary('add', total, part);
  }
  return total!;
}

/** Sum of `(x - y)^2 / (x + y)`, terms of two zeros left out; NaN for a row with a negative number, which is refused there. */
function chiSquared(operands: Operands, context: TranslationContext): ValueId {
  const { graph } = context;
  const sum = sumOver(operands, context, (x, y) => {
    const total = graph.binary('add', x, y);
    const none = graph.compare('eq', total, graph.scalar(0));
    const share = graph.binary('div', squaredDifference(x, y, context), graph.where(none, graph.scalar(1), total));
    return graph.where(none, graph.scalar(0), share);
  });
  const negative = graph.compare('lt', graph.reduce('min', operands.x), graph.scalar(0));
  return graph.where(negative, graph.scalar(NaN), sum);
}

/** Rows divided by their lengths; rows of zeros stay. */
export function unitRows(x: ValueId, { graph }: TranslationContext): ValueId {
  const norm = graph.unary('sqrt', graph.reduce('sum', graph.binary('mul', x, x)));
  return graph.binary('div', x, graph.where(graph.compare('eq', norm, graph.scalar(0)), graph.scalar(1), norm));
}

/** The same for rows that a model keeps. */
export function unitPoints({ data, rows, columns }: Points): Points {
  const unit = Float64Array.from(data);
  for (let row = 0; row < rows; row++) {
    const point = unit.subarray(row * columns, (row + 1) * columns);
    const norm = Math.sqrt(point.reduce((sum, value) => sum + value * value, 0)) || 1;
    point.forEach((value, column) => (point[column] = value / norm));
  }
  return { data: unit, rows, columns };
}
