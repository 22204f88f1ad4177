import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { constantRows } from './dummy';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import { anyMatrix, type Matrix } from './sparse-matrices';
import { pairwiseProbabilities } from './svm-probability';
import type { Translation, TranslationContext, Translator } from './translation';

/** [vectors, columns]; some of them are hints for the probe rows. */
function supportVectors(estimator: Estimator, frame: Frame, context: TranslationContext): Matrix {
  const vectors = anyMatrix(estimator, 'support_vectors_', context);
  const { data, rows, columns } = vectors;
  if (columns !== frame.width)
    throw new AppError(
      'model_corrupt',
      `expected support vectors of ${frame.width} columns in ${estimator.name}, found ${columns}`,
    );
  for (let column = 0; column < columns; column++)
    frame.hint(
      column,
      Array.from({ length: Math.min(rows, 16) }, (_, row) => data[row * columns + column]!),
    );
  return vectors;
}

/** Kernel of every row with every support vector, [N, vectors] (sklearn/svm/src/libsvm/svm.cpp `k_function`). */
function kernelMatrix(estimator: Estimator, frame: Frame, context: TranslationContext): ValueId {
  const { graph } = context;
  const { data, rows, columns } = supportVectors(estimator, frame, context);
  const x = frame.numbers();
  const kernel = estimator.text('kernel');
  const gamma = estimator.number('_gamma', 0);
  // The factor goes into the matrix: onnxruntime fuses a scalar after a product into one of float32.
  const scaled = (factor: number): ValueId =>
    graph.matmul(
      x,
      transpose(
        data.map((value) => factor * value),
        rows,
        columns,
      ),
      rows,
    );
  if (kernel === 'linear') return scaled(1);
  if (kernel === 'rbf') {
    const squares = Array.from({ length: rows }, (_, row) =>
      data.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value * value, 0),
    );
    const own = graph.reduce('sum', graph.binary('mul', x, x));
    const distance = graph.binary('add', graph.binary('sub', own, scaled(2)), graph.row(squares));
    return graph.unary(
      'exp',
      graph.binary('mul', graph.binary('max', distance, graph.scalar(0)), graph.scalar(-gamma)),
    );
  }
  const inner = graph.binary('add', scaled(gamma), graph.scalar(estimator.number('coef0')));
  if (kernel === 'poly') return graph.binary('pow', inner, graph.scalar(estimator.number('degree')));
  if (kernel === 'sigmoid') return graph.unary('tanh', inner);
  return estimator.unsupported(`with the kernel ${kernel ?? 'of your own'}`, 'use linear, rbf, poly or sigmoid');
}

/** `K @ _dual_coef_.T + _intercept_`; targets that are all within the tolerance leave no support vector. */
function singleDecision(estimator: Estimator, frame: Frame, context: TranslationContext): ValueId {
  const { data, rows, columns } = anyMatrix(estimator, '_dual_coef_', context);
  if (rows !== 1)
    throw new AppError('model_corrupt', `expected one row of coefficients in ${estimator.name}, found ${rows}`);
  if (columns === 0) {
    frame.numbers();
    return constantRows([estimator.number('_intercept_')], frame, context);
  }
  const product = context.graph.matmul(kernelMatrix(estimator, frame, context), data, 1);
  return context.graph.binary('add', product, context.graph.scalar(estimator.number('_intercept_')));
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return { task: 'regression', value: singleDecision(estimator, frame, context) };
}

function translateOneClass(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const decision = singleDecision(estimator, frame, context);
  return {
    task: 'outlier',
    targets: [{ classes: [-1, 1], index: graph.cast(graph.compare('gt', decision, graph.scalar(0)), 'i64'), decision }],
  };
}

