import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { isNdArray, PyObject, PyTuple } from '../pickle/records';
import { asNumbers, asText } from './arrays';
import type { Estimator } from './estimator';
import { buildForest, constantTree } from './forest-builder';
import type { FittedTree } from './tree-reader';
import type { Frame } from './frame';
import { twoColumns } from './linear';
import { addTrees, readTrees } from './trees';
import type { Translation, TranslationContext, Translator } from './translation';

/** Above this many trees those of a custom init are added to each other first, which may change the last digit. */
const MAX_SINGLE_ADDITIONS = 3_000;

/** How probabilities and raw scores are related: `loss` under its names of all versions. */
type Link = 'binomial' | 'multinomial' | 'exponential' | 'identity';

/**
 * `raw = init, then += learning_rate * leaf`, tree after tree (sklearn/ensemble/_gb.py `_raw_predict`); K columns.
 */
function rawScores(estimator: Estimator, frame: Frame, context: TranslationContext, link: Link): ValueId {
  const { shape } = estimator.array('estimators_');
  const columns = shape[1] ?? 0;
  if (shape.length !== 2 || columns === 0) {
    throw new AppError(
      'model_corrupt',
      `expected estimators_ of ${estimator.name} as a matrix, found shape (${shape.join(', ')})`,
    );
  }
  const owners = estimator.children('estimators_');
  const { trees, x } = readTrees(owners, frame, context);
  if (trees[0]!.stride !== 1)
    throw new AppError('model_corrupt', `expected one value a node in ${estimator.name}, found ${trees[0]!.stride}`);
  const init = initialScores(estimator, frame, context, link, columns);
  if (init instanceof Float64Array && init.length !== columns) {
    estimator.wrong('init_', `an estimator of ${columns} numbers`, estimator.get('init_'));
  }
  const start = init instanceof Float64Array ? Array.from(init, constantTree) : [];
  const rate = estimator.number('learning_rate');
  if (!(init instanceof Float64Array) && trees.length <= MAX_SINGLE_ADDITIONS) {
    return addOneByOne(init, trees, rate, x, context);
  }
  const forest = buildForest(
    [...start, ...trees],
    [...start, ...trees].map((_, index) => index % columns),
    (values, tree) => {
      if (tree >= start.length) values[0]! *= rate;
    },
  );
  const sum = addTrees(context, x, forest, new Float64Array(columns));
  return init instanceof Float64Array ? sum : context.graph.binary('add', init, sum);
}

/** From a start of its own for each row the trees are added in their order, each as a value of its own. */
function addOneByOne(
  init: ValueId,
  trees: FittedTree[],
  rate: number,
  x: ValueId,
  context: TranslationContext,
): ValueId {
  const { graph } = context;
  const columns = graph.width(init);
  const places = trees.map((_, index) => index);
  const forest = buildForest(trees, places, (values) => (values[0]! *= rate));
  const leaves = addTrees(context, x, forest, new Float64Array(trees.length));
  let sum = init;
  for (let first = 0; first < trees.length; first += columns) {
    sum = graph.binary('add', sum, graph.select(leaves, places.slice(first, first + columns)));
  }
  return sum;
}

/** Where the sum starts: numbers for `init='zero'` and the default (a dummy), else a value of the custom `init`. */
function initialScores(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  link: Link,
  columns: number,
): Float64Array | ValueId {
  const value = estimator.require('init_');
  if (asText(value) === 'zero') return new Float64Array(columns);
  const init = estimator.wrap(value, 'init_');
  if (init.object.path.startsWith('sklearn.ensemble.gradient_boosting.')) {
    estimator.unsupported(
      `of scikit-learn before 0.21, which begins its sums with ${init.name},`,
      'fit it again with 0.21 or newer',
    );
  }
  const constant = dummyPrediction(init);
  if (constant && link === 'identity') return constant.slice(0, columns);
  if (constant) return constantLink(constant, link, clipOf(estimator), estimator.atLeast(1, 4));
  return customInit(estimator, init, frame, context, link);
}

/** What a dummy estimator answers for every row: `constant_` of a regressor, `class_prior_` of a classifier. */
function dummyPrediction(init: Estimator): Float64Array | undefined {
  if (init.name === 'DummyRegressor') return init.numbers('constant_').data;
  if (init.name !== 'DummyClassifier' || init.text('strategy') !== 'prior') return undefined;
  return asNumbers(init.require('class_prior_'))?.data;
}

/** Probabilities are clipped by the epsilon of float32, since 1.8 of float64. */
function clipOf(estimator: Estimator): number {
  return estimator.atLeast(1, 8) ? 2 ** -52 : 2 ** -23;
}

