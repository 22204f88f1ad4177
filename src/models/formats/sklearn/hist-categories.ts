import type { ValueId } from '../../graph/ir';
import { SplitColumns } from '../boosters/split-columns';
import { isNdArray } from '../pickle/records';
import { asList, asNumbers, fieldNumbers } from './arrays';
import { lookupCategories, readCategories } from './categories';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { FittedTree } from './tree-reader';
import type { TranslationContext } from './translation';

const BITS = 32;

/** Whether any column of the estimator holds categories. */
export function hasCategories(estimator: Estimator): boolean {
  return categoricalColumns(estimator).some((categorical) => categorical);
}

function categoricalColumns(estimator: Estimator): boolean[] {
  const value = estimator.get('is_categorical_');
  if (value === undefined || value === null) return [];
  const flags = isNdArray(value) ? asNumbers(value) : undefined;
  return flags ? Array.from(flags.data, (flag) => flag !== 0) : estimator.wrong('is_categorical_', 'an array', value);
}

/**
 * The columns as the trees count them. Since 1.4 a ColumnTransformer goes first: categories become their places, unknown
 * ones and missing values NaN, and their columns come before all others.
 */
export function categoryFrame(estimator: Estimator, frame: Frame, context: TranslationContext): Frame {
  if (!estimator.has('_preprocessor')) return frame;
  const flags = categoricalColumns(estimator);
  if (flags.length !== frame.width) estimator.wrong('is_categorical_', `${frame.width} flags`, null);
  const places = (categorical: boolean): number[] =>
    flags.flatMap((flag, column) => (flag === categorical ? [column] : []));
  const part = frame.select(places(true));
  const encoder = encoderOf(estimator.child('_preprocessor'));
  const codes = readCategories(encoder, part, context).map((categories, column): ValueId => {
    const places = categories.values.map((value, place) => (value === null ? NaN : place));
    const rules = { codes: places, unknown: NaN, closed: false, missing: 'take' as const };
    return lookupCategories(encoder, part, column, categories, rules, context);
  });
  return frame.of(...codes).beside(frame.select(places(false)));
}

function encoderOf(preprocessor: Estimator): Estimator {
  const entry = preprocessor.list('transformers_')[0];
  return preprocessor.wrap(asList(entry)?.[1], 'transformers_');
}

/**
 * Splits by a set of categories become splits of columns of their own, 0 within the set and 1 outside; the columns of
 * numbers stay. A value that the fit did not know, below 0 or above 255, goes the way of missing values
 * (sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx; for values above 255, which do not fit its bitsets,
 * scikit-learn's answer is that of another category).
 */
export function splitCategories(
  estimator: Estimator,
  predictors: Estimator[],
  trees: FittedTree[],
  x: ValueId,
  frame: Frame,
  context: TranslationContext,
): ValueId {
  const splits = new SplitColumns(frame.width);
  const splitsOf = trees.map((tree, index) => nodeSplits(predictors[index]!, tree, splits));
  const known = new Map(splits.categorical.map((feature) => [feature, knownCategories(estimator, feature)]));
  for (const [feature, values] of known) frame.hint(feature, values.slice(0, 24));
  const { graph } = context;
  const rules = {
    numeric: (_: unknown, values: ValueId) => values,
    code: (_: unknown, value: ValueId) => value,
    within: 0,
    outside: 1,
  };
  const columns = Array.from({ length: frame.width }, (_, feature) => {
    const column = graph.select(x, [feature]);
    const values = known.get(feature);
    if (!values) return column;
    // Codes are cut to whole numbers, so that 1.5 is category 1.
    const whole = graph.where(
      graph.compare('lt', column, graph.scalar(0)),
      graph.scalar(NaN),
      graph.unary('floor', column),
    );
    return graph.lookup(whole, Float64Array.from(values), Float64Array.from(values), NaN);
  });
  const built = splits.build(graph, graph.concat(columns), rules);
  trees.forEach((tree, index) => {
    splitsOf[index]!.forEach((split, node) => {
      if (split >= 0) tree.feature[node] = built.columnOf(split);
    });
  });
  return built.x;
}

/** The split of each node, -1 at leaves; thresholds of splits by sets become 0.5. */
function nodeSplits(predictor: Estimator, tree: FittedTree, splits: SplitColumns): Int32Array {
  const nodes = predictor.array('nodes');
  const categorical = fieldNumbers(nodes, 'is_categorical');
  const places = fieldNumbers(nodes, 'bitset_idx');
  const { data, shape } = predictor.numbers('raw_left_cat_bitsets');
  const words = shape[1] ?? 0;
  return Int32Array.from({ length: tree.nodeCount }, (_, node) => {
    if (tree.left[node] === -1) return -1;
    const feature = tree.feature[node]!;
    if (!categorical[node]) return splits.threshold(feature);
    const place = places[node]!;
    if (!(place < (shape[0] ?? 0))) predictor.wrong('raw_left_cat_bitsets', `a row ${place}`, null);
    tree.threshold[node] = 0.5;
    return splits.members(feature, members(data.subarray(place * words, (place + 1) * words)));
  });
}

function members(bitset: Float64Array): number[] {
  const found: number[] = [];
  bitset.forEach((word, index) => {
    for (let bit = 0; bit < BITS; bit++) if ((word >>> bit) & 1) found.push(index * BITS + bit);
  });
  return found;
}

/** The categories of a column in the fit, which the bin mapper keeps in place of thresholds. */
function knownCategories(estimator: Estimator, feature: number): number[] {
  const mapper = estimator.child('_bin_mapper');
  const list = mapper.list('bin_thresholds_')[feature];
  const values = asNumbers(list)?.data ?? mapper.wrong('bin_thresholds_', 'lists of categories', list);
  const bad = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < 256));
  if (values.length === 0 || bad !== undefined) mapper.wrong('bin_thresholds_', 'categories from 0 to 255', bad);
  return [...new Set(values)];
}
