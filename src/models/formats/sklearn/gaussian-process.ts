import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './matrices';
import { hintPoints, pointsOf } from './points';
import type { Points } from './points';
import type { Translation, TranslationContext, Translator } from './translation';

/** All kernel values of a row are held at a time. */
const MAX_POINTS = 10_000;
const MAX_DEPTH = 32;

/**
 * The mean of the posterior: kernel of the row with the rows of the fit, times `alpha_`
 * (sklearn/gaussian_process/_gpr.py `GaussianProcessRegressor.predict`). Where the fit had little noise, `alpha_` is large
 * and its terms cancel, there as here, so that fewer digits are left of the sum than elsewhere.
 */
function translateGaussianProcess(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const points = pointsOf(estimator, 'X_train_', frame.width, context);
  if (points.rows > MAX_POINTS) {
    estimator.unsupported(`fitted on more than ${MAX_POINTS} rows`, 'fit it on fewer, or use another regressor');
  }
  hintPoints(frame, points);
  const kernel = kernelMatrix(estimator.child('kernel_'), { x: frame.numbers(), points }, context);
  const { data: alpha } = estimator.numbers('alpha_');
  const outputs = alpha.length / points.rows;
  const [std, mean] = [estimator.numbers('_y_train_std').data, estimator.numbers('_y_train_mean').data];
  if (!Number.isInteger(outputs) || outputs === 0) estimator.wrong('alpha_', `rows for ${points.rows} points`, null);
  const product = graph.matmul(kernel, alpha, outputs);
  const value = graph.binary('add', graph.binary('mul', product, graph.row(std)), graph.row(mean));
  return { task: 'regression', value };
}

interface Operands {
  x: ValueId;
  points: Points;
}

/** [N, points] (sklearn/gaussian_process/kernels.py). */
function kernelMatrix(kernel: Estimator, operands: Operands, context: TranslationContext, depth = 0): ValueId {
  const { graph } = context;
  if (depth > MAX_DEPTH) kernel.wrong('k1', `at most ${MAX_DEPTH} kernels in one another`, null);
  const inner = (attribute: string): ValueId => kernelMatrix(kernel.child(attribute), operands, context, depth + 1);
  switch (kernel.name) {
    case 'Sum':
      return graph.binary('add', inner('k1'), inner('k2'));
    case 'Product':
      return graph.binary('mul', inner('k1'), inner('k2'));
    case 'Exponentiation':
      return graph.binary('pow', inner('kernel'), graph.scalar(kernel.number('exponent')));
    case 'ConstantKernel':
      return graph.row(new Float64Array(operands.points.rows).fill(kernel.number('constant_value')));
    case 'WhiteKernel': // noise of the same measurement only, which a new row is not
      return graph.row(new Float64Array(operands.points.rows));
    case 'DotProduct': {
      const { data, rows, columns } = operands.points;
      const products = graph.matmul(operands.x, transpose(data, rows, columns), rows);
      return graph.binary('add', products, graph.scalar(kernel.number('sigma_0') ** 2));
    }
    case 'RBF':
      return graph.unary('exp', graph.binary('mul', graph.scalar(-0.5), squaredDistances(kernel, operands, context)));
    case 'Matern':
      return matern(kernel, operands, context);
    case 'RationalQuadratic': {
      const alpha = kernel.number('alpha');
      const share = graph.binary('div', squaredDistances(kernel, operands, context), graph.scalar(2 * alpha));
      return graph.binary('pow', graph.binary('add', share, graph.scalar(1)), graph.scalar(-alpha));
    }
    default:
      return kernel.unsupported(
        'as a kernel',
        'use RBF, Matern, RationalQuadratic, DotProduct, constants and sums of them',
      );
  }
}

function matern(kernel: Estimator, operands: Operands, context: TranslationContext): ValueId {
  const { graph } = context;
  const nu = kernel.number('nu');
  const squares = squaredDistances(kernel, operands, context);
  if (nu === Infinity) return graph.unary('exp', graph.binary('mul', graph.scalar(-0.5), squares));
  if (![0.5, 1.5, 2.5].includes(nu)) kernel.unsupported(`with nu=${nu}`, 'use nu=0.5, 1.5, 2.5 or inf');
  const distance = graph.binary('mul', graph.unary('sqrt', squares), graph.scalar(Math.sqrt(2 * nu)));
  const decay = graph.unary('exp', graph.unary('neg', distance));
  if (nu === 0.5) return decay;
  let factor = graph.binary('add', graph.scalar(1), distance);
  if (nu === 2.5) {
    const square = graph.binary('div', graph.binary('mul', distance, distance), graph.scalar(3));
    factor = graph.binary('add', factor, square);
  }
  return graph.binary('mul', factor, decay);
}

/** Squared distances in units of `length_scale`, which is one number or one for each column. */
function squaredDistances(kernel: Estimator, { x, points }: Operands, { graph }: TranslationContext): ValueId {
  const { data, rows, columns } = points;
  const scales = kernel.numbers('length_scale').data;
  if (scales.length !== 1 && scales.length !== columns) {
    kernel.wrong('length_scale', `1 or ${columns} numbers`, kernel.get('length_scale'));
  }
  let total: ValueId | null = null;
  for (let column = 0; column < columns; column++) {
    const scale = scales[scales.length === 1 ? 0 : column]!;
    const own = graph.binary('div', graph.select(x, [column]), graph.scalar(scale));
    const theirs = graph.row(Array.from({ length: rows }, (_, row) => data[row * columns + column]! / scale));
    const difference = graph.binary('sub', own, theirs);
    const square = graph.binary('mul', difference, difference);
    total = total === null ? square : graph.binary('add', total, square);
  }
  return total!;
}

/** sklearn/gaussian_process/_gpr.py */
export const GAUSSIAN_PROCESS_TRANSLATORS: Record<string, Translator> = {
  GaussianProcessRegressor: translateGaussianProcess,
};
