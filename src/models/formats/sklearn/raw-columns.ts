import { AppError } from '../../../common/errors';
import type { FeatureSpec } from '../../../common/signature';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';

export type Category = string | number | boolean | null;
export type ColumnKind = FeatureSpec['kind'];

/** What becomes known of a column while the estimators that read it are translated. */
interface RawColumn {
  kind: ColumnKind | null;
  /** An estimator on the way was fitted to take missing values here. */
  takesMissing: boolean;
  /** An estimator on the way fails on missing values. */
  refusesMissing: boolean;
  categories: Category[] | null;
  closed: boolean;
  hints: Set<number | string>;
}

const MAX_HINTS = 64;

/**
 * The columns of a row as clients send them. Whether a column is a number or text is decided by its first use, so the
 * graph starts with provisional inputs, two of them as wide as the row; {@link finishGraph} narrows them to what was used.
 */
export class RawColumns {
  readonly columns: RawColumn[];
  readonly numeric: ValueId;
  readonly text: ValueId;
  /** One number a row, whichever, for what reads no column and needs to know how many rows there are. */
  readonly rows: ValueId;

  constructor(
    graph: GraphBuilder,
    readonly width: number,
    readonly names: string[] | null,
  ) {
    this.numeric = graph.input('numeric', 'f64', width);
    this.text = graph.input('text', 'text', width);
    this.rows = graph.input('rows', 'f64', 1);
    this.columns = Array.from({ length: width }, () => ({
      kind: null,
      takesMissing: false,
      refusesMissing: false,
      categories: null,
      closed: false,
      hints: new Set(),
    }));
  }

  /** `column 'age'`, or `column 3` of a model without names. */
  label(index: number): string {
    const name = this.names?.[index];
    return name === undefined ? `column ${index}` : `column '${name}'`;
  }

  /** @throws AppError model_unsupported when one estimator reads the column as text and another as a number */
  use(index: number, kind: ColumnKind): void {
    const column = this.at(index);
    const known = column.kind;
    if (known !== null && (known === 'text') !== (kind === 'text')) {
      throw new AppError(
        'model_unsupported',
        `expected every step to read ${this.label(index)} alike, found it read both as text and as a number; split it into two columns`,
      );
    }
    column.kind = known === null || known === kind ? kind : 'number';
  }

  /** Notes values that are worth probing the model with; only the first few are kept. */
  hint(index: number, values: Iterable<number | string>): void {
    const { hints } = this.at(index);
    for (const value of values) {
      if (hints.size >= MAX_HINTS) return;
      if (typeof value === 'string' || Number.isFinite(value)) hints.add(value);
    }
  }

  at(index: number): RawColumn {
    const column = this.columns[index];
    if (!column) throw new AppError('model_corrupt', `expected a column below ${this.width}, found ${index}`);
    return column;
  }
}
