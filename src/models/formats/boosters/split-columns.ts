import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import { buildBoosterForest, emptyTree } from './booster-tree';
import type { BoosterTree } from './booster-tree';

/** How a library turns the columns of a row into what its splits compare. */
export interface SplitRules {
  /** Columns for splits by threshold; `variant` is the library's own number for how missing values are treated. */
  numeric(graph: GraphBuilder, x: ValueId, variant: number): ValueId;
  /** One column as the code of a category, whole or NaN; a code that no split knows belongs to no set. */
  code(graph: GraphBuilder, x: ValueId): ValueId;
  /** What a split by a set sees of a category within the set and of one outside; of NaN it sees NaN. */
  within: number;
  outside: number;
}

/** Distinct sets of categories: each is a column of the matrix that the trees read. */
const MAX_SETS = 50_000;
const MAX_CATEGORY = 2 ** 24;

/**
 * The columns that the splits of a model look at, gathered while trees are read: columns to compare with thresholds,
 * and for each set of categories a column that says whether the row's category is in it, which a search tree over the
 * bounds of the set finds.
 */
export class SplitColumns {
  private readonly numbers = new Map<string, { split: number; feature: number; variant: number }>();
  private readonly sets = new Map<number, Map<string, { split: number; members: number[] }>>();
  private count = 0;

  constructor(private readonly features: number) {}

  /** Number of a split by threshold on `feature`. @throws AppError model_corrupt when there is no such column */
  threshold(feature: number, variant = 0): number {
    this.check(feature);
    const key = `${feature}/${variant}`;
    let known = this.numbers.get(key);
    if (!known) this.numbers.set(key, (known = { split: this.count++, feature, variant }));
    return known.split;
  }

  /** Number of a split by a set of categories. @throws AppError model_corrupt */
  members(feature: number, members: number[]): number {
    this.check(feature);
    const bad = members.find((member) => !(Number.isInteger(member) && member >= 0 && member < MAX_CATEGORY));
    if (bad !== undefined) {
      throw new AppError('model_corrupt', `expected categories from 0 to ${MAX_CATEGORY}, found ${bad}`);
    }
    let sets = this.sets.get(feature);
    if (!sets) this.sets.set(feature, (sets = new Map<string, { split: number; members: number[] }>()));
    const key = members.join();
    let known = sets.get(key);
    if (!known) sets.set(key, (known = { split: this.count++, members }));
    return known.split;
  }

  /** The categories that the splits on a column know, ascending. */
  categories(feature: number): number[] {
    const all = new Set<number>();
    for (const { members } of this.sets.get(feature)?.values() ?? []) for (const member of members) all.add(member);
    return [...all].sort((a, b) => a - b);
  }

  /** Columns with splits by sets. */
  get categorical(): number[] {
    return [...this.sets.keys()].sort((a, b) => a - b);
  }

  /** The matrix of all these columns, and the column of each split in it. */
  build(graph: GraphBuilder, x: ValueId, rules: SplitRules): { x: ValueId; columnOf: (split: number) => number } {
    const place = new Int32Array(Math.max(1, this.count));
    const parts: ValueId[] = [];
    let width = 0;
    for (const variant of new Set([...this.numbers.values()].map((number) => number.variant))) {
      const chosen = [...this.numbers.values()].filter((number) => number.variant === variant);
      chosen.sort((a, b) => a.feature - b.feature);
      for (const { split } of chosen) place[split] = width++;
      const columns = chosen.map(({ feature }) => feature);
      const whole = columns.length === this.features;
      parts.push(rules.numeric(graph, whole ? x : graph.select(x, columns), variant));
    }
    const sets = [...this.sets].flatMap(([feature, known]) =>
      [...known.values()].map(({ split, members }) => ({ split, members, feature })),
    );
    for (const { split } of sets) place[split] = width++;
    if (sets.length > 0) parts.push(membership(graph, x, sets, rules));
    // A model whose trees are all single leaves looks at nothing, and a matrix has at least one column.
    if (parts.length === 0) parts.push(graph.select(x, [0]));
    return { x: graph.concat(parts), columnOf: (split) => place[split]! };
  }

  private check(feature: number): void {
    if (Number.isInteger(feature) && feature >= 0 && feature < this.features) return;
    throw new AppError('model_corrupt', `expected a column below ${this.features} in the trees, found ${feature}`);
  }
}

interface CategorySet {
  feature: number;
  members: number[];
}

/** [N, sets]: `within` or `outside` in the column of each set, NaN where the category is missing. */
function membership(graph: GraphBuilder, x: ValueId, sets: CategorySet[], rules: SplitRules): ValueId {
  if (sets.length > MAX_SETS) {
    throw new AppError(
      'import_limit',
      `expected splits by at most ${MAX_SETS} different sets of categories, found ${sets.length}; train fewer trees`,
    );
  }
  const features = [...new Set(sets.map(({ feature }) => feature))];
  const column = new Map(features.map((feature, index) => [feature, index]));
  const codes = graph.concat(features.map((feature) => rules.code(graph, graph.select(x, [feature]))));
  const trees = sets.map(({ feature, members }) => searchTree(members, column.get(feature)!, rules));
  const found = graph.trees({
    x: codes,
    forest: buildBoosterForest(
      trees,
      sets.map((_, index) => index),
      (split) => split,
    ),
    compare: 'lt',
    round32: false,
    accumulate: 'f64',
    base: new Float64Array(sets.length),
    scale: 1,
    divisor: 1,
  });
  const code = graph.select(
    codes,
    sets.map(({ feature }) => column.get(feature)!),
  );
  return graph.where(graph.isnan(code), graph.scalar(NaN), found);
}

/** A balanced tree over the codes at which runs of members begin and end: behind an odd one lies a member. */
function searchTree(members: readonly number[], column: number, { within, outside }: SplitRules): BoosterTree {
  const edges: number[] = [];
  for (const member of [...new Set(members)].sort((a, b) => a - b)) {
    if (edges.at(-1) === member) edges.pop();
    else edges.push(member);
    edges.push(member + 1);
  }
  const tree = emptyTree(2 * edges.length + 1);
  let next = 0;
  const build = (from: number, to: number): number => {
    const node = next++;
    const middle = (from + to) >> 1;
    if (from === to) tree.values[node] = from % 2 === 1 ? within : outside;
    else {
      tree.split[node] = column;
      tree.threshold[node] = edges[middle]!;
      tree.left[node] = build(from, middle);
      tree.right[node] = build(middle + 1, to);
    }
    return node;
  };
  build(0, edges.length);
  return tree;
}
