import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';

/** How a library turns the columns of a row into what its splits compare. */
export interface SplitRules {
  /** Columns for splits by threshold; `variant` is the library's own number for how missing values are treated. */
  numeric(graph: GraphBuilder, x: ValueId, variant: number): ValueId;
  /** One column as the code of a category, whole or NaN; a code that no split knows belongs to no set. */
  code(graph: GraphBuilder, x: ValueId): ValueId;
  /** What a split by a set sees of a category within the set and of one outside. */
  within: number;
  outside: number;
  /** What it sees of a missing value: NaN to leave the way to the split, else a number. */
  missing: number;
}

/** Numbers in the table of one column's categories and sets, which is multiplied for each row. */
const MAX_TABLE = 4_000_000;
const MAX_CATEGORY = 2 ** 24;

/**
 * The columns that the splits of a model look at, gathered while trees are read: columns to compare with thresholds,
 * and for each set of categories a column that says whether the row's category is in it. The sets of one column are
 * found by one multiplication, [N, categories] of 0 and 1 times [categories, sets].
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
    for (const [feature, sets] of this.sets) {
      for (const { split } of sets.values()) place[split] = width++;
      parts.push(this.membership(graph, graph.select(x, [feature]), feature, rules));
    }
    // A model whose trees are all single leaves looks at nothing, and a matrix has at least one column.
    if (parts.length === 0) parts.push(graph.select(x, [0]));
    return { x: graph.concat(parts), columnOf: (split) => place[split]! };
  }

  private membership(graph: GraphBuilder, x: ValueId, feature: number, rules: SplitRules): ValueId {
    const sets = [...this.sets.get(feature)!.values()];
    const categories = this.categories(feature);
    // A set may be empty.
    if (categories.length === 0) categories.push(0);
    if (categories.length * sets.length > MAX_TABLE) {
      throw new AppError(
        'import_limit',
        `expected at most ${MAX_TABLE} pairs of category and split in a column, found ${categories.length} categories in ${sets.length} splits`,
      );
    }
    const row = new Map(categories.map((category, index) => [category, index]));
    const table = new Float64Array(categories.length * sets.length);
    sets.forEach(({ members }, column) => {
      for (const member of members) table[row.get(member)! * sets.length + column] = rules.within - rules.outside;
    });
    const code = rules.code(graph, x);
    const oneHot = graph.cast(graph.compare('eq', code, graph.row(categories)), 'f64');
    const found = graph.matmul(oneHot, table, sets.length);
    const shifted = rules.outside === 0 ? found : graph.binary('add', found, graph.scalar(rules.outside));
    return graph.where(graph.isnan(code), graph.scalar(rules.missing), shifted);
  }

  private check(feature: number): void {
    if (Number.isInteger(feature) && feature >= 0 && feature < this.features) return;
    throw new AppError('model_corrupt', `expected a column below ${this.features} in the trees, found ${feature}`);
  }
}
