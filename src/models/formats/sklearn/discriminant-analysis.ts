import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asNumbers } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { linearPredictor, linearTarget, normaliseRows, twoColumns } from './linear';
import type { Translation, TranslationContext, Translator } from './translation';

/** Linear discriminants; also a projection when fitted by `svd` or `eigen` (sklearn/discriminant_analysis.py). */
function translateLinear(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const decision = linearPredictor(estimator, frame, context);
  const target = linearTarget(estimator, decision, context);
  const probabilities = linearProbabilities(estimator, decision, context);
  const result: Translation = { task: 'classification', targets: [{ ...target, probabilities }] };
  if (estimator.text('solver') !== 'lsqr' && estimator.has('scalings_')) {
    const { data, rows, columns } = estimator.matrix('scalings_');
    const kept = Math.min(columns, estimator.number('_max_components', columns));
    const weights = new Float64Array(rows * kept);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < kept; column++) weights[row * kept + column] = data[row * columns + column]!;
    const x = frame.numbers('keep');
    const centred =
      estimator.text('solver') === 'svd'
        ? graph.binary('sub', x, graph.row(estimator.vector('xbar_', frame.width)))
        : x;
    result.frame = frame.of(graph.matmul(centred, weights, kept));
  }
  return result;
}

/** Up to 0.20 the probabilities of several classes were those of each against the rest, normalised. */
function linearProbabilities(estimator: Estimator, decision: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  if (graph.width(decision) === 1) return twoColumns(graph.unary('sigmoid', decision), context);
  if (estimator.atLeast(0, 21)) return graph.softmax(decision);
  return normaliseRows(graph.unary('sigmoid', decision), false, context);
}

/** Gaussian of its own covariance for each class (`QuadraticDiscriminantAnalysis._decision_function`). */
function translateQuadratic(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const { data: means } = estimator.matrix('means_');
  const priors = estimator.vector('priors_', classes.length);
  const rotations = estimator.list('rotations_');
  const scalings = estimator.list('scalings_');
  const x = frame.numbers();
  const scores = classes.map((_, row): ValueId => {
    const rotation = asNumbers(rotations[row]) ?? estimator.wrong('rotations_', 'matrices', rotations[row]);
    const scale = asNumbers(scalings[row])?.data ?? estimator.wrong('scalings_', 'vectors', scalings[row]);
    if (rotation.data.length !== frame.width * scale.length) {
      throw new AppError(
        'model_corrupt',
        `expected rotations of ${frame.width} columns in ${estimator.name}, found shape (${rotation.shape.join(', ')})`,
      );
    }
    const weights = rotation.data.map((value, i) => value * scale[i % scale.length]! ** -0.5);
    const centred = graph.binary('sub', x, graph.row(means.slice(row * frame.width, (row + 1) * frame.width)));
    const turned = graph.matmul(centred, weights, scale.length);
    const distance = graph.reduce('sum', graph.binary('mul', turned, turned));
    const logDeterminant = scale.reduce((sum, value) => sum + Math.log(value), 0);
    const half = graph.binary('mul', graph.binary('add', distance, graph.scalar(logDeterminant)), graph.scalar(-0.5));
    return graph.binary('add', half, graph.scalar(Math.log(priors[row]!)));
  });
  const likelihood = graph.concat(scores);
  return {
    task: 'classification',
    targets: [{ classes, index: graph.argmax(likelihood), probabilities: graph.softmax(likelihood) }],
  };
}

/** sklearn/discriminant_analysis.py */
export const DISCRIMINANT_TRANSLATORS: Record<string, Translator> = {
  LinearDiscriminantAnalysis: translateLinear,
  QuadraticDiscriminantAnalysis: translateQuadratic,
};
