import { AppError } from '../../../common/errors';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { inverseTransform } from './inverse-transforms';
import { functionOf } from './numpy-functions';
import type { Translation, TranslationContext, Translator } from './translation';

/** sklearn/preprocessing/_function_transformer.py; a ColumnTransformer since 1.6 stores 'passthrough' as one without function. */
function translateFunction(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const validate = estimator.boolean('validate', false);
  if (!estimator.has('func')) {
    if (validate) frame.numbers('refuse');
    return { task: 'transform', frame };
  }
  const { apply, fills } = functionOf(estimator, 'func', 'kw_args');
  const x = frame.numbers(validate ? 'refuse' : fills ? 'take' : 'keep');
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0, 1, 10, 0.5, -1.5, 2.5]);
  return {
    task: 'transform',
    frame: frame.derive(apply(x, context), { missing: !fills, exact: false, toRaw: () => NaN }),
  };
}

/** A regression of a transformed target, turned back (sklearn/compose/_target.py). */
function translateTarget(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const regressor = estimator.child('regressor_');
  const { value } = context.translate(regressor, frame);
  if (value === undefined)
    throw new AppError('model_unsupported', `expected a regressor in ${estimator.name}, found ${regressor.name}`);
  return { task: 'regression', value: inverseTransform(estimator.child('transformer_'), value, context) };
}

/** Functions of columns and of the target. */
export const FUNCTION_TRANSLATORS: Record<string, Translator> = {
  FunctionTransformer: translateFunction,
  TransformedTargetRegressor: translateTarget,
};
