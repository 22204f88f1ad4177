import { AppError } from '../../../common/errors';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { Category, ColumnKind, RawColumns } from './raw-columns';

/** Where a column comes from, as long as it is a function of one raw column alone. */
interface Lineage {
  raw: number;
  /** Whether a missing value of the raw column is still missing here. */
  missing: boolean;
  /** Whether a value that is not missing is still the raw one. */
  exact: boolean;
  /** The raw value that gives this value, for probe hints. */
  toRaw: (value: number) => number;
}

/** A column of a frame: one that clients send and whose kind is still open, or one of a computed value. */
type Column =
  | { source: 'raw'; lineage: Lineage }
  | { source: 'value'; value: ValueId; column: number; lineage: Lineage | null; given?: ValueId };

function givenOf(column: Column): ValueId | undefined {
  return column.source === 'value' ? column.given : undefined;
}

/**
 * What an estimator does with missing values: it fails (`refuse`), was fitted to take them (`take`), or hands them on
 * (`keep`).
 */
export type MissingPolicy = 'refuse' | 'take' | 'keep';

/** What stays true of the columns of a transformer's output, see {@link Frame.derive}. */
export interface Derivation {
  /** Missing values come out missing. */
  missing: boolean;
  /** Other values come out unchanged. */
  exact: boolean;
  toRaw?: (value: number, column: number) => number;
}

/** Dense, sparse, or sparse with zeros of which it is not known whether they are stored. */
type Sparsity = boolean | 'unclear';

/** The columns between two steps of a pipeline, raw or computed, numbers and text mixed. */
export class Frame {
  private constructor(
    private readonly graph: GraphBuilder,
    private readonly rawColumns: RawColumns,
    private readonly columns: Column[],
    /** Whether scikit-learn hands the columns on as a sparse matrix, whose zeros XGBoost takes for missing. */
    readonly sparse: Sparsity = false,
  ) {}

  /** The row as clients send it. */
  static raw(graph: GraphBuilder, raw: RawColumns): Frame {
    const columns = raw.columns.map((_, index): Column => ({
      source: 'raw',
      lineage: { raw: index, missing: true, exact: true, toRaw: (value) => value },
    }));
    return new Frame(graph, raw, columns);
  }

  get width(): number {
    return this.columns.length;
  }

  /** [N, 1]: any number for each row; no column counts as read by this. */
  get rows(): ValueId {
    return this.rawColumns.rows;
  }

  /** For messages: the client's column behind column `index`, or its place. */
  label(index: number): string {
    const lineage = this.at(index).lineage;
    return lineage ? this.rawColumns.label(lineage.raw) : `column ${index}`;
  }

  select(indices: ArrayLike<number>): Frame {
    return new Frame(
      this.graph,
      this.rawColumns,
      Array.from(indices, (index) => this.at(index)),
      this.sparse,
    );
  }

  /** A frame of computed values, side by side; nothing is known about their origin. */
  of(...values: ValueId[]): Frame {
    return new Frame(
      this.graph,
      this.rawColumns,
      values.flatMap((value) => this.spread(value, () => null)),
    );
  }

  /** A frame of a computed value with one column for each of this frame. */
  derive(value: ValueId, { missing, exact, toRaw }: Derivation): Frame {
    const columns = this.spread(value, (column) => {
      const lineage = this.at(column).lineage;
      if (!lineage) return null;
      return {
        raw: lineage.raw,
        missing: lineage.missing && missing,
        exact: lineage.exact && exact,
        toRaw: (derived) => lineage.toRaw(toRaw ? toRaw(derived, column) : derived),
      };
    });
    return new Frame(this.graph, this.rawColumns, columns, this.sparse).giving(this.given);
  }

  /** The same columns as a sparse matrix, or as a dense one. */
  stored(sparse: Sparsity): Frame {
    return new Frame(this.graph, this.rawColumns, this.columns, sparse);
  }

  /** What says of each column whether a sparse matrix stores it, see {@link giving}. */
  get given(): (ValueId | undefined)[] {
    return this.columns.map(givenOf);
  }

  /** The same columns; what `given` [N, 1] of a column has, a sparse matrix stores, zeros too. */
  giving(given: readonly (ValueId | undefined)[]): Frame {
    const columns = this.columns.map((column, i): Column => {
      const known = given[i];
      return column.source === 'raw' || known === undefined ? column : { ...column, given: known };
    });
    return new Frame(this.graph, this.rawColumns, columns, this.sparse);
  }

  /**
   * `numbers` of this frame with NaN for all that its sparse matrix does not store; as they are when it is dense.
   * @throws AppError model_unsupported where that is not known
   */
  storedOnly(numbers: ValueId): ValueId {
    if (!this.sparse) return numbers;
    if (this.sparse === 'unclear') {
      throw new AppError(
        'model_unsupported',
        'expected a matrix without stored zeros, which XGBoost tells from missing ones, found one that may have them; ' +
          'use SplineTransformer with sparse_output=False, HashingVectorizer with alternate_sign=False',
      );
    }
    const { graph } = this;
    const runs: { given: ValueId | undefined; indices: number[] }[] = [];
    this.columns.forEach((column, index) => {
      const given = givenOf(column);
      const last = runs.at(-1);
      if (last && last.given === undefined && given === undefined) last.indices.push(index);
      else runs.push({ given, indices: [index] });
    });
    const stored = runs.map(({ given, indices }) =>
      given === undefined
        ? this.pick(numbers, indices)
        : graph.where(graph.isnan(given), graph.scalar(0), graph.scalar(1)),
    );
    return graph.where(graph.compare('eq', graph.concat(stored), graph.scalar(0)), graph.scalar(NaN), numbers);
  }

