import type { ValueId } from '../../graph/ir';
import { nearestCentre } from './centres';
import { memberOf } from './ensembles';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * The class whose code is nearest to what the members answer: decisions, else probabilities of the positive class, and
 * what a regressor predicts (sklearn/multiclass.py `OutputCodeClassifier`).
 */
function translateOutputCode(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const { data, rows, columns } = estimator.matrix('code_book_');
  const members = estimator.children('estimators_').map((member) => scoreOf(member, frame, context));
  if (rows !== classes.length || columns !== members.length) {
    estimator.wrong('code_book_', `a code of ${members.length} digits for each of ${classes.length} classes`, null);
  }
  const index = nearestCentre(graph.concat(members), { data, rows, columns }, context);
  context.warn('of codes at exactly the same distance the first class counts; scikit-learn leaves it to rounding');
  return { task: 'classification', targets: [{ classes, index }] };
}

function scoreOf(member: Estimator, frame: Frame, context: TranslationContext): ValueId {
  const { decision, probabilities } = memberOf(member, frame, context);
  return (
    decision ?? context.graph.select(probabilities ?? member.wrong('estimators_', 'classifiers with scores', null), [1])
  );
}

/** sklearn/multiclass.py */
export const OUTPUT_CODE_TRANSLATORS: Record<string, Translator> = { OutputCodeClassifier: translateOutputCode };
