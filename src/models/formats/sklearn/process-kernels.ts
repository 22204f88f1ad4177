import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import { pairwiseDiagonal, pairwiseKernel, products, readKernel, squaredDistances } from './pairwise-kernels';
import type { Operands, PairwiseKernel } from './pairwise-kernels';
import type { TranslationContext } from './translation';

const MAX_DEPTH = 32;
const ADVICE =
  'use RBF, Matern, RationalQuadratic, ExpSineSquared, DotProduct, PairwiseKernel, constants, and sums, products and powers of them';

/** [N, points]: a kernel between rows and the rows of the fit (sklearn/gaussian_process/kernels.py). */
export function kernelMatrix(kernel: Estimator, operands: Operands, context: TranslationContext, depth = 0): ValueId {
  const { graph } = context;
  if (depth > MAX_DEPTH) kernel.wrong('k1', `at most ${MAX_DEPTH} kernels in one another`, null);
  const inner = (attribute: string): ValueId => kernelMatrix(kernel.child(attribute), operands, context, depth + 1);
  const constant = (value: number): ValueId => graph.row(new Float64Array(operands.points.rows).fill(value));
  switch (kernel.name) {
    case 'Sum':
    case 'Product':
    case 'Exponentiation':
      return composed(kernel, inner, context);
    case 'ConstantKernel':
      return constant(kernel.number('constant_value'));
    case 'WhiteKernel': // noise of the same measurement only, which a new row is not
      return constant(0);
    case 'DotProduct':
      return graph.binary('add', products(operands, context), graph.scalar(kernel.number('sigma_0') ** 2));
    case 'RBF':
      return graph.unary('exp', graph.binary('mul', graph.scalar(-0.5), scaledDistances(kernel, operands, context)));
    case 'Matern':
      return matern(kernel, scaledDistances(kernel, operands, context), context);
    case 'RationalQuadratic': {
      const alpha = kernel.number('alpha');
      const share = graph.binary('div', scaledDistances(kernel, operands, context), graph.scalar(2 * alpha));
      return graph.binary('pow', graph.binary('add', share, graph.scalar(1)), graph.scalar(-alpha));
    }
    case 'ExpSineSquared':
      return periodic(kernel, operands, context);
    case 'PairwiseKernel':
      return pairwiseKernel(pairwiseOf(kernel), operands, context);
    default:
      return kernel.unsupported('as a kernel', ADVICE);
  }
}

/** [N, 1] or one number for all rows: `kernel.diag(X)`, the kernel of each row with itself. */
export function kernelDiagonal(kernel: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const inner = (attribute: string): ValueId => kernelDiagonal(kernel.child(attribute), x, context);
  switch (kernel.name) {
    case 'Sum':
    case 'Product':
    case 'Exponentiation':
      return composed(kernel, inner, context);
    case 'ConstantKernel':
      return graph.scalar(kernel.number('constant_value'));
    case 'WhiteKernel':
      return graph.scalar(kernel.number('noise_level'));
    case 'DotProduct': {
      const square = graph.reduce('sum', graph.binary('mul', x, x));
      return graph.binary('add', square, graph.scalar(kernel.number('sigma_0') ** 2));
    }
    case 'PairwiseKernel':
      return pairwiseDiagonal(pairwiseOf(kernel), x, context);
    default:
      return graph.scalar(1); // what is left depends on distances only
  }
}

/** A kernel of other kernels, each of which `inner` translates by the attribute that holds it. */
function composed(kernel: Estimator, inner: (attribute: string) => ValueId, { graph }: TranslationContext): ValueId {
  if (kernel.name === 'Exponentiation') {
    return graph.binary('pow', inner('kernel'), graph.scalar(kernel.number('exponent')));
  }
  return graph.binary(kernel.name === 'Sum' ? 'add' : 'mul', inner('k1'), inner('k2'));
}

/** `pairwise_kernels(X, Y, metric=self.metric, gamma=self.gamma, filter_params=True)` */
function pairwiseOf(kernel: Estimator): PairwiseKernel {
  return { ...readKernel(kernel, 'metric'), degree: 3, coef0: 1 };
}

function matern(kernel: Estimator, squares: ValueId, { graph }: TranslationContext): ValueId {
  const nu = kernel.number('nu');
  if (nu === Infinity) return graph.unary('exp', graph.binary('mul', graph.scalar(-0.5), squares));
  if (![0.5, 1.5, 2.5].includes(nu)) {
    kernel.unsupported(`with nu=${nu}, which takes a Bessel function,`, 'use nu=0.5, 1.5, 2.5 or inf');
  }
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

/** `exp(-2 (sin(pi / periodicity * d) / length_scale)^2)` */
function periodic(kernel: Estimator, operands: Operands, context: TranslationContext): ValueId {
  const { graph } = context;
  const distance = graph.unary('sqrt', squaredDistances(operands, context));
  const angle = graph.binary('mul', graph.scalar(Math.PI / kernel.number('periodicity')), distance);
  const wave = graph.binary('div', graph.unary('sin', angle), graph.scalar(kernel.number('length_scale')));
  return graph.unary('exp', graph.binary('mul', graph.scalar(-2), graph.binary('mul', wave, wave)));
}

/** Squared distances in units of `length_scale`, which is one number or one for each column. */
function scaledDistances(kernel: Estimator, operands: Operands, context: TranslationContext): ValueId {
  const { columns } = operands.points;
  const scales = kernel.numbers('length_scale').data;
  if (scales.length !== 1 && scales.length !== columns) {
    kernel.wrong('length_scale', `1 or ${columns} numbers`, kernel.get('length_scale'));
  }
  return squaredDistances(operands, context, scales);
}
