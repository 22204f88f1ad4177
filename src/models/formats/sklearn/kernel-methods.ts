import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import { pairwiseKernel, readKernel } from './pairwise-kernels';
import { hintPoints, MAX_KERNEL_POINTS, pointsOf } from './points';
import type { Translation, TranslationContext, Translator } from './translation';

/** Singular values of rounding errors are raised to 1e-12 in the fit, and their roots divide: that is 1e6. */
const MAX_NORMALIZATION = 2e5;

/** Kernel values of the row with the rows that an estimator keeps, [N, rows]. */
function kernelValues(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  { kept, gamma }: { kept: string; gamma?: string },
): ValueId {
  const points = pointsOf(estimator, kept, frame.width, context);
  if (points.rows > MAX_KERNEL_POINTS)
    estimator.unsupported(`that keeps more than ${MAX_KERNEL_POINTS} rows`, 'fit it on fewer');
  hintPoints(frame, points);
  return pairwiseKernel(readKernel(estimator, 'kernel', gamma), { x: frame.numbers(), points }, context);
}

/** `K(X, X_fit_) @ dual_coef_` (sklearn/kernel_ridge.py). */
function translateKernelRidge(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const values = kernelValues(estimator, frame, context, { kept: 'X_fit_' });
  const { data } = estimator.numbers('dual_coef_');
  const targets = data.length / graph.width(values);
  if (!Number.isInteger(targets)) estimator.wrong('dual_coef_', `rows for ${graph.width(values)} points`, null);
  return { task: 'regression', value: graph.matmul(values, data, targets) };
}

/** The centred kernel, times eigenvectors over roots of eigenvalues (sklearn/decomposition/_kernel_pca.py). */
function translateKernelPca(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const values = kernelValues(estimator, frame, context, { kept: 'X_fit_', gamma: 'gamma_' });
  const centred = centre(estimator.child('_centerer'), values, context);
  // The attributes were renamed in 1.0.
  const modern = estimator.has('eigenvalues_');
  const { data, columns } = estimator.matrix(modern ? 'eigenvectors_' : 'alphas_');
  const eigenvalues = estimator.vector(modern ? 'eigenvalues_' : 'lambdas_', columns);
  const weights = data.map((value, i) => {
    const eigenvalue = eigenvalues[i % columns]!;
    return eigenvalue === 0 ? 0 : value / Math.sqrt(eigenvalue);
  });
  return { task: 'transform', frame: frame.of(context.graph.matmul(centred, weights, columns)) };
}

/** `K - K_fit_rows_ - row mean of K + K_fit_all_` (sklearn/preprocessing/_data.py `KernelCenterer.transform`). */
function centre(centerer: Estimator, values: ValueId, { graph }: TranslationContext): ValueId {
  const means = centerer.vector('K_fit_rows_', graph.width(values));
  const shifted = graph.binary('sub', graph.binary('sub', values, graph.row(means)), graph.reduce('mean', values));
  return graph.binary('add', shifted, graph.scalar(centerer.number('K_fit_all_')));
}

function translateCenterer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return { task: 'transform', frame: frame.of(centre(estimator, frame.numbers(), context)) };
}

/** `K(X, components_) @ normalization_.T` (sklearn/kernel_approximation.py `Nystroem`). */
function translateNystroem(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const values = kernelValues(estimator, frame, context, { kept: 'components_' });
  const { data, rows, columns } = estimator.matrix('normalization_');
  if (data.some((value) => Math.abs(value) > MAX_NORMALIZATION)) {
    estimator.unsupported(
      'whose kernel has a lower rank than it has components, so that rounding errors are all there is in some,',
      'use fewer components, for a linear or a cosine kernel at most as many as there are columns',
    );
  }
  return { task: 'transform', frame: frame.of(graph.matmul(values, transpose(data, rows, columns), rows)) };
}

/** Estimators over a kernel with rows of the fit. */
export const KERNEL_TRANSLATORS: Record<string, Translator> = {
  KernelRidge: translateKernelRidge,
  KernelPCA: translateKernelPca,
  KernelCenterer: translateCenterer,
  Nystroem: translateNystroem,
};
