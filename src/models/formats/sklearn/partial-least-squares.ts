import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import type { Translation, TranslationContext, Translator } from './translation';

/** `X - _x_mean` */
function centred(estimator: Estimator, frame: Frame, { graph }: TranslationContext): ValueId {
  const mean = estimator.vector('_x_mean', frame.width);
  mean.forEach((value, column) => frame.hint(column, [value, value + 1, value - 1]));
  return graph.binary('sub', frame.numbers(), graph.row(mean));
}

function scores(estimator: Estimator, x: ValueId, attribute: string, frame: Frame, context: TranslationContext): Frame {
  const { data, rows, columns } = estimator.matrix(attribute);
  if (rows !== frame.width) estimator.wrong(attribute, `${frame.width} rows`, null);
  const scale = context.graph.row(estimator.vector('_x_std', frame.width));
  return frame.of(context.graph.matmul(context.graph.binary('div', x, scale), data, columns));
}

/**
 * Predicts the targets, and as a step of a pipeline answers the scores of the rows (sklearn/cross_decomposition/_pls.py).
 * Since 1.5 the coefficients hold the scales of the columns; they were [columns, targets] up to 1.0.
 */
function translatePls(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const x = centred(estimator, frame, context);
  const between = estimator.has('_coef_');
  const { data, rows, columns } = estimator.matrix(between ? '_coef_' : 'coef_');
  const upright = estimator.atLeast(1, 3) || between;
  const [features, targets] = upright ? [columns, rows] : [rows, columns];
  if (features !== frame.width) estimator.wrong('coef_', `${frame.width} coefficients a target`, null);
  const weights = upright ? transpose(data, rows, columns) : data;
  const scaled = estimator.atLeast(1, 5)
    ? x
    : graph.binary('div', x, graph.row(estimator.vector('_x_std', frame.width)));
  const intercept = estimator.vector(estimator.has('intercept_') ? 'intercept_' : '_y_mean', targets);
  const value = graph.binary('add', graph.matmul(scaled, weights, targets), graph.row(intercept));
  return { task: 'regression', value, frame: scores(estimator, x, 'x_rotations_', frame, context) };
}

function translateSvd(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const x = centred(estimator, frame, context);
  return { task: 'transform', frame: scores(estimator, x, 'x_weights_', frame, context) };
}

/** sklearn/cross_decomposition/_pls.py */
export const PLS_TRANSLATORS: Record<string, Translator> = {
  PLSRegression: translatePls,
  PLSCanonical: translatePls,
  CCA: translatePls,
  PLSSVD: translateSvd,
};
