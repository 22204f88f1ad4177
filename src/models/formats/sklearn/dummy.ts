import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { asNumbers } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** A row repeated for every row of the batch; constants alone do not know how many there are. */
export function constantRows(values: ArrayLike<number>, frame: Frame, { graph }: TranslationContext): ValueId {
  const any = graph.isnan(frame.rows);
  const row = graph.row(values);
  return graph.where(any, row, row);
}

function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const strategy = estimator.text('strategy');
  if (strategy === 'stratified' || strategy === 'uniform')
    estimator.unsupported(`with the strategy ${strategy}, which answers by chance,`, 'use prior or most_frequent');
  if (estimator.number('n_outputs_', 1) !== 1) estimator.unsupported('with several targets', 'train one for each');
  const classes = estimator.classes();
  const prior = asNumbers(estimator.require('class_prior_'))?.data;
  if (prior?.length !== classes.length)
    throw new AppError('model_corrupt', `expected ${classes.length} priors in ${estimator.name}`);
  const given = strategy === 'constant' ? String(estimator.numbers('constant').data[0]) : null;
  const chosen =
    given === null ? prior.indexOf(Math.max(...prior)) : classes.findIndex((label) => String(Number(label)) === given);
  if (chosen < 0)
    throw new AppError('model_corrupt', `expected the constant of ${estimator.name} among its classes, found ${given}`);
  const probabilities = strategy === 'prior' ? [...prior] : classes.map((_, index) => Number(index === chosen));
  const index = graph.cast(constantRows([chosen], frame, context), 'i64');
  return {
    task: 'classification',
    targets: [{ classes, index, probabilities: constantRows(probabilities, frame, context) }],
  };
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return { task: 'regression', value: constantRows(estimator.numbers('constant_').data, frame, context) };
}

/** sklearn/dummy.py */
export const DUMMY_TRANSLATORS: Record<string, Translator> = {
  DummyClassifier: translateClassifier,
  DummyRegressor: translateRegressor,
};
