import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asList, asNumbers, asText } from './arrays';
import { constantRows } from './dummy';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { normaliseRows, twoColumns } from './linear';
import { average, labelTarget, numericLabels, oneHotIndex, spreadColumns, targetOf, valueOf } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** Weights of the members that were not dropped (`_weights_not_none`). */
function memberWeights(estimator: Estimator): number[] | null {
  if (!estimator.has('weights')) return null;
  const weights = [...estimator.numbers('weights').data];
  const dropped = estimator.list('estimators').map((entry) => {
    const member = asList(entry)?.[1];
    return asText(member) === 'drop' || member === null;
  });
  return weights.filter((_, index) => !dropped[index]);
}

/** sklearn/ensemble/_voting.py; members were fitted on class numbers. */
function translateVotingClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const members = estimator.children('estimators_').map((member) => targetOf(member, frame, context));
  const weights = memberWeights(estimator);
  if (members.length === 0 || (weights && weights.length !== members.length)) {
    throw new AppError(
      'model_corrupt',
      `expected ${members.length} weights in ${estimator.name}, found ${weights?.length ?? 0}`,
    );
  }
  if (estimator.text('voting') === 'soft') {
    const probabilities = average(
      members.map((member) => withProbabilities(member, estimator)),
      weights,
      context,
    );
    return { task: 'classification', targets: [{ classes, probabilities, index: graph.argmax(probabilities) }] };
  }
  const votes = members.map((member, index) => {
    const hit = oneHotIndex(member.index, classes.length, context);
    return graph.where(hit, graph.scalar(weights?.[index] ?? 1), graph.scalar(0));
  });
  const counts = votes.reduce((total, vote) => graph.binary('add', total, vote));
  return { task: 'classification', targets: [{ classes, index: graph.argmax(counts) }] };
}

function translateVotingRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const values = estimator.children('estimators_').map((member) => valueOf(member, frame, context));
  return { task: 'regression', value: average(values, memberWeights(estimator), context) };
}

/** sklearn/ensemble/_stacking.py: what the members answer (and the columns, with passthrough) goes to one more estimator. */
function stacked(estimator: Estimator, frame: Frame, context: TranslationContext): Frame {
  const methods = estimator.list('stack_method_').map(asText);
  const parts = estimator.children('estimators_').map((member, index): ValueId => {
    const translation = context.translate(member, frame);
    const [target] = translation.targets ?? [];
    if (methods[index] === 'predict_proba' && target?.probabilities !== undefined) {
      return target.classes.length === 2 ? context.graph.select(target.probabilities, [1]) : target.probabilities;
    }
    if (methods[index] === 'decision_function' && target?.decision !== undefined) return target.decision;
    if (methods[index] === 'predict' && translation.value !== undefined) return translation.value;
    if (methods[index] === 'predict' && target) return numericLabels(target, context);
    throw new AppError(
      'model_unsupported',
      `expected ${member.name} inside ${estimator.name} to have ${methods[index]}`,
    );
  });
  const result = frame.of(...parts);
  return estimator.boolean('passthrough', false) ? result.beside(frame) : result;
}

function translateStackingClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const classes = estimator.classes();
  const inner = targetOf(estimator.child('final_estimator_'), stacked(estimator, frame, context), context);
  if (inner.classes.length !== classes.length) {
    throw new AppError(
      'model_corrupt',
      `expected ${classes.length} classes in the final estimator, found ${inner.classes.length}`,
    );
  }
  return { task: 'classification', targets: [{ ...inner, classes }] };
}

function translateStackingRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return {
    task: 'regression',
    value: valueOf(estimator.child('final_estimator_'), stacked(estimator, frame, context), context),
  };
}

/** Members with their own columns each (sklearn/ensemble/_bagging.py). */
function baggedMembers(estimator: Estimator, frame: Frame): { member: Estimator; part: Frame }[] {
  const features = estimator.list('estimators_features_');
  const members = estimator.children('estimators_');
  if (members.length === 0 || members.length !== features.length) {
    throw new AppError(
      'model_corrupt',
      `expected columns for each of ${members.length} members of ${estimator.name}, found ${features.length}`,
    );
  }
  return members.map((member, index) => {
    const columns =
      asNumbers(features[index])?.data ?? estimator.wrong('estimators_features_', 'columns', features[index]);
    return { member, part: frame.select(columns) };
  });
}

/** Mean of probabilities, or of votes where members have none; members know class numbers, perhaps not all. */
function translateBaggingClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const shares = baggedMembers(estimator, frame).map(({ member, part }) => {
    const target = targetOf(member, part, context);
    const own = target.probabilities ?? graph.cast(oneHotIndex(target.index, target.classes.length, context), 'f64');
    return spreadColumns(own, target.classes.map(Number), classes.length, context);
  });
  const probabilities = average(shares, null, context);
  return { task: 'classification', targets: [{ classes, probabilities, index: graph.argmax(probabilities) }] };
}

function translateBaggingRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const values = baggedMembers(estimator, frame).map(({ member, part }) => valueOf(member, part, context));
  return { task: 'regression', value: average(values, null, context) };
}

