import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { isotonic } from './isotonic';
import { normaliseRows, twoColumns } from './linear';
import { average, targetOf } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** Mean over the folds of calibrated scores; the greatest probability wins (sklearn/calibration.py). */
function translateCalibrated(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const classes = estimator.classes();
  const folds = estimator.children('calibrated_classifiers_').map((fold) => calibrated(fold, classes, frame, context));
  if (folds.length === 0)
    throw new AppError('model_corrupt', 'expected at least one calibrated classifier, found none');
  const probabilities = average(folds, null, context);
  return { task: 'classification', targets: [{ classes, probabilities, index: context.graph.argmax(probabilities) }] };
}

function calibrated(fold: Estimator, classes: ClassLabel[], frame: Frame, context: TranslationContext): ValueId {
  const { graph } = context;
  // For temperature scaling, text labels were replaced by their numbers before the member was fitted.
  const byTemperature = fold.text('method') === 'temperature';
  const member = fold.child(fold.has('estimator') ? 'estimator' : 'base_estimator');
  const target = targetOf(member, frame, context, byTemperature ? undefined : classes);
  if (target.classes.length !== classes.length) fold.wrong('estimator', `of ${classes.length} classes`, null);
  const calibrators = fold.children(fold.has('calibrators') ? 'calibrators' : 'calibrators_');
  const scores = target.decision ?? target.probabilities ?? fold.wrong('estimator', 'a classifier with scores', null);
  const binary = classes.length === 2;
  if (byTemperature) return temperature(fold, calibrators, target, context);
  const column = (index: number): ValueId => graph.select(scores, [binary && graph.width(scores) === 2 ? 1 : index]);
  if (calibrators.length !== (binary ? 1 : classes.length)) {
    throw new AppError('model_corrupt', `expected a calibrator for each class, found ${calibrators.length}`);
  }
  const parts = calibrators.map((calibrator, index) => calibrate(calibrator, column(index), context));
  const shares = binary ? twoColumns(parts[0]!, context) : normaliseRows(graph.concat(parts), true, context);
  const over = graph.logic(
    'and',
    graph.compare('gt', shares, graph.scalar(1)),
    graph.compare('le', shares, graph.scalar(1 + 1e-5)),
  );
  return graph.where(over, graph.scalar(1), shares);
}

/**
 * Softmax of the scores times the inverse temperature (since 1.8). Probabilities count as their logarithms, the decision
 * of two classes as (-x, x).
 */
function temperature(
  fold: Estimator,
  calibrators: Estimator[],
  target: ClassTarget,
  { graph }: TranslationContext,
): ValueId {
  const [calibrator] = calibrators;
  if (!calibrator || calibrators.length > 1) return fold.wrong('calibrators', 'one for all classes', null);
  const { decision, probabilities } = target;
  let logits: ValueId;
  if (decision === undefined) logits = graph.unary('log', graph.binary('add', probabilities!, graph.scalar(1e-12)));
  else if (graph.width(decision) > 1) logits = decision;
  else logits = graph.concat([graph.unary('neg', decision), decision]);
  return graph.softmax(graph.binary('mul', logits, graph.scalar(calibrator.number('beta_'))));
}

function calibrate(calibrator: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  if (calibrator.name === '_SigmoidCalibration') {
    const slope = graph.binary('mul', x, graph.scalar(calibrator.number('a_')));
    return graph.unary(
      'sigmoid',
      graph.unary('neg', graph.binary('add', slope, graph.scalar(calibrator.number('b_')))),
    );
  }
  if (calibrator.name === 'IsotonicRegression') return isotonic(calibrator, x, context);
  return calibrator.unsupported('as a calibrator', 'use sigmoid or isotonic');
}

/** sklearn/calibration.py */
export const CALIBRATION_TRANSLATORS: Record<string, Translator> = { CalibratedClassifierCV: translateCalibrated };