/** One decision for each pair of classes: coefficients of libsvm are [classes - 1, vectors], vectors sorted by class. */
function pairWeights(estimator: Estimator, classCount: number, context: TranslationContext): Float64Array {
  const { data, rows, columns } = anyMatrix(estimator, '_dual_coef_', context);
  const counts = estimator.vector(estimator.has('_n_support') ? '_n_support' : 'n_support_', classCount);
  if (rows !== classCount - 1 || counts.reduce((sum, count) => sum + count, 0) !== columns) {
    throw new AppError(
      'model_corrupt',
      `expected coefficients of ${classCount} classes in ${estimator.name}, found ${rows + 1}`,
    );
  }
  const starts = counts.map((_, index) => counts.subarray(0, index).reduce((sum, count) => sum + count, 0));
  const pairs = (classCount * (classCount - 1)) / 2;
  context.spendValues(columns * pairs);
  const weights = new Float64Array(columns * pairs);
  let pair = 0;
  for (let i = 0; i < classCount; i++) {
    for (let j = i + 1; j < classCount; j++, pair++) {
      for (let n = 0; n < counts[i]!; n++)
        weights[(starts[i]! + n) * pairs + pair] = data[(j - 1) * columns + starts[i]! + n]!;
      for (let n = 0; n < counts[j]!; n++)
        weights[(starts[j]! + n) * pairs + pair] = data[i * columns + starts[j]! + n]!;
    }
  }
  return weights;
}

/** Votes of all pairs; the first class with most votes wins (libsvm `svm_predict_values`), or the ovr decision. */
function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const count = classes.length;
  const pairs = (count * (count - 1)) / 2;
  const product = graph.matmul(kernelMatrix(estimator, frame, context), pairWeights(estimator, count, context), pairs);
  const scores = graph.binary('add', product, graph.row(estimator.vector('_intercept_', pairs)));
  const forFirst = graph.cast(graph.compare('gt', scores, graph.scalar(0)), 'f64');
  const forSecond = graph.binary('sub', graph.scalar(1), forFirst);
  const { first, second } = pairPlaces(count);
  const votes = graph.binary('add', graph.matmul(forFirst, first, count), graph.matmul(forSecond, second, count));
  const probabilities = pairwiseProbabilities(estimator, scores, count, context);
  // scikit-learn negates libsvm's sign for two classes, so that above zero is the second class.
  const decision = count === 2 ? graph.unary('neg', scores) : oneVsRestDecision(scores, count, context);
  const breaksTies = estimator.boolean('break_ties', false) && count > 2;
  return {
    task: 'classification',
    targets: [
      {
        classes,
        decision,
        index: graph.argmax(breaksTies ? decision : votes),
        ...(probabilities !== undefined && { probabilities }),
      },
    ],
  };
}

/** `_ovr_decision_function`: votes plus confidences squeezed into a third either way (sklearn/utils/multiclass.py). */
function oneVsRestDecision(scores: ValueId, count: number, { graph }: TranslationContext): ValueId {
  const { first, second } = pairPlaces(count);
  // SVC hands it predictions "score < 0" and confidences "-score".
  const forSecond = graph.cast(graph.compare('lt', scores, graph.scalar(0)), 'f64');
  const forFirst = graph.binary('sub', graph.scalar(1), forSecond);
  const votes = graph.binary('add', graph.matmul(forFirst, first, count), graph.matmul(forSecond, second, count));
  const confidences = graph.matmul(
    scores,
    first.map((value, i) => value - second[i]!),
    count,
  );
  const squeezed = graph.binary(
    'div',
    confidences,
    graph.binary('add', graph.binary('mul', graph.unary('abs', confidences), graph.scalar(3)), graph.scalar(3)),
  );
  return graph.binary('add', votes, squeezed);
}

/** [pairs, classes]: 1 where the pair's first, or second, class is. */
function pairPlaces(count: number): { first: Float64Array; second: Float64Array } {
  const pairs = (count * (count - 1)) / 2;
  const first = new Float64Array(pairs * count);
  const second = new Float64Array(pairs * count);
  let pair = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++, pair++) {
      first[pair * count + i] = 1;
      second[pair * count + j] = 1;
    }
  }
  return { first, second };
}

/** sklearn/svm/_classes.py */
export const SVM_TRANSLATORS: Record<string, Translator> = {
  SVC: translateClassifier,
  NuSVC: translateClassifier,
  SVR: translateRegressor,
  NuSVR: translateRegressor,
  OneClassSVM: translateOneClass,
};
