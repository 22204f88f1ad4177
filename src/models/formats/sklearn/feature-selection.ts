import { AppError } from '../../../common/errors';
import type { ValueId } from '../../graph/ir';
import { PyDict, PyTuple } from '../pickle/records';
import { asList, asNumber, asText } from './arrays';
import { transformWith } from './composition';
import type { Estimator } from './estimator';
import type { Frame, MissingPolicy } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** The columns of a mask. @throws AppError model_unsupported when there are none */
export function kept(frame: Frame, mask: ArrayLike<boolean>, estimator: Estimator): Translation {
  const columns = Array.from(mask).flatMap((used, column) => (used ? [column] : []));
  if (mask.length !== frame.width)
    throw new AppError(
      'model_corrupt',
      `expected a choice among ${frame.width} columns in ${estimator.name}, found ${mask.length}`,
    );
  if (columns.length === 0) estimator.unsupported('that keeps no column', 'choose other parameters');
  return { task: 'transform', frame: frame.select(columns) };
}

/** Columns whose variance is above the threshold (sklearn/feature_selection/_variance_threshold.py). */
function translateVariance(estimator: Estimator, frame: Frame): Translation {
  const threshold = estimator.number('threshold');
  frame.numbers('take');
  return kept(
    frame,
    Array.from(estimator.anyNumbers('variances_').data, (variance) => variance > threshold),
    estimator,
  );
}

/**
 * Recursive elimination predicts with the estimator that it fitted on the columns left
 * (sklearn/feature_selection/_rfe.py `RFE.predict`); before another step it only selects.
 */
function translateElimination(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
): Translation {
  const selected = translateSupport(estimator, frame);
  if (asked === 'transform' || !selected.frame) return selected;
  return { ...context.translate(estimator.child('estimator_'), selected.frame), frame: selected.frame };
}

/** `support_` of recursive elimination and sequential selection. */
function translateSupport(estimator: Estimator, frame: Frame): Translation {
  frame.numbers(missingPolicyOf(estimator.child(estimator.has('estimator_') ? 'estimator_' : 'estimator')));
  return kept(frame, Array.from(estimator.numbers('support_').data, Boolean), estimator);
}

/** Since when an estimator of scikit-learn has the tag `allow_nan`. */
const TAKES_MISSING_SINCE: [RegExp, number, number][] = [
  [/^HistGradientBoosting/, 0, 0],
  [/^DecisionTree/, 1, 3],
  [/^RandomForest/, 1, 4],
  [/^ExtraTree/, 1, 6],
];

/**
 * What a selection by an estimator does with missing values: it takes them, also in columns that it leaves out, where
 * the estimator has the tag `allow_nan`, and fails otherwise (`SelectorMixin.transform`, sklearn/feature_selection/_base.py).
 */
export function missingPolicyOf(estimator: Estimator): MissingPolicy {
  const { name } = estimator;
  const takes =
    /^(XGB|LGBM)/.test(name) ||
    TAKES_MISSING_SINCE.some(([pattern, ...since]) => {
      return pattern.test(name) && (since[0] === 0 || estimator.atLeast(...since));
    });
  return takes ? 'take' : 'refuse';
}

/** Transformers side by side over the same columns (sklearn/pipeline.py `FeatureUnion`). */
function translateUnion(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const weights = estimator.get('transformer_weights');
  const parts = estimator.list('transformer_list').flatMap((entry): Frame[] => {
    const [name, step] = entry instanceof PyTuple ? entry.items : (asList(entry) ?? []);
    if (step === null || asText(step) === 'drop') return [];
    const part =
      asText(step) === 'passthrough' ? frame : transformWith(estimator.wrap(step, 'transformer_list'), frame, context);
    const weight = weights instanceof PyDict && name !== undefined ? asNumber(weights.get(name)) : undefined;
    if (weight === undefined) return [part];
    return [part.of(context.graph.binary('mul', part.numbers('keep'), context.graph.scalar(weight)))];
  });
  if (parts.length === 0) estimator.unsupported('that keeps no column', 'give it at least one transformer');
  return { task: 'transform', frame: parts[0]!.beside(...parts.slice(1)) };
}

/** `X / scale_`, missing values pass through. */
function translateMaxAbs(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const scale = estimator.vector('scale_', frame.width);
  const x = graph.binary('div', frame.numbers('keep'), graph.row(scale));
  return {
    task: 'transform',
    frame: frame.derive(x, { missing: true, exact: false, toRaw: (value, column) => value * scale[column]! }),
  };
}

