import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { oneHotIndex, targetOf, valueOf } from './targets';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * Boosted classifiers (sklearn/ensemble/_weight_boosting.py `decision_function`). SAMME adds each member's weight to the
 * class it predicts, and since 1.3 takes -weight/(K-1) from the others; SAMME.R (the default up to 1.3) adds
 * (K-1) * (log p - mean log p).
 */
function translateAdaBoost(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const count = classes.length;
  const members = estimator.children('estimators_');
  if (members.length === 0)
    throw new AppError('model_corrupt', 'expected an ensemble of at least one member, found none');
  const weights = estimator.numbers('estimator_weights_').data;
  // RUSBoostClassifier of imbalanced-learn still has the parameter where what it inherits, since 1.6, knows SAMME only.
  const real = estimator.text('algorithm') === 'SAMME.R' && !estimator.atLeast(1, 6);
  if (!real && !estimator.atLeast(0, 22)) {
    estimator.unsupported(
      "with algorithm='SAMME' of scikit-learn before 0.22, whose probabilities are not made of its decisions,",
      'fit it again with 0.22 or newer',
    );
  }
  if (count < 2) estimator.unsupported('of a single class', 'train on at least two classes');
  const votes = members.map((member, index): ValueId => {
    const target = targetOf(member, frame, context, classes);
    if (real) return realVote(member, target.probabilities, count, context);
    const weight = weights[index] ?? estimator.wrong('estimator_weights_', `${members.length} weights`, null);
    const other = estimator.atLeast(1, 3) ? (-1 / (count - 1)) * weight : 0;
    const hit = oneHotIndex(target.index, count, context);
    return graph.where(hit, graph.scalar(weight), graph.scalar(other));
  });
  const sum = votes.reduce((total, vote) => graph.binary('add', total, vote));
  const total = weights.reduce((all, weight) => all + weight, 0);
  const scores = graph.binary('div', sum, graph.scalar(total));
  const decision =
    count === 2
      ? graph.binary('add', graph.unary('neg', graph.select(scores, [0])), graph.select(scores, [1]))
      : scores;
  const exponents =
    count === 2
      ? graph.binary('div', graph.concat([graph.unary('neg', decision), decision]), graph.scalar(2))
      : graph.binary('div', decision, graph.scalar(count - 1));
  const index =
    count === 2 ? graph.cast(graph.compare('gt', decision, graph.scalar(0)), 'i64') : graph.argmax(decision);
  return { task: 'classification', targets: [{ classes, decision, index, probabilities: graph.softmax(exponents) }] };
}

function realVote(
  member: Estimator,
  probabilities: ValueId | undefined,
  count: number,
  { graph }: TranslationContext,
): ValueId {
  if (probabilities === undefined)
    throw new AppError('model_corrupt', `expected a member with probabilities, found ${member.name}`);
  const logs = graph.unary('log', graph.binary('max', probabilities, graph.scalar(2 ** -52)));
  const mean = graph.binary('mul', graph.reduce('sum', logs), graph.scalar(1 / count));
  return graph.binary('mul', graph.binary('sub', logs, mean), graph.scalar(count - 1));
}

/**
 * The weighted median of what the members answer (`_get_median_predict`): the least answer such that those up to it have
 * half of the weight. Each answer is compared with all others, which needs no sorting and gives the same number.
 */
function translateAdaBoostRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const members = estimator.children('estimators_');
  const weights = estimator.numbers('estimator_weights_').data.slice(0, members.length);
  if (members.length === 0 || weights.length < members.length) {
    estimator.wrong('estimator_weights_', `a weight for each of ${members.length} members`, null);
  }
  const answers = members.map((member) => valueOf(member, frame, context));
  const all = graph.concat(answers);
  context.spendValues(members.length ** 2);
  const half = 0.5 * weights.reduce((sum, weight) => sum + weight, 0);
  const candidates = answers.map((answer) => {
    const below = graph.matmul(graph.cast(graph.compare('le', all, answer), 'f64'), weights, 1);
    return graph.where(graph.compare('ge', below, graph.scalar(half)), answer, graph.scalar(Infinity));
  });
  return { task: 'regression', value: graph.reduce('min', graph.concat(candidates)) };
}

/** sklearn/ensemble/_weight_boosting.py */
export const ADABOOST_TRANSLATORS: Record<string, Translator> = {
  AdaBoostClassifier: translateAdaBoost,
  AdaBoostRegressor: translateAdaBoostRegressor,
};