function constantLink(prior: Float64Array, link: Link, epsilon: number, symmetric: boolean): Float64Array {
  const p = prior.map((value) => Math.min(Math.max(value, epsilon), 1 - epsilon));
  if (link === 'multinomial') {
    const logs = p.map(Math.log);
    // Since 1.4 the link subtracts the mean of the logs; the probabilities are the same.
    const mean = symmetric ? logs.reduce((sum, log) => sum + log, 0) / logs.length : 0;
    return logs.map((log) => log - mean);
  }
  const odds = Math.log(p[1]! / (1 - p[1]!));
  return Float64Array.of(link === 'exponential' ? 0.5 * odds : odds);
}

function customInit(
  estimator: Estimator,
  init: Estimator,
  frame: Frame,
  context: TranslationContext,
  link: Link,
): ValueId {
  const { graph } = context;
  if (keepsFloat32(init)) {
    context.warn(
      `the init estimator of ${estimator.name} computes in float32 in scikit-learn and in float64 here; answers may differ in the seventh digit`,
    );
  }
  const rounded = graph.unary('round32', frame.numbers('keep'));
  const translation = context.translate(init, frame.derive(rounded, { missing: true, exact: false }));
  if (link === 'identity') {
    if (translation.value === undefined)
      throw new AppError('model_corrupt', `expected a regressor as init of ${estimator.name}, found ${init.name}`);
    return translation.value;
  }
  const probabilities = translation.targets?.[0]?.probabilities;
  if (probabilities === undefined)
    throw new AppError(
      'model_unsupported',
      `expected an init of ${estimator.name} with probabilities, found ${init.name}`,
    );
  const epsilon = clipOf(estimator);
  const clip = (x: ValueId): ValueId =>
    graph.binary('min', graph.binary('max', x, graph.scalar(epsilon)), graph.scalar(1 - epsilon));
  if (link === 'multinomial') {
    const logs = graph.unary('log', clip(probabilities));
    return estimator.atLeast(1, 4) ? graph.binary('sub', logs, graph.reduce('mean', logs)) : logs;
  }
  const p = clip(graph.select(probabilities, [1]));
  const odds = graph.unary('log', graph.binary('div', p, graph.binary('sub', graph.scalar(1), p)));
  return link === 'exponential' ? graph.binary('mul', odds, graph.scalar(0.5)) : odds;
}

/** The init is fitted on float32 columns; what it keeps of that precision it also computes in, trees do not. */
function keepsFloat32(estimator: Estimator, depth = 0): boolean {
  return estimator.values().some((value) => {
    if (isNdArray(value)) return value.dtype.kind === 'f' && value.dtype.itemSize === 4;
    const items = value instanceof PyTuple ? value.items : Array.isArray(value) ? value.slice(0, 8) : [value];
    return items.some((item) => {
      const inner = item instanceof PyTuple ? item.items.find((part) => part instanceof PyObject) : item;
      return depth < 4 && inner instanceof PyObject && keepsFloat32(estimator.wrap(inner, 'init_'), depth + 1);
    });
  });
}

function translateClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const classes = estimator.classes();
  const loss = estimator.text('loss');
  const link: Link = loss === 'exponential' ? 'exponential' : classes.length === 2 ? 'binomial' : 'multinomial';
  const decision = rawScores(estimator, frame, context, link);
  if (graph.width(decision) !== (classes.length === 2 ? 1 : classes.length)) {
    throw new AppError(
      'model_corrupt',
      `expected scores for ${classes.length} classes in ${estimator.name}, found ${graph.width(decision)}`,
    );
  }
  const probabilities =
    link === 'multinomial'
      ? graph.softmax(decision)
      : twoColumns(
          graph.unary('sigmoid', link === 'exponential' ? graph.binary('mul', decision, graph.scalar(2)) : decision),
          context,
        );
  // Up to 1.3 the deviance losses predict from probabilities (sklearn/ensemble/_gb_losses.py), later from raw scores. For
  // more than two classes that is the same, and equal scores stay equal whatever the last digit of exp is.
  const fromProbabilities = !estimator.atLeast(1, 4) && link === 'binomial';
  const index = fromProbabilities
    ? graph.argmax(probabilities)
    : graph.width(decision) > 1
      ? graph.argmax(decision)
      : graph.cast(graph.compare('ge', decision, graph.scalar(0)), 'i64');
  return { task: 'classification', targets: [{ classes, probabilities, decision, index }] };
}

function translateRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  return { task: 'regression', value: rawScores(estimator, frame, context, 'identity') };
}

/** Gradient boosting (sklearn/ensemble/_gb.py; losses in _gb_losses.py up to 1.3). */
export const GRADIENT_BOOSTING_TRANSLATORS: Record<string, Translator> = {
  GradientBoostingClassifier: translateClassifier,
  GradientBoostingRegressor: translateRegressor,
};
