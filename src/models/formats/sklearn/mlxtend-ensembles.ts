import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { average, numericLabels, oneHotIndex, spreadColumns, targetOf, valueOf } from './targets';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/**
 * Votes of classifiers, or the mean of their probabilities, which there is beside votes as well
 * (mlxtend/classifier/ensemble_vote.py). Members that were fitted with it know class numbers, others the labels.
 */
function translateVote(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const members = estimator.children('clfs_').map((member) => targetOf(member, frame, context));
  const weights = estimator.has('weights') ? Array.from(estimator.vector('weights', members.length)) : null;
  if (members.length === 0) estimator.wrong('clfs_', 'classifiers', estimator.get('clfs_'));
  const isOwn = estimator.boolean('fit_base_estimators', estimator.boolean('refit', true)); // `refit` up to 0.17
  const placed = members.map((member) => ({ ...member, places: placesOf(estimator, member, classes, isOwn) }));
  const shares = placed.flatMap(({ probabilities, places }) =>
    probabilities === undefined ? [] : [spreadColumns(probabilities, places, classes.length, context)],
  );
  const probabilities = shares.length === members.length ? average(shares, weights, context) : undefined;
  if (estimator.text('voting') === 'soft') {
    if (probabilities === undefined) return estimator.wrong('clfs_', 'classifiers with probabilities', null);
    return { task: 'classification', targets: [{ classes, probabilities, index: graph.argmax(probabilities) }] };
  }
  const votes = placed.map(({ index, places }, at): ValueId => {
    const hit = graph.cast(oneHotIndex(index, places.length, context), 'f64');
    return graph.binary('mul', spreadColumns(hit, places, classes.length, context), graph.scalar(weights?.[at] ?? 1));
  });
  const index = graph.argmax(votes.reduce((total, vote) => graph.binary('add', total, vote)));
  return {
    task: 'classification',
    targets: [{ classes, index, ...(probabilities !== undefined && { probabilities }) }],
  };
}

function placesOf(estimator: Estimator, member: ClassTarget, classes: ClassLabel[], isOwn: boolean): number[] {
  const places = member.classes.map((label) => (isOwn ? Number(label) : classes.indexOf(label)));
  const isKnown = places.every((place) => Number.isInteger(place) && place >= 0 && place < classes.length);
  return isKnown ? places : estimator.wrong('clfs_', `classifiers of ${classes.length} classes`, null);
}

/** What the members answer goes to one more classifier (mlxtend/classifier/stacking_classification.py and stacking_cv_...). */
function translateStack(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const targets = estimator.children('clfs_').map((member) => targetOf(member, frame, context));
  const features = estimator.boolean('use_probas', false)
    ? probabilityFeatures(estimator, targets, context)
    : targets.map((target) => labelFeature(estimator, target, context));
  const target = targetOf(estimator.child('meta_clf_'), beside(estimator, frame, features), context);
  return { task: 'classification', targets: [target] };
}

function probabilityFeatures(estimator: Estimator, targets: ClassTarget[], context: TranslationContext): ValueId[] {
  const dropped = estimator.text('drop_proba_col');
  const all = targets.map(({ classes, probabilities }): ValueId => {
    if (probabilities === undefined) return estimator.wrong('clfs_', 'classifiers with probabilities', null);
    const columns = [...classes.keys()].slice(dropped === 'first' ? 1 : 0, dropped === 'last' ? -1 : undefined);
    return context.graph.select(probabilities, columns);
  });
  return estimator.boolean('average_probas', false) ? [average(all, null, context)] : all;
}

function labelFeature(estimator: Estimator, target: ClassTarget, context: TranslationContext): ValueId {
  if (target.classes.some((label) => typeof label === 'string')) {
    estimator.unsupported('over labels that are text', 'use use_probas=True, or labels that are numbers');
  }
  return numericLabels(target, context);
}

/** mlxtend/regressor/stacking_regression.py and stacking_cv_regression.py */
function translateStackRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const features = estimator.children('regr_').map((member) => valueOf(member, frame, context));
  const value = valueOf(estimator.child('meta_regr_'), beside(estimator, frame, features), context);
  return { task: 'regression', value };
}

/** With use_features_in_secondary the columns themselves stand before what the members say of them. */
function beside(estimator: Estimator, frame: Frame, features: ValueId[]): Frame {
  if (features.length === 0) estimator.wrong('clfs_', 'estimators', null);
  const made = frame.of(...features);
  return estimator.boolean('use_features_in_secondary', false) ? frame.beside(made) : made;
}

/** A sparse matrix as a dense one (mlxtend/preprocessing/dense_transformer.py). */
function translateDense(_: Estimator, frame: Frame): Translation {
  return { task: 'transform', frame: frame.stored(false) };
}

/** Classes of mlxtend that hold estimators of scikit-learn. */
export const MLXTEND_TRANSLATORS: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ['DenseTransformer', translateDense],
  ['EnsembleVoteClassifier', translateVote],
  ['StackingCVClassifier', translateStack],
  ['StackingCVRegressor', translateStackRegressor],
  ['StackingClassifier', translateStack],
  ['StackingRegressor', translateStackRegressor],
]);