/** One estimator a target (sklearn/multioutput.py). */
function translateMultiOutputClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return {
    task: 'classification',
    targets: estimator.children('estimators_').map((member) => targetOf(member, frame, context)),
  };
}

function translateMultiOutputRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return {
    task: 'regression',
    value: context.graph.concat(estimator.children('estimators_').map((member) => valueOf(member, frame, context))),
  };
}

/**
 * One binary estimator a class, or a label; of equal scores the first class wins, before 1.8 the last
 * (sklearn/multiclass.py `OneVsRestClassifier.predict`). The kind of score of the first one sets the threshold of all.
 */
function translateOneVsRest(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const binarizer = estimator.child('label_binarizer_');
  const classes = binarizer.classes();
  const members = estimator.children('estimators_').map((member) => memberOf(member, frame, context));
  const scores = members.map(
    ({ decision, probabilities }) =>
      decision ?? graph.select(probabilities ?? estimator.wrong('estimators_', 'classifiers with scores', null), [1]),
  );
  if (binarizer.text('y_type_') === 'multilabel-indicator') {
    const threshold = members[0]?.score === 'decision' ? 0 : 0.5;
    const targets = members.map(({ probabilities }, label) =>
      labelTarget(scores[label]!, threshold, context, probabilities),
    );
    return { task: 'classification', targets };
  }
  const proba = members.every(({ probabilities }) => probabilities !== undefined)
    ? members.map(({ probabilities }) => graph.select(probabilities!, [1]))
    : null;
  if (members.length === 1) {
    const threshold = members[0]!.score === 'decision' ? 0 : 0.5;
    const index = graph.cast(graph.compare('gt', scores[0]!, graph.scalar(threshold)), 'i64');
    return {
      task: 'classification',
      targets: [{ classes, index, ...(proba && { probabilities: twoColumns(proba[0]!, context) }) }],
    };
  }
  const index = estimator.atLeast(1, 8) ? graph.argmax(graph.concat(scores)) : lastOfGreatest(scores, context);
  return {
    task: 'classification',
    targets: [{ classes, index, ...(proba && { probabilities: sharesOf(graph.concat(proba), estimator, context) }) }],
  };
}

function lastOfGreatest(scores: ValueId[], { graph }: TranslationContext): ValueId {
  const fromEnd = graph.cast(graph.argmax(graph.concat([...scores].reverse())), 'f64');
  return graph.cast(graph.binary('sub', graph.scalar(scores.length - 1), fromEnd), 'i64');
}

/** Rows of zeros stay zeros; before 1.7 they were divided by zero. */
function sharesOf(probabilities: ValueId, estimator: Estimator, context: TranslationContext): ValueId {
  if (!estimator.atLeast(1, 7)) return normaliseRows(probabilities, false, context);
  const { graph } = context;
  const sum = graph.reduce('sum', probabilities);
  const divisor = graph.where(graph.compare('eq', sum, graph.scalar(0)), graph.scalar(1), sum);
  return graph.binary('div', probabilities, divisor);
}

type Member = Pick<ClassTarget, 'decision' | 'probabilities'> & { score: 'decision' | 'probability' };

/**
 * A member of one class against others, which is a constant where no row, or every row, was of its class
 * (`_ConstantPredictor`). @throws AppError model_unsupported for a member of several targets
 */
export function memberOf(member: Estimator, frame: Frame, context: TranslationContext): Member {
  if (member.object.path.startsWith('sklearn.multiclass.') && member.name === '_ConstantPredictor') {
    const label = member.vector('y_', 1)[0]!;
    const decision = constantRows([label], frame, context);
    return { decision, probabilities: constantRows([1 - label, label], frame, context), score: 'probability' };
  }
  const { value, targets } = context.translate(member, frame);
  if (value !== undefined) return { decision: value, score: 'probability' }; // a regression of 0 and 1
  const [target] = targets ?? [];
  if (!target || targets!.length > 1) {
    throw new AppError('model_unsupported', `expected a classifier of one target inside, found ${member.name}`);
  }
  return { ...target, score: target.decision === undefined ? 'probability' : 'decision' };
}

function withProbabilities(target: ClassTarget, owner: Estimator): ValueId {
  return target.probabilities ?? owner.wrong('estimators_', 'classifiers with probabilities', null);
}

/** Estimators over estimators (sklearn/ensemble, sklearn/multioutput.py, sklearn/multiclass.py). */
export const ENSEMBLE_TRANSLATORS: Record<string, Translator> = {
  VotingClassifier: translateVotingClassifier,
  VotingRegressor: translateVotingRegressor,
  StackingClassifier: translateStackingClassifier,
  StackingRegressor: translateStackingRegressor,
  BaggingClassifier: translateBaggingClassifier,
  BaggingRegressor: translateBaggingRegressor,
  MultiOutputClassifier: translateMultiOutputClassifier,
  MultiOutputRegressor: translateMultiOutputRegressor,
  OneVsRestClassifier: translateOneVsRest,
};