  /** This frame and others, side by side; sparse when one of them is. */
  beside(...others: Frame[]): Frame {
    const columns = [...this.columns, ...others.flatMap((other) => other.columns)];
    const kinds = [this.sparse, ...others.map(({ sparse }) => sparse)];
    const sparse = kinds.includes('unclear') ? 'unclear' : kinds.includes(true);
    return new Frame(this.graph, this.rawColumns, columns, sparse);
  }

  /**
   * All columns as one matrix of doubles [N, width]; raw columns become numbers by this.
   * @throws AppError model_unsupported when one of them is text
   */
  numbers(policy: MissingPolicy = 'refuse', kind: 'number' | 'boolean' = 'number'): ValueId {
    return this.gather(kind, policy);
  }

  /** All columns as one matrix of text [N, width]; raw columns become text by this. */
  text(policy: MissingPolicy = 'refuse'): ValueId {
    return this.gather('text', policy);
  }

  /** The computed value whose columns, all and in order, are those of this frame; null when there is none. */
  wholeValue(): ValueId | null {
    const first = this.columns[0];
    if (first?.source !== 'value' || this.graph.width(first.value) !== this.width) return null;
    const isWhole = this.columns.every(
      (column, i) => column.source === 'value' && column.value === first.value && column.column === i,
    );
    return isWhole ? first.value : null;
  }

  /** Whether some of the columns are weights of the terms of a text. */
  holdsTerms(): boolean {
    return this.columns.some((column) => column.source === 'value' && this.graph.nodes[column.value]?.op === 'bag');
  }

  /** Whether the column is known to be text or a number; null for a raw column that nothing has read. */
  kind(index: number): ColumnKind | null {
    const column = this.at(index);
    if (column.source === 'raw') return this.rawColumns.at(column.lineage.raw).kind;
    return this.graph.type(column.value).dtype === 'text' ? 'text' : 'number';
  }

  /** Notes values of a column that are worth probing the model with. */
  hint(index: number, values: Iterable<number | string>): void {
    const lineage = this.at(index).lineage;
    if (!lineage) return;
    const raw: (number | string)[] = [];
    for (const value of values) raw.push(typeof value === 'number' ? lineage.toRaw(value) : value);
    this.rawColumns.hint(lineage.raw, raw);
  }

  /**
   * Notes the categories that an encoder knows. `closed`: any other value is an error in scikit-learn.
   * Says whether that can be enforced, which needs a column that still holds the client's own value.
   */
  categories(index: number, categories: Category[], closed: boolean): boolean {
    const lineage = this.at(index).lineage;
    if (!lineage?.exact) return false;
    const column = this.rawColumns.at(lineage.raw);
    column.categories =
      column.categories && column.closed
        ? column.categories.filter((known) => !closed || categories.includes(known))
        : categories;
    column.closed ||= closed;
    return true;
  }

  private at(index: number): Column {
    const column = this.columns[index];
    if (!column) throw new AppError('model_corrupt', `expected a column below ${this.width}, found ${index}`);
    return column;
  }

  private spread(value: ValueId, lineage: (column: number) => Lineage | null): Column[] {
    return Array.from({ length: this.graph.width(value) }, (_, column) => ({
      source: 'value',
      value,
      column,
      lineage: lineage(column),
    }));
  }

  private gather(kind: ColumnKind, policy: MissingPolicy): ValueId {
    if (this.columns.length === 0) throw new AppError('model_corrupt', 'expected at least one column, found none');
    const runs: { value: ValueId; indices: number[] }[] = [];
    for (const column of this.columns) {
      if (column.source === 'value') this.expectKind(column, kind);
      this.account(column, kind, policy);
      const [value, index] = this.place(column, kind);
      const last = runs.at(-1);
      if (last?.value === value) last.indices.push(index);
      else runs.push({ value, indices: [index] });
    }
    return this.graph.concat(runs.map(({ value, indices }) => this.pick(value, indices)));
  }

  private expectKind(column: Column & { source: 'value' }, kind: ColumnKind): void {
    const isText = this.graph.type(column.value).dtype === 'text';
    if (isText === (kind === 'text')) return;
    const [expected, found] = isText ? ['numbers', 'text'] : ['text', 'numbers'];
    const from = column.lineage ? ` from ${this.rawColumns.label(column.lineage.raw)}` : '';
    throw new AppError(
      'model_unsupported',
      `expected ${expected}, found ${found}${from} between two steps of the pipeline`,
    );
  }

  private place(column: Column, kind: ColumnKind): [ValueId, number] {
    if (column.source === 'value') return [column.value, column.column];
    return [kind === 'text' ? this.rawColumns.text : this.rawColumns.numeric, column.lineage.raw];
  }

  private account(column: Column, kind: ColumnKind, policy: MissingPolicy): void {
    const { lineage } = column;
    if (column.source === 'raw') this.rawColumns.use(column.lineage.raw, kind);
    if (!lineage?.missing || policy === 'keep') return;
    const raw = this.rawColumns.at(lineage.raw);
    if (policy === 'take') raw.takesMissing = true;
    else raw.refusesMissing = true;
  }

  private pick(value: ValueId, indices: number[]): ValueId {
    const whole = indices.length === this.graph.width(value) && indices.every((index, i) => index === i);
    // Provisional inputs are always read through a selection: it is what finishGraph rewrites.
    const provisional = value === this.rawColumns.numeric || value === this.rawColumns.text;
    return whole && !provisional ? value : this.graph.select(value, indices);
  }
}
