import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asNumbers } from './arrays';
import { constantRows } from './dummy';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { twoColumns } from './linear';
import { labelTarget } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** `_forward_pass_fast` without the last activation (sklearn/neural_network/_multilayer_perceptron.py). */
function forward(estimator: Estimator, frame: Frame, context: TranslationContext): ValueId {
  const { graph } = context;
  const layers = estimator.list('coefs_');
  const biases = estimator.list('intercepts_');
  let x = frame.numbers();
  layers.forEach((matrix, layer) => {
    const { data, shape } = asNumbers(matrix) ?? estimator.wrong('coefs_', 'matrices', matrix);
    context.spendValues(data.length);
    const [inputs = 0, outputs = 0] = shape;
    const bias = asNumbers(biases[layer])?.data;
    if (shape.length !== 2 || inputs !== graph.width(x) || bias?.length !== outputs) {
      throw new AppError(
        'model_corrupt',
        `expected layer ${layer} of ${estimator.name} to take ${graph.width(x)} columns, found shape (${shape.join(', ')})`,
      );
    }
    x = graph.binary('add', graph.matmul(x, data, outputs), graph.row(bias));
    if (layer < layers.length - 1) x = activate(estimator, estimator.text('activation'), x, context);
  });
  return x;
}

function activate(estimator: Estimator, activation: string | null, x: ValueId, { graph }: TranslationContext): ValueId {
  switch (activation) {
    case 'identity':
      return x;
    case 'relu':
    case 'tanh':
      return graph.unary(activation, x);
    case 'logistic':
      return graph.unary('sigmoid', x);
    case 'softmax':
      return graph.softmax(x);
    case 'exp':
      return graph.unary('exp', x);
    default:
      return estimator.unsupported(`with the activation ${activation}`, 'use relu, tanh, logistic or identity');
  }
}

function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const activation = estimator.text('out_activation_');
  const output = activate(estimator, activation, forward(estimator, frame, context), context);
  if (graph.width(output) === 1 && classes.length === 2) {
    const index = graph.cast(graph.compare('gt', output, graph.scalar(0.5)), 'i64');
    return { task: 'classification', targets: [{ classes, index, probabilities: twoColumns(output, context) }] };
  }
  if (graph.width(output) === 1 && classes.length === 1) {
    // One class in the fit: the label is that class, and there are the probabilities of two all the same.
    const index = graph.cast(constantRows([0], frame, context), 'i64');
    return { task: 'classification', targets: [{ classes, index, probabilities: twoColumns(output, context) }] };
  }
  if (activation === 'logistic' && graph.width(output) === classes.length) {
    const targets = classes.map((_, label): ClassTarget => {
      const positive = graph.select(output, [label]);
      return labelTarget(positive, 0.5, context, twoColumns(positive, context));
    });
    return { task: 'classification', targets };
  }
  if (activation !== 'softmax' || graph.width(output) !== classes.length) {
    estimator.wrong('coefs_', `an output for each of ${classes.length} classes`, null);
  }
  return { task: 'classification', targets: [{ classes, index: graph.argmax(output), probabilities: output }] };
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return {
    task: 'regression',
    value: activate(estimator, estimator.text('out_activation_'), forward(estimator, frame, context), context),
  };
}

/** sklearn/neural_network/_multilayer_perceptron.py */
export const NEURAL_TRANSLATORS: Record<string, Translator> = {
  MLPClassifier: translateClassifier,
  MLPRegressor: translateRegressor,
};
