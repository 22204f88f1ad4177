import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { PyGlobal } from '../pickle/records';
import { describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

type Apply = (x: ValueId, context: TranslationContext) => ValueId;

const logOf =
  (base: number): Apply =>
  (x, { graph }) =>
    graph.binary('div', graph.unary('log', x), graph.scalar(Math.log(base)));

/** numpy functions by name; `log1p` and `expm1` lose relative precision below about 1e-8, as everything near 1 does. */
const FUNCTIONS: Record<string, Apply> = {
  exp: (x, { graph }) => graph.unary('exp', x),
  log: (x, { graph }) => graph.unary('log', x),
  sqrt: (x, { graph }) => graph.unary('sqrt', x),
  tanh: (x, { graph }) => graph.unary('tanh', x),
  sign: (x, { graph }) => graph.unary('sign', x),
  floor: (x, { graph }) => graph.unary('floor', x),
  abs: (x, { graph }) => graph.unary('abs', x),
  absolute: (x, { graph }) => graph.unary('abs', x),
  negative: (x, { graph }) => graph.unary('neg', x),
  square: (x, { graph }) => graph.binary('mul', x, x),
  reciprocal: (x, { graph }) => graph.binary('div', graph.scalar(1), x),
  log1p: (x, { graph }) => graph.unary('log', graph.binary('add', graph.scalar(1), x)),
  expm1: (x, { graph }) => graph.binary('sub', graph.unary('exp', x), graph.scalar(1)),
  log2: logOf(2),
  log10: logOf(10),
};

const KNOWN: ReadonlyMap<string, Apply> = new Map(Object.entries(FUNCTIONS));

/** What a function parameter does; identity for None. @throws AppError model_unsupported for any but a few of numpy's */
function functionOf(estimator: Estimator, attribute: string): Apply {
  const value = estimator.get(attribute);
  if (value === undefined || value === null) return (x) => x;
  const known = value instanceof PyGlobal && value.module.startsWith('numpy') ? KNOWN.get(value.name) : undefined;
  return (
    known ??
    estimator.unsupported(`with the function ${describe(value)}`, `use one of numpy's ${[...KNOWN.keys()].join(', ')}`)
  );
}

/** sklearn/preprocessing/_function_transformer.py; a ColumnTransformer since 1.6 stores 'passthrough' as one without function. */
function translateFunction(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  if (!estimator.has('func')) return { task: 'transform', frame };
  const apply = functionOf(estimator, 'func');
  const x = frame.numbers(estimator.boolean('validate', false) ? 'refuse' : 'keep');
  for (let column = 0; column < frame.width; column++) frame.hint(column, [0, 1, 10]);
  return {
    task: 'transform',
    frame: frame.derive(apply(x, context), { missing: true, exact: false, toRaw: () => NaN }),
  };
}

/** A regression of a transformed target, turned back (sklearn/compose/_target.py). */
function translateTarget(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const regressor = estimator.child('regressor_');
  const { value } = context.translate(regressor, frame);
  if (value === undefined)
    throw new AppError('model_unsupported', `expected a regressor in ${estimator.name}, found ${regressor.name}`);
  return { task: 'regression', value: inverse(estimator.child('transformer_'), value, context) };
}

function inverse(transformer: Estimator, x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const width = graph.width(x);
  const row = (attribute: string): ValueId => graph.row(transformer.vector(attribute, width));
  switch (transformer.name) {
    case 'FunctionTransformer':
      return functionOf(transformer, 'inverse_func')(x, context);
    case 'StandardScaler':
    case 'RobustScaler':
    case 'MaxAbsScaler': {
      const centre = transformer.name === 'StandardScaler' ? 'mean_' : 'center_';
      const scaled = transformer.has('scale_') ? graph.binary('mul', x, row('scale_')) : x;
      return transformer.has(centre) ? graph.binary('add', scaled, row(centre)) : scaled;
    }
    case 'MinMaxScaler':
      return graph.binary('div', graph.binary('sub', x, row('min_')), row('scale_'));
    default:
      return transformer.unsupported('of the target', 'use a function of numpy, StandardScaler or MinMaxScaler');
  }
}

/** Functions of columns and of the target. */
export const FUNCTION_TRANSLATORS: Record<string, Translator> = {
  FunctionTransformer: translateFunction,
  TransformedTargetRegressor: translateTarget,
};
