import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { GraphOutput } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { ClassTarget, Translation } from './translation';

/**
 * The outputs of a translated model: `label` and `probabilities` of a classifier (`probabilities_0`, `probabilities_1`
 * ... when it has several targets), `value` of a regressor, `transformed` of a transformer.
 */
export function modelOutputs(translation: Translation, graph: GraphBuilder, estimator: Estimator): GraphOutput[] {
  if (translation.targets) return classifierOutputs(translation.targets, graph, estimator);
  if (translation.value !== undefined)
    return [{ name: 'value', value: translation.value, role: 'value', squeeze: true }];
  // A missing value that came this far is one that scikit-learn answers as such.
  if (translation.frame)
    return [{ name: 'transformed', value: translation.frame.numbers('take'), role: 'transform', squeeze: false }];
  throw new AppError('model_unsupported', `${estimator.name} neither predicts nor transforms`);
}

function classifierOutputs(targets: ClassTarget[], graph: GraphBuilder, estimator: Estimator): GraphOutput[] {
  const labels = targets.map(({ index, classes }) => graph.label(index, classes));
  if (new Set(labels.map((label) => graph.type(label).dtype)).size > 1) {
    estimator.unsupported(
      'with targets of different types',
      'train one classifier for each target, or encode the targets alike',
    );
  }
  const first = targets[0]!;
  const single = targets.length === 1;
  const outputs: GraphOutput[] = [
    {
      name: 'label',
      value: graph.concat(labels),
      role: 'label',
      squeeze: single,
      ...(single && { classes: first.classes }),
    },
  ];
  targets.forEach(({ probabilities, classes }, target) => {
    if (probabilities === undefined) return;
    const name = single ? 'probabilities' : `probabilities_${target}`;
    outputs.push({ name, value: probabilities, role: 'probabilities', classes, squeeze: false });
  });
  return outputs;
}
