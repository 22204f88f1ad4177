import { ELEMENT, ML_DOMAIN, OnnxWriter } from '../formats/onnx/writer';
import type { Attribute, ElementType } from '../formats/onnx/writer';
import type { Dtype } from './ir';

/** Axis name of the rows in every input and output of a compiled model. */
export const BATCH_AXIS = 'N';

/** A value of the graph while it is emitted: `fixed` ones are [1, width] and the same for every row. */
export interface Emitted {
  name: string;
  dtype: Dtype;
  width: number;
  fixed: boolean;
}

/** Gives names to what it writes, so that operators can be composed like function calls. */
export class OnnxEmitter {
  private readonly writer = new OnnxWriter();
  private readonly reserved: ReadonlySet<string>;
  private readonly scalars = new Map<string, string>();
  private rowCount: string | null = null;
  private firstInput: string | null = null;
  private next = 0;

  /** `reserved`: names of inputs and outputs, which no inner value may take. */
  constructor(reserved: Iterable<string>) {
    this.reserved = new Set(reserved);
  }

  input(name: string, type: ElementType, width: number): void {
    this.firstInput ??= name;
    this.writer.input(name, type, [BATCH_AXIS, width]);
  }

  output(name: string, from: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.writer.node({ op: 'Identity', inputs: [from], outputs: [name] });
    this.writer.output(name, type, shape);
  }

  /** One operator of the default domain with one output; answers the name of that output. */
  op(op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const name = this.fresh();
    this.writer.node({ op, inputs, outputs: [name], attributes });
    return name;
  }

  /** One operator of the default domain with several outputs; answers their names. */
  several(op: string, inputs: readonly string[], count: number, attributes: Record<string, Attribute>): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh());
    this.writer.node({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** One operator of `ai.onnx.ml` with one output. */
  ml(op: string, inputs: readonly string[], attributes: Record<string, Attribute>): string {
    const name = this.fresh();
    this.writer.node({ op, domain: ML_DOMAIN, inputs, outputs: [name], attributes });
    return name;
  }

  cast(x: string, to: ElementType): string {
    return this.op('Cast', [x], { to: { int: to } });
  }

  doubles(dims: readonly number[], data: Float64Array): string {
    return this.constant(ELEMENT.double, dims, data);
  }

  floats(dims: readonly number[], data: Float32Array): string {
    return this.constant(ELEMENT.float, dims, data);
  }

  integers(dims: readonly number[], data: ArrayLike<number>): string {
    return this.constant(
      ELEMENT.int64,
      dims,
      BigInt64Array.from({ length: data.length }, (_, i) => BigInt(data[i]!)),
    );
  }

  texts(dims: readonly number[], data: readonly string[]): string {
    return this.constant(ELEMENT.string, dims, data);
  }

  /** A double of shape [1, 1]; equal ones are written once. */
  scalar(value: number): string {
    const key = Object.is(value, -0) ? '-0' : String(value);
    let name = this.scalars.get(key);
    if (name === undefined) {
      name = this.doubles([1, 1], Float64Array.of(value));
      this.scalars.set(key, name);
    }
    return name;
  }

  /** The same value with a row for each row of the batch. */
  perRow(value: Emitted): string {
    if (!value.fixed) return value.name;
    return this.op('Expand', [
      value.name,
      this.op('Concat', [this.rows(), this.integers([1], [1])], { axis: { int: 0 } }),
    ]);
  }

  finish(metadata: Readonly<Record<string, string>>): Uint8Array {
    return this.writer.finish(metadata);
  }

  /** Shape [1], int64: how many rows the batch has. */
  private rows(): string {
    if (this.firstInput === null) throw new RangeError('a graph without inputs has no rows');
    this.rowCount ??= this.op('Shape', [this.firstInput], { start: { int: 0 }, end: { int: 1 } });
    return this.rowCount;
  }

  private constant(
    type: ElementType,
    dims: readonly number[],
    data: Float64Array | Float32Array | BigInt64Array | readonly string[],
  ): string {
    const name = this.fresh();
    this.writer.initializer(name, { type, dims, data });
    return name;
  }

  private fresh(): string {
    let name = `v${this.next++}`;
    while (this.reserved.has(name)) name = `v${this.next++}`;
    return name;
  }
}
