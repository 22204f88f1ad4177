import type { ValueId } from '../../graph/ir';
import { asText } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { numericLabels, targetOf, valueOf } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/**
 * One classifier for each pair of classes: votes, and the sum of confidences, squeezed into a third, to decide between
 * classes with equally many (sklearn/multiclass.py, `_ovr_decision_function` of sklearn/utils/multiclass.py).
 */
function translateOneVsOne(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const members = estimator.children('estimators_').map((member) => targetOf(member, frame, context));
  const pairs = classes.flatMap((_, i) => classes.slice(i + 1).map((__, k): [number, number] => [i, i + 1 + k]));
  if (members.length !== pairs.length) estimator.wrong('estimators_', `${pairs.length} classifiers`, null);
  if (estimator.has('pairwise_indices_')) {
    estimator.unsupported('over a precomputed kernel', 'use a kernel by its name');
  }
  const parts = members.map(({ index, decision, probabilities }) => {
    const positive = graph.cast(index, 'f64');
    const confidence =
      decision ?? graph.select(probabilities ?? estimator.wrong('estimators_', 'classifiers with scores', null), [1]);
    return { positive, negative: graph.binary('sub', graph.scalar(1), positive), confidence };
  });
  const scores = classes.map((_, label): ValueId => {
    let votes = graph.scalar(0);
    let confidence = graph.scalar(0);
    pairs.forEach(([first, second], k) => {
      if (label !== first && label !== second) return;
      const part = parts[k]!;
      votes = graph.binary('add', votes, label === first ? part.negative : part.positive);
      confidence = graph.binary(label === first ? 'sub' : 'add', confidence, part.confidence);
    });
    const size = graph.binary(
      'mul',
      graph.scalar(3),
      graph.binary('add', graph.unary('abs', confidence), graph.scalar(1)),
    );
    return graph.binary('add', votes, graph.binary('div', confidence, size));
  });
  if (classes.length === 2) {
    const decision = scores[1]!;
    const threshold = members[0]!.decision === undefined ? 0.5 : 0;
    const index = graph.cast(graph.compare('gt', decision, graph.scalar(threshold)), 'i64');
    return { task: 'classification', targets: [{ classes, index, decision }] };
  }
  const decision = graph.concat(scores);
  return { task: 'classification', targets: [{ classes, decision, index: graph.argmax(decision) }] };
}

/** Classifiers of which each also reads what those before it answered (sklearn/multioutput.py `ClassifierChain`). */
function translateClassifierChain(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const method = asText(estimator.get('chain_method_')) ?? 'predict';
  const targets = chain(estimator, frame, context, (member, part) => {
    const target = targetOf(member, part, context);
    return { answer: target, feature: chainFeature(estimator, target, method, context) };
  });
  return { task: 'classification', targets };
}

function chainFeature(estimator: Estimator, target: ClassTarget, method: string, context: TranslationContext): ValueId {
  if (method === 'predict') return numericLabels(target, context);
  if (method === 'decision_function' && target.decision !== undefined) return target.decision;
  if (method === 'predict_proba' && target.probabilities !== undefined) {
    return context.graph.select(target.probabilities, [1]);
  }
  return estimator.unsupported(`with the chain_method ${method}`, 'use predict, predict_proba or decision_function');
}

function translateRegressorChain(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const values = chain(estimator, frame, context, (member, part) => {
    const value = valueOf(member, part, context);
    return { answer: value, feature: value };
  });
  return { task: 'regression', value: context.graph.concat(values) };
}

/** Translates the members one after another; answers in the order of the targets. */
function chain<T>(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  translate: (member: Estimator, frame: Frame) => { answer: T; feature: ValueId },
): T[] {
  const members = estimator.children('estimators_');
  const order = [...estimator.vector('order_', members.length)];
  const answers: T[] = [];
  let columns = frame;
  members.forEach((member, place) => {
    const { answer, feature } = translate(member, columns);
    answers[order[place]!] = answer;
    columns = columns.beside(columns.of(context.graph.select(feature, [0])));
  });
  const sorted = [...order].sort((a, b) => a - b);
  if (members.length === 0 || sorted.some((target, place) => target !== place)) {
    estimator.wrong('order_', 'each target once', null);
  }
  return answers;
}

/** sklearn/multiclass.py, sklearn/multioutput.py */
export const CHAIN_TRANSLATORS: Record<string, Translator> = {
  OneVsOneClassifier: translateOneVsOne,
  ClassifierChain: translateClassifierChain,
  RegressorChain: translateRegressorChain,
};
