import { AppError } from '../../../common/errors';
import type { Datatype, Signature, TensorSpec } from '../../../common/signature';
import { elementCount, type NumericArray } from '../../../common/tensor';
import { isNumericDatatype, type NumericDatatype, viewNumbers, widthOf } from './binary-tensors';
import { type InputBuffer, RANGES, wordsFor } from './input-buffer';
import { invalidInput } from './invalid-input';
import type { Items } from './item-decoder';
import { tableShapeOf } from './scan-rows';
import { itemAxes } from './tensor-decoder';

/** Rows as their client sent them: numbers of one datatype, row by row. */
export interface RawRows {
  rows: number;
  /** Numbers of one row. */
  columns: number;
  data: NumericArray;
}

/**
 * Reads the body of a request that is nothing but rows: row-major little-endian numbers, the columns of a table in the
 * order of the features, or the elements of the one tensor of another model. What is read may be written with
 * {@link RawRowReader.write} where numbers go into the tensor as they are; for any other table {@link asItems} makes it
 * what a list of rows in JSON would have been.
 */
export class RawRowReader {
  private constructor(
    private readonly columns: number,
    /** Datatype of the numbers when the request does not say. */
    private readonly datatype: NumericDatatype,
    /** Where numbers go into the one tensor in order: their greatest magnitude, and whose NaN is a missing value. */
    private readonly plain: { bound: number; nullable: Uint8Array | null; only: NumericDatatype | null } | null,
    private readonly features: Signature['features'],
  ) {}

  /** @throws AppError unsupported_media_type for a model that numbers alone cannot ask */
  static compile(signature: Signature): RawRowReader {
    const { features, inputs } = signature;
    if (!features) return RawRowReader.ofTensor(signature);
    const text = features.find(({ kind, ignored }) => kind === 'text' && !ignored);
    if (text) throw notRaw(`takes text${text.name === undefined ? '' : ` (${JSON.stringify(text.name)})`}`);
    const [first] = inputs;
    const same = inputs.every(({ datatype }) => datatype === first?.datatype);
    const datatype = same && first && isNumericDatatype(first.datatype) ? first.datatype : 'FP64';
    const shape = tableShapeOf(signature);
    return new RawRowReader(features.length, datatype, shape && { ...shape, only: null }, features);
  }

  private static ofTensor(signature: Signature): RawRowReader {
    const { inputs } = signature;
    const [only] = inputs;
    if (!only || inputs.length !== 1) throw notRaw('takes several tensors');
    const { datatype } = only;
    const inner = itemAxes(signature, only);
    if (inner.some((axis) => axis < 0)) throw notRaw('has axes of any size');
    if (!isNumericDatatype(datatype)) throw notRaw(`takes ${datatype}`);
    const bound = datatype === 'BOOL' ? 1 : RANGES[datatype].max;
    const float = datatype.startsWith('FP');
    const plain = { bound, nullable: null, only: float ? null : datatype };
    return new RawRowReader(elementCount(inner), datatype, plain, null);
  }

  /** Whether rows are written as they are. */
  get isPlain(): boolean {
    return this.plain !== null;
  }

  /**
   * The rows that a body is; a view of its bytes where they are aligned.
   * @param asked datatype of the numbers; null for the model's own
   * @throws AppError invalid_input when the bytes are no whole number of rows or none, or a boolean is neither 0 nor 1;
   * unsupported_media_type when a tensor of integers is asked in other numbers
   */
  read(bytes: Uint8Array, asked: NumericDatatype | null): RawRows {
    const { columns, plain } = this;
    const datatype = asked ?? this.datatype;
    if (plain?.only && datatype !== plain.only) throw notRaw(`takes ${plain.only}, and cannot be asked in ${datatype}`);
    const rowBytes = columns * widthOf(datatype);
    const rows = bytes.byteLength / rowBytes;
    if (bytes.byteLength === 0 || !Number.isInteger(rows)) {
      const numbers = columns === 1 ? `one ${datatype} number` : `${columns} ${datatype} numbers`;
      throw new AppError(
        'invalid_input',
        `Expected rows of ${numbers}, ${rowBytes} bytes each; found ${bytes.byteLength} bytes`,
      );
    }
    const data = viewNumbers(datatype, bytes);
    const wrong = datatype === 'BOOL' ? firstNoFlag(bytes) : -1;
    if (wrong >= 0) throw this.wrongNumber(data, wrong, datatype);
    return { rows, columns, data };
  }

  /**
   * Writes plain rows into the one tensor from row `at` on.
   * @throws AppError invalid_input that names the first number that the model does not take
   */
  write({ data, columns }: RawRows, [buffer]: InputBuffer[], at: number): void {
    const { data: to, spec } = buffer as InputBuffer;
    const { bound, nullable, only } = this.plain as NonNullable<typeof this.plain>;
    if (only) return (to as Float64Array).set(data as Float64Array, at * columns);
    const wrong = copyNumbers(data, to as Float64Array, at * columns, bound, nullable);
    if (wrong >= 0) throw this.wrongNumber(data, wrong, spec.datatype);
  }

  /**
   * Plain rows as the one tensor without a copy, where they have its precision already; null where they do not.
   * @throws AppError invalid_input that names the first number that the model does not take
   */
  asBuffer({ data, columns }: RawRows, spec: TensorSpec): InputBuffer | null {
    if (spec.datatype !== 'FP64' || !(data instanceof Float64Array)) return null;
    const { bound, nullable } = this.plain as NonNullable<typeof this.plain>;
    const wrong = firstWrong(data, bound, nullable);
    if (wrong >= 0) throw this.wrongNumber(data, wrong, spec.datatype);
    return { spec, stride: columns, data };
  }

  private wrongNumber(data: NumericArray, at: number, datatype: Datatype): AppError {
    const [index, column] = [Math.floor(at / this.columns), at % this.columns];
    const path = `features[${index}][${column}]`;
    const field = this.features?.[column]?.name ?? path;
    const expected = datatype === 'BOOL' ? '0 or 1' : wordsFor(datatype, NaN);
    return invalidInput({ index, path, field }, expected, data[at]);
  }

  /** The rows as a list of rows in JSON would have them, NaN being null where it is taken. */
  asItems({ data, columns, rows }: RawRows): Items {
    const list = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_unused, column) => {
        const value = Number(data[row * columns + column]);
        return Number.isNaN(value) && this.features?.[column]?.nullable ? null : value;
      }),
    );
    return { single: false, list, member: 'features' };
  }
}

/** Place of the first byte that is neither 0 nor 1, or -1. */
function firstNoFlag(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 1) return i;
  return -1;
}

/** Copies numbers until one is out of bounds. @returns its place, or -1 */
function copyNumbers(
  from: ArrayLike<number | bigint>,
  to: Float64Array,
  at: number,
  bound: number,
  nullable: Uint8Array | null,
): number {
  for (let i = 0; i < from.length; i++) {
    const value = Number(from[i]);
    if (!(value <= bound && value >= -bound) && !(Number.isNaN(value) && nullable?.[i % nullable.length])) return i;
    to[at + i] = value;
  }
  return -1;
}

/** Place of the first number out of bounds, or -1. */
function firstWrong(data: Float64Array, bound: number, nullable: Uint8Array | null): number {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value <= bound && value >= -bound) continue;
    if (!(Number.isNaN(value) && nullable?.[i % nullable.length])) return i;
  }
  return -1;
}

function notRaw(why: string): AppError {
  return new AppError('unsupported_media_type', `The model ${why}: send JSON instead of application/octet-stream`);
}
