import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import { buildBoosterForest } from '../boosters/booster-tree';
import { hintSplits } from '../boosters/hints';
import { SplitColumns } from '../boosters/split-columns';
import type { SplitRules } from '../boosters/split-columns';
import type { Frame } from '../sklearn/frame';
import type { TranslationContext } from '../sklearn/translation';
import { codedColumns } from './category-names';
import { linearOutputs, readLinearLeaves } from './linear-leaves';
import type { LightgbmModel } from './read-lightgbm-model';
import { MISSING_TYPE, readLightgbmTree, ZERO } from './read-lightgbm-tree';

/** Codes beyond are in no set; it keeps the conversion to an integer defined. */
const LARGEST_CODE = 2 ** 30;

const RULES: SplitRules = {
  numeric: numericColumns,
  code: categoryCode,
  within: -1,
  outside: 0,
};

/**
 * The scores of a row before the link, [N, groups]: leaves added from zero in double precision, tree by tree; a mean over
 * the rounds in the boosting `rf` (src/boosting/gbdt_prediction.cpp).
 * @param rounds how many rounds are used; null for all
 */
export function scores(
  model: LightgbmModel,
  frame: Frame,
  context: TranslationContext,
  rounds: number | null,
): ValueId {
  if (frame.width !== model.features) {
    throw new AppError('model_corrupt', `expected ${model.features} columns for LightGBM, found ${frame.width}`);
  }
  const { graph } = context;
  const total = model.trees.length / model.groups;
  const used = Math.min(total, rounds ?? total);
  if (used === 0)
    throw new AppError('model_unsupported', 'expected a LightGBM model with trees, found none: train it first');
  const splits = new SplitColumns(model.features);
  const spend = (nodes: number): void => context.spend(nodes);
  const texts = model.trees.slice(0, used * model.groups);
  const trees = texts.map((tree) => readLightgbmTree(tree, splits, spend));
  const leaves = texts.map((text, index) => readLinearLeaves(text, trees[index]!, model.features, spend));
  const x = codedColumns(model, frame, context);
  hintSplits(frame, trees, splits);
  const columns = splits.build(graph, x, RULES);
  const target = trees.map((_, index) => index % model.groups);
  const divisor = model.average ? used : 1;
  if (leaves.some((linear) => linear !== null)) {
    const sums = sumByGroup(graph, linearOutputs(graph, trees, leaves, columns, x), target, model.groups);
    return divisor === 1 ? sums : graph.binary('div', sums, graph.scalar(divisor));
  }
  return graph.trees({
    x: columns.x,
    forest: buildBoosterForest(trees, target, columns.columnOf),
    compare: 'le',
    round32: false,
    accumulate: 'f64',
    base: new Float64Array(model.groups),
    scale: 1,
    divisor,
  });
}

/** [N, groups] of the outputs of single trees, [N, trees]; `target` is the group of each. */
function sumByGroup(graph: GraphBuilder, outputs: ValueId, target: readonly number[], groups: number): ValueId {
  const sums = Array.from({ length: groups }, (_, group) => {
    const own = [...target.keys()].filter((tree) => target[tree] === group);
    return graph.reduce('sum', graph.select(outputs, own));
  });
  return graph.concat(sums);
}

/** include/LightGBM/tree.h `NumericalDecision`: where missing values are not told apart, NaN is zero. */
function numericColumns(graph: GraphBuilder, x: ValueId, variant: number): ValueId {
  if (variant === MISSING_TYPE.nan) return x;
  if (variant === MISSING_TYPE.none) return graph.where(graph.isnan(x), graph.scalar(0), x);
  if (variant !== MISSING_TYPE.zero)
    throw new AppError('model_corrupt', `expected missing types 0, 1 or 2, found ${variant}`);
  return graph.where(graph.compare('le', graph.unary('abs', x), graph.scalar(ZERO)), graph.scalar(NaN), x);
}

/** `CategoricalDecision`: the code is cut to a whole number toward zero; negative ones and NaN are in no set. */
function categoryCode(graph: GraphBuilder, x: ValueId): ValueId {
  const bounded = graph.binary('min', graph.binary('max', x, graph.scalar(-1)), graph.scalar(LARGEST_CODE));
  const present = graph.where(graph.isnan(bounded), graph.scalar(-1), bounded);
  return graph.cast(graph.cast(present, 'i64'), 'f64');
}