/** `(X - center_) / scale_`, either may be missing. */
function translateRobust(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const centre = estimator.has('center_') ? estimator.vector('center_', frame.width) : null;
  const scale = estimator.has('scale_') ? estimator.vector('scale_', frame.width) : null;
  let x = frame.numbers('keep');
  if (centre) x = graph.binary('sub', x, graph.row(centre));
  if (scale) x = graph.binary('div', x, graph.row(scale));
  const toRaw = (value: number, column: number): number => value * (scale?.[column] ?? 1) + (centre?.[column] ?? 0);
  return { task: 'transform', frame: frame.derive(x, { missing: true, exact: false, toRaw }) };
}

/** Rows divided by their norm; rows of zeros stay (sklearn/preprocessing/_data.py `normalize`). */
function translateNormalizer(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const x = frame.numbers();
  const norm = estimator.text('norm');
  const node = graph.nodes[x];
  const whole =
    node?.op === 'bag' && !node.table && !node.kept && node.terms.norm === null && node.terms.above === null;
  if (whole && (norm === 'l1' || norm === 'l2')) {
    return { task: 'transform', frame: frame.of(graph.bag(node.x, { ...node.terms, norm })).stored(true) };
  }
  const length: ValueId =
    norm === 'l2'
      ? graph.unary('sqrt', graph.reduce('sum', graph.binary('mul', x, x)))
      : graph.reduce(norm === 'l1' ? 'sum' : 'max', graph.unary('abs', x));
  const divisor = graph.where(graph.compare('eq', length, graph.scalar(0)), graph.scalar(1), length);
  return { task: 'transform', frame: frame.of(graph.binary('div', x, divisor)) };
}

function translateBinarizer(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const threshold = estimator.number('threshold');
  for (let column = 0; column < frame.width; column++) frame.hint(column, [threshold, threshold + 1, threshold - 1]);
  return {
    task: 'transform',
    frame: frame.of(graph.cast(graph.compare('gt', frame.numbers(), graph.scalar(threshold)), 'f64')),
  };
}

const MAX_FACTORS = 100_000;

/** Products of columns by degree, in the order of itertools (sklearn/preprocessing/_polynomial.py `_combinations`). */
function translatePolynomial(estimator: Estimator, frame: Frame, { graph }: TranslationContext): Translation {
  const degree = estimator.get('degree');
  const range = asList(degree)?.map(asNumber) ?? [0, asNumber(degree)];
  const [least, most] = [range[0] ?? 0, range[1] ?? 0];
  const distinct = estimator.boolean('interaction_only', false);
  const terms: number[][] = estimator.boolean('include_bias', true) ? [[]] : [];
  let last: number[][] = [[]];
  let factors = 0;
  for (let size = 1; size <= most; size++) {
    if (last.length * frame.width > 20 * MAX_FACTORS) tooManyTerms(estimator);
    last = last.flatMap((term) => {
      const from = term.length === 0 ? 0 : term.at(-1)! + Number(distinct);
      return Array.from({ length: Math.max(0, frame.width - from) }, (_, index) => [...term, from + index]);
    });
    if (last.length === 0) break;
    factors += last.length * size;
    if (factors > MAX_FACTORS) tooManyTerms(estimator);
    if (size >= least) for (const term of last) terms.push(term);
  }
  const x = frame.numbers();
  const width = terms.reduce((longest, term) => Math.max(longest, term.length), 1);
  const padded = graph.concat([x, graph.where(graph.isnan(graph.select(x, [0])), graph.scalar(1), graph.scalar(1))]);
  const one = frame.width;
  const product = Array.from({ length: width }, (_, place) =>
    graph.select(
      padded,
      terms.map((term) => term[place] ?? one),
    ),
  );
  return { task: 'transform', frame: frame.of(product.reduce((total, factor) => graph.binary('mul', total, factor))) };
}

function tooManyTerms(estimator: Estimator): never {
  return estimator.unsupported(
    `with products of more than ${MAX_FACTORS} factors`,
    'use a lower degree or fewer columns',
  );
}

/** Selectors, unions and the simple transformers (sklearn/feature_selection, sklearn/preprocessing). */
export const FEATURE_TRANSLATORS: Record<string, Translator> = {
  VarianceThreshold: translateVariance,
  RFE: translateElimination,
  RFECV: translateElimination,
  SequentialFeatureSelector: translateSupport,
  FeatureUnion: translateUnion,
  MaxAbsScaler: translateMaxAbs,
  RobustScaler: translateRobust,
  Normalizer: translateNormalizer,
  Binarizer: translateBinarizer,
  PolynomialFeatures: translatePolynomial,
};
