import type { InputBuffer } from './input-buffer';

/** What one request holds: its rows, records or nested arrays, in order. */
export interface Items {
  /** Answered as one item, not as a list of one. */
  single: boolean;
  list: unknown[];
  /** The member they came in (`features`, `inputs`, or none for a flat record), for error messages. */
  member: string;
  /** How it stood there when it came as arrays by input name: one object for all items, or one for each. */
  byInput?: 'whole' | 'item';
}

/** Turns items into tensors. Tabular models and models of nested arrays have one each. */
export interface ItemDecoder {
  /** Room for so many items, one buffer an input. */
  allocate(rows: number): InputBuffer[];
  /** @throws AppError invalid_input when the value is no item and no list of items of one kind */
  classify(value: unknown, member: string): Items;
  /** Writes item `index` at row `at`. @throws AppError invalid_input that names the element */
  write(items: Items, index: number, buffers: InputBuffer[], at: number): void;
  /** Shape of the tensor that holds so many rows. */
  dims(buffer: InputBuffer, rows: number): number[];
  /** The names of the features in the order of a row; null when they have none. */
  readonly names: string[] | null;
}
