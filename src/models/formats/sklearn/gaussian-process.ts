import type { ValueId } from '../../graph/ir';
import { errorFunction } from './elementary-functions';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { inverseLower } from './linear-algebra';
import { twoColumns } from './linear';
import type { Operands } from './pairwise-kernels';
import { hintPoints, MAX_KERNEL_POINTS, pointsOf } from './points';
import { kernelDiagonal, kernelMatrix } from './process-kernels';
import type { Translation, TranslationContext, Translator } from './translation';

/** A classifier also takes the square of the number of its rows. */
const MAX_CLASSIFIER_POINTS = 3_000;

/**
 * The mean of the posterior: kernel of the row with the rows of the fit, times `alpha_`
 * (sklearn/gaussian_process/_gpr.py `GaussianProcessRegressor.predict`). Where the fit had little noise, `alpha_` is large
 * and its terms cancel, there as here, so that fewer digits are left of the sum than elsewhere: see `graph/sum-terms`.
 */
function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const operands = operandsOf(estimator, frame, context, MAX_KERNEL_POINTS);
  const kernel = kernelMatrix(estimator.child('kernel_'), operands, context);
  const { data: alpha } = estimator.numbers('alpha_');
  const outputs = alpha.length / operands.points.rows;
  const [std, mean] = [estimator.numbers('_y_train_std').data, estimator.numbers('_y_train_mean').data];
  if (!Number.isInteger(outputs) || outputs === 0) {
    estimator.wrong('alpha_', `rows for ${operands.points.rows} points`, null);
  }
  const product = graph.matmul(kernel, alpha, outputs);
  const value = graph.binary('add', graph.binary('mul', product, graph.row(std)), graph.row(mean));
  return { task: 'regression', value };
}

function operandsOf(estimator: Estimator, frame: Frame, context: TranslationContext, most: number): Operands {
  const points = pointsOf(estimator, 'X_train_', frame.width, context);
  if (points.rows > most) {
    estimator.unsupported(`fitted on more than ${most} rows`, 'fit it on fewer, or use another estimator');
  }
  hintPoints(frame, points);
  return { x: frame.numbers(), points };
}

/** One binary classifier, or one for each class or each pair of classes (sklearn/gaussian_process/_gpc.py). */
function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return context.translate(estimator.child('base_estimator_'), frame);
}

/** Williams and Barber, Bayesian Classification with Gaussian Processes (1998), appendix A. */
const LAMBDAS = [0.41, 0.4, 0.37, 0.44, 0.39];
const COEFFICIENTS = [-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654];

/**
 * Laplace's approximation of two classes: the label by the sign of the latent mean, the probability by the sigmoid
 * averaged over the latent normal distribution, as a sum of five error functions. Their coefficients are in the
 * thousands and cancel, so that three digits fewer are left, there as here.
 */
function translateBinary(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const operands = operandsOf(estimator, frame, context, MAX_CLASSIFIER_POINTS);
  const { rows } = operands.points;
  const kernel = estimator.child('kernel_');
  const matrix = kernelMatrix(kernel, operands, context);
  const [truth, shares] = [estimator.vector('y_train_', rows), estimator.vector('pi_', rows)];
  const mean = graph.matmul(
    matrix,
    truth.map((value, row) => value - shares[row]!),
    1,
  );
  const spread = graph.matmul(matrix, whitening(estimator, rows, context), rows);
  const variance = graph.binary(
    'sub',
    kernelDiagonal(kernel, operands.x, context),
    graph.reduce('sum', graph.binary('mul', spread, spread)),
  );
  const index = graph.cast(graph.compare('gt', mean, graph.scalar(0)), 'i64');
  const probabilities = twoColumns(averagedSigmoid(mean, variance, context), context);
  return { task: 'classification', targets: [{ classes: estimator.classes(), index, probabilities }] };
}

/** The transpose of `L^-1 diag(W_sr_)`: what `solve(L_, W_sr_ * K)` multiplies a row of kernel values by. */
function whitening(estimator: Estimator, rows: number, context: TranslationContext): Float64Array {
  const lower = estimator.vector('L_', rows * rows);
  const scale = estimator.vector('W_sr_', rows);
  context.spendValues(2 * rows * rows);
  if (scale.some((_, row) => !(lower[row * rows + row]! > 0))) estimator.wrong('L_', 'a factor of Cholesky', null);
  const inverse = inverseLower(lower, rows);
  const weights = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) weights[j * rows + i] = inverse[i * rows + j]! * scale[j]!;
  }
  return weights;
}

function averagedSigmoid(mean: ValueId, variance: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const alpha = graph.binary('div', graph.scalar(1), graph.binary('mul', graph.scalar(2), variance));
  const gamma = graph.binary('mul', graph.row(LAMBDAS), mean);
  const width = graph.binary('add', alpha, graph.row(LAMBDAS.map((lambda) => lambda ** 2)));
  const argument = graph.binary('mul', gamma, graph.unary('sqrt', graph.binary('div', alpha, width)));
  const top = graph.unary('sqrt', graph.binary('div', graph.scalar(Math.PI), alpha));
  const bottom = graph.binary(
    'mul',
    graph.scalar(2),
    graph.unary('sqrt', graph.binary('mul', graph.binary('mul', variance, graph.scalar(2)), graph.scalar(Math.PI))),
  );
  const integrals = graph.binary('div', graph.binary('mul', top, errorFunction(argument, context)), bottom);
  const sum = graph.reduce('sum', graph.binary('mul', graph.row(COEFFICIENTS), integrals));
  return graph.binary('add', sum, graph.scalar(0.5 * COEFFICIENTS.reduce((total, value) => total + value)));
}

/** sklearn/gaussian_process/_gpr.py, _gpc.py */
export const GAUSSIAN_PROCESS_TRANSLATORS: Record<string, Translator> = {
  GaussianProcessRegressor: translateRegressor,
  GaussianProcessClassifier: translateClassifier,
  _BinaryGaussianProcessClassifierLaplace: translateBinary,
};
