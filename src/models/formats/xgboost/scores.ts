import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import { buildBoosterForest } from '../boosters/booster-tree';
import type { BoosterTree } from '../boosters/booster-tree';
import { hintSplits } from '../boosters/hints';
import { SplitColumns } from '../boosters/split-columns';
import type { SplitRules } from '../boosters/split-columns';
import type { Frame } from '../sklearn/frame';
import type { TranslationContext } from '../sklearn/translation';
import { codedColumns } from './category-names';
import { linearScores } from './linear-scores';
import { baseMargins } from './links';
import { isBefore } from './read-xgboost-model';
import type { XgboostModel } from './read-xgboost-model';
import { readXgboostTree } from './read-xgboost-tree';

export interface ScoreOptions {
  /** The value that stands for a missing one beside NaN. */
  missing: number;
  /** How many rounds are used; null for all. */
  rounds: number | null;
  /** How many trees of each score are used instead, which wrappers before 1.4 note. */
  trees?: number | null;
  /** Whether the wrapper's `inplace_predict` is followed, which adds up dart otherwise up to 3.2. */
  inPlace: boolean;
}

/** A category's code: the whole part; negative ones and NaN are of their own. */
const RULES: SplitRules = {
  numeric: (_graph, x) => x,
  code: (graph, x) => graph.unary('floor', x),
  within: 1,
  outside: 0,
};

/**
 * The scores of a row before the link, [N, groups]: base score, then one leaf after the other, added in float32
 * (src/predictor/cpu_predictor.cc). Values are rounded to float32 before they are compared.
 */
export function scores(model: XgboostModel, frame: Frame, context: TranslationContext, options: ScoreOptions): ValueId {
  if (frame.width !== model.features) {
    throw new AppError('model_corrupt', `expected ${model.features} columns for XGBoost, found ${frame.width}`);
  }
  const { graph } = context;
  const base = baseMargins(model);
  const given = codedColumns(model, frame, context);
  // What a sparse matrix does not store is missing.
  const stored = frame.storedOnly(given);
  const x = missingToNaN(graph, graph.unary('round32', stored), options.missing);
  // XGBoost adds the first base score to each of the scores (`base_score(0)` of GBLinear, up to 3.4).
  if (model.booster === 'gblinear') return linearScores(model, context, x, base.fill(base[0]!));
  const splits = new SplitColumns(model.features);
  const { trees, target } = readTrees(model, splits, context, options, base);
  if (trees.length === 0) {
    const zero = graph.binary('mul', graph.where(graph.isnan(x), graph.scalar(0), x), graph.scalar(0));
    return graph.binary('add', graph.select(zero, [0]), graph.row(base));
  }
  hintSplits(frame, trees, splits);
  const columns = splits.build(graph, x, RULES);
  const baseLast = addsBaseLast(model);
  const sums = graph.trees({
    x: columns.x,
    forest: buildBoosterForest(trees, target, columns.columnOf),
    compare: 'lt',
    round32: false,
    accumulate: 'f32',
    base: baseLast ? new Float64Array(model.groups) : base,
    scale: 1,
    divisor: 1,
  });
  return baseLast ? graph.unary('round32', graph.binary('add', sums, graph.row(base))) : sums;
}

/** Up to 1.2, and dart in 1.3 too, the leaves are added up first (`CPUPredictor::PredValue`). */
function addsBaseLast(model: XgboostModel): boolean {
  return isBefore(model, 1, 3) || (model.booster === 'dart' && isBefore(model, 1, 4));
}

/** The trees of the rounds that are used, leaves weighted, with the group that each counts for. */
function readTrees(
  model: XgboostModel,
  splits: SplitColumns,
  context: TranslationContext,
  { rounds, trees: limit, inPlace }: ScoreOptions,
  base: Float64Array,
): { trees: BoosterTree[]; target: number[] } {
  const all = model.trees.length;
  const ofRounds = rounds === null ? all : treesOfRounds(model, rounds);
  const used = limit ? Math.min(limit * model.groups, all) : ofRounds;
  const trees: BoosterTree[] = [];
  const target: number[] = [];
  for (let index = 0; index < used; index++) {
    const read = readXgboostTree(model.trees[index]!, model.groups, splits, (nodes) => context.spend(nodes));
    read.forEach((tree, place) => {
      const group = read.length > 1 ? place : model.treeGroups[index]!;
      const weigh = leafWeight(model, index, inPlace ? base[group] : undefined);
      if (weigh) tree.values.forEach((value, node) => (tree.values[node] = weigh(value)));
      trees.push(tree);
      target.push(group);
    });
  }
  return { trees, target };
}

function treesOfRounds(model: XgboostModel, rounds: number): number {
  const end = model.roundEnds[Math.min(rounds, model.roundEnds.length) - 1] ?? model.trees.length;
  if (Number.isInteger(end) && end >= 0 && end <= model.trees.length) return end;
  throw new AppError('model_corrupt', `expected rounds that end within ${model.trees.length} trees, found ${end}`);
}

function missingToNaN(graph: GraphBuilder, x: ValueId, missing: number): ValueId {
  if (Number.isNaN(missing)) return x;
  return graph.where(graph.compare('eq', x, graph.scalar(Math.fround(missing))), graph.scalar(NaN), x);
}

/**
 * What dart makes of a leaf. `inplace_predict` up to 3.2 answers a tree with the base score `start` on top, takes that off
 * again and multiplies then, which rounds otherwise (src/gbm/gbtree.cc `Dart::InplacePredict`).
 */
function leafWeight(model: XgboostModel, tree: number, start: number | undefined): ((leaf: number) => number) | null {
  if (!model.treeWeights) return null;
  const weight = Math.fround(model.treeWeights[tree]!);
  if (start === undefined || model.major > 3 || (model.major === 3 && model.minor > 2))
    return (leaf) => Math.fround(leaf * weight);
  return (leaf) => Math.fround(Math.fround(Math.fround(start + leaf) - start) * weight);
}
