import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { ClassTarget, Translation, TranslationContext } from './translation';

/**
 * The single target of a classifier inside another one.
 * @param classes when given, the classes it must have
 * @throws AppError model_unsupported for a member of several targets or other classes
 */
export function targetOf(
  member: Estimator,
  frame: Frame,
  context: TranslationContext,
  classes?: ClassLabel[],
): ClassTarget {
  const targets = context.translate(member, frame).targets;
  const [target] = targets ?? [];
  if (!target || targets!.length > 1) {
    throw new AppError('model_unsupported', `expected a classifier of one target inside, found ${member.name}`);
  }
  if (
    classes &&
    (target.classes.length !== classes.length || target.classes.some((label, index) => label !== classes[index]))
  ) {
    throw new AppError(
      'model_unsupported',
      `expected ${member.name} to know all ${classes.length} classes, found ${target.classes.length}`,
    );
  }
  return target;
}

/** [N, count] bool: true in the column of the index. */
export function oneHotIndex(index: ValueId, count: number, { graph }: TranslationContext): ValueId {
  return graph.compare('eq', graph.cast(index, 'f64'), graph.row(Array.from({ length: count }, (_, i) => i)));
}

/** Columns placed among `count` columns, zero elsewhere: column i of `x` goes to `places[i]`. */
export function spreadColumns(x: ValueId, places: number[], count: number, { graph }: TranslationContext): ValueId {
  if (places.length === count && places.every((place, index) => place === index)) return x;
  const weights = new Float64Array(places.length * count);
  places.forEach((place, column) => {
    if (!(Number.isInteger(place) && place >= 0 && place < count)) {
      throw new AppError('model_corrupt', `expected a class below ${count}, found ${place}`);
    }
    weights[column * count + place] = 1;
  });
  return graph.matmul(x, weights, count);
}

/** Weighted or plain mean of equally wide values, added in their order (numpy.average). */
export function average(values: ValueId[], weights: number[] | null, { graph }: TranslationContext): ValueId {
  const terms = values.map((value, index) =>
    weights ? graph.binary('mul', value, graph.scalar(weights[index]!)) : value,
  );
  const sum = terms.reduce((total, term) => graph.binary('add', total, term));
  return graph.binary(
    'div',
    sum,
    graph.scalar(weights ? weights.reduce((all, weight) => all + weight, 0) : values.length),
  );
}

/** `predict` of a regressor inside another one. @throws AppError model_unsupported when it is none */
export function valueOf(member: Estimator, frame: Frame, context: TranslationContext): ValueId {
  const { value } = context.translate(member, frame);
  if (value === undefined) throw new AppError('model_unsupported', `expected a regressor inside, found ${member.name}`);
  return value;
}

/** The predicted class label as a number, f64 [N,1]; NaN for text. */
export function numericLabels({ classes, index }: ClassTarget, { graph }: TranslationContext): ValueId {
  const labels = classes.map((label: ClassLabel) => Number(label));
  return graph.lookup(graph.cast(index, 'f64'), Float64Array.from(labels.keys()), Float64Array.from(labels), NaN);
}

/** An inlier (1) where the decision is not below zero, else an outlier (-1). */
export function outlierTarget(decision: ValueId, { graph }: TranslationContext): Translation {
  const index = graph.cast(graph.compare('ge', decision, graph.scalar(0)), 'i64');
  return { task: 'outlier', targets: [{ classes: [-1, 1], index, decision }] };
}

/** One label of several a row: 1 where its score is above the threshold, else 0, as a label indicator has it. */
export function labelTarget(
  score: ValueId,
  threshold: number,
  { graph }: TranslationContext,
  probabilities?: ValueId,
): ClassTarget {
  const index = graph.cast(graph.compare('gt', score, graph.scalar(threshold)), 'i64');
  return { classes: [0, 1], index, decision: score, ...(probabilities !== undefined && { probabilities }) };
}

/**
 * Shares of log likelihoods as `exp(x - logsumexp(x))` in the order of scikit-learn and scipy. Unlike a softmax, which
 * subtracts the greatest first, it answers 1 for each of equal ones that are too large for the logarithm to count.
 */
export function likelihoodShares(x: ValueId, { graph }: TranslationContext): ValueId {
  const most = graph.reduce('max', x);
  const sum = graph.reduce('sum', graph.unary('exp', graph.binary('sub', x, most)));
  return graph.unary('exp', graph.binary('sub', x, graph.binary('add', graph.unary('log', sum), most)));
}
