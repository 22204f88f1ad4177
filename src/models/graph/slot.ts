import type { ValueType } from './value-types';

/** One step of a compiled graph: fills the slot of its value for the first `rows` rows of the current block. */
export type Step = (rows: number) => void;

/**
 * Where a value lives while a block of rows is evaluated: [rows, width] row-major, one row only when `fixed`. Integers
 * and booleans are held as doubles (exact up to 2^53). The arrays are replaced when a larger block is asked for.
 */
export interface Slot extends ValueType {
  fixed: boolean;
  numbers: Float64Array;
  texts: string[];
}

/** How far apart the rows of a value lie: a fixed value has one row only. */
export function rowStep(x: Slot): number {
  return x.fixed ? 0 : x.width;
}

/** How far apart the columns lie when `x` is used among operands of `width` columns. */
export function columnStep(x: Slot, width: number): number {
  return x.width === 1 && width > 1 ? 0 : 1;
}
