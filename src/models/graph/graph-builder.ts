import type { ClassLabel } from '../../common/signature';
import { AppError } from '../../common/errors';
import type { BinaryFn, CompareFn, Dtype, Node, ReduceFn, TreesNode, UnaryFn, ValueId } from './ir';

interface ValueType {
  dtype: Dtype;
  width: number;
}

/** Appends nodes to a graph and keeps dtype and width of every value, so that a wrong graph cannot be built. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  private readonly types: ValueType[] = [];

  type(x: ValueId): ValueType {
    const type = this.types[x];
    if (!type) throw new RangeError(`no value ${x} in the graph`);
    return type;
  }

  width(x: ValueId): number {
    return this.type(x).width;
  }

  input(name: string, dtype: 'f64' | 'text', width: number): ValueId {
    return this.push({ op: 'input', name, dtype, width }, { dtype, width });
  }

  /** One row of numbers, repeated for every row of the batch. */
  row(data: ArrayLike<number>): ValueId {
    return this.push({ op: 'constant', dtype: 'f64', data: Float64Array.from(data) }, { dtype: 'f64', width: data.length });
  }

  texts(data: string[]): ValueId {
    return this.push({ op: 'constant', dtype: 'text', data }, { dtype: 'text', width: data.length });
  }

  scalar(value: number): ValueId {
    return this.row([value]);
  }

  select(x: ValueId, columns: ArrayLike<number>): ValueId {
    const { dtype, width } = this.type(x);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      if (!(Number.isInteger(column) && column >= 0 && column < width)) {
        throw new AppError('model_corrupt', `expected a column below ${width}, found ${column}`);
      }
    }
    return this.push({ op: 'select', x, columns: Int32Array.from(columns) }, { dtype, width: columns.length });
  }

  concat(xs: ValueId[]): ValueId {
    if (xs.length === 1) return xs[0]!;
    const dtype = this.type(xs[0]!).dtype;
    for (const x of xs) this.expect(x, dtype, 'concat');
    return this.push({ op: 'concat', xs }, { dtype, width: xs.reduce((sum, x) => sum + this.width(x), 0) });
  }

  cast(x: ValueId, to: 'f64' | 'i64'): ValueId {
    const { dtype, width } = this.type(x);
    if (dtype === to) return x;
    if (dtype === 'text') throw new AppError('model_unsupported', 'text cannot be used where the model needs numbers');
    return this.push({ op: 'cast', x, to }, { dtype: to, width });
  }

  unary(fn: UnaryFn, x: ValueId): ValueId {
    this.expect(x, 'f64', fn);
    return this.push({ op: 'unary', fn, x }, this.type(x));
  }

  binary(fn: BinaryFn, x: ValueId, y: ValueId): ValueId {
    this.expect(x, 'f64', fn);
    this.expect(y, 'f64', fn);
    return this.push({ op: 'binary', fn, x, y }, { dtype: 'f64', width: this.broadcast(x, y, fn) });
  }

  compare(fn: CompareFn, x: ValueId, y: ValueId): ValueId {
    const { dtype } = this.type(x);
    this.expect(y, dtype, fn);
    if (dtype === 'text' && fn !== 'eq') throw new RangeError(`text has no order: ${fn}`);
    return this.push({ op: 'compare', fn, x, y }, { dtype: 'bool', width: this.broadcast(x, y, fn) });
  }

  isnan(x: ValueId): ValueId {
    this.expect(x, 'f64', 'isnan');
    return this.push({ op: 'isnan', x }, { dtype: 'bool', width: this.width(x) });
  }

  logic(fn: 'and' | 'or' | 'not', ...xs: ValueId[]): ValueId {
    if (xs.length !== (fn === 'not' ? 1 : 2)) throw new RangeError(`${fn} does not take ${xs.length} operands`);
    for (const x of xs) this.expect(x, 'bool', fn);
    const width = xs.length === 1 ? this.width(xs[0]!) : this.broadcast(xs[0]!, xs[1]!, fn);
    return this.push({ op: 'logic', fn, xs }, { dtype: 'bool', width });
  }

  where(condition: ValueId, x: ValueId, y: ValueId): ValueId {
    this.expect(condition, 'bool', 'where');
    const { dtype } = this.type(x);
    this.expect(y, dtype, 'where');
    const width = Math.max(this.broadcast(condition, x, 'where'), this.broadcast(condition, y, 'where'), this.broadcast(x, y, 'where'));
    return this.push({ op: 'where', condition, x, y }, { dtype, width });
  }

  /** `weights` is row-major [width of x, width]. */
  matmul(x: ValueId, weights: Float64Array, width: number): ValueId {
    this.expect(x, 'f64', 'matmul');
    if (weights.length !== this.width(x) * width) {
      throw new AppError('model_corrupt', `expected ${this.width(x)} x ${width} weights, found ${weights.length}`);
    }
    return this.push({ op: 'matmul', x, weights, width }, { dtype: 'f64', width });
  }

  reduce(fn: ReduceFn, x: ValueId): ValueId {
    this.expect(x, 'f64', fn);
    return this.push({ op: 'reduce', fn, x }, { dtype: 'f64', width: 1 });
  }

  softmax(x: ValueId): ValueId {
    this.expect(x, 'f64', 'softmax');
    return this.push({ op: 'softmax', x }, this.type(x));
  }

  argmax(x: ValueId): ValueId {
    this.expect(x, 'f64', 'argmax');
    return this.push({ op: 'argmax', x }, { dtype: 'i64', width: 1 });
  }

  lookup(x: ValueId, keys: Float64Array | string[], values: Float64Array, otherwise: number): ValueId {
    this.expect(x, Array.isArray(keys) ? 'text' : 'f64', 'lookup');
    if (keys.length !== values.length) throw new RangeError(`${keys.length} keys for ${values.length} values`);
    if (this.width(x) !== 1) throw new RangeError('lookup takes one column');
    return this.push({ op: 'lookup', x, keys, values, otherwise }, { dtype: 'f64', width: 1 });
  }

  bin(x: ValueId, edges: Float64Array[], side: 'left' | 'right'): ValueId {
    this.expect(x, 'f64', 'bin');
    if (edges.length !== this.width(x)) throw new RangeError(`${edges.length} lists of edges for ${this.width(x)} columns`);
    return this.push({ op: 'bin', x, edges, side }, { dtype: 'f64', width: this.width(x) });
  }

  trees(node: Omit<TreesNode, 'op'>): ValueId {
    this.expect(node.x, 'f64', 'trees');
    return this.push({ op: 'trees', ...node }, { dtype: 'f64', width: node.base.length });
  }

  label(x: ValueId, classes: ClassLabel[]): ValueId {
    this.expect(x, 'i64', 'label');
    const kind = typeof classes[0];
    const whole = classes.every((label) => Number.isSafeInteger(Number(label)));
    return this.push({ op: 'label', x, classes }, { dtype: kind === 'string' ? 'text' : whole ? 'i64' : 'f64', width: 1 });
  }

  private push(node: Node, type: ValueType): ValueId {
    this.types.push({ dtype: type.dtype, width: type.width });
    return this.nodes.push(node) - 1;
  }

  private expect(x: ValueId, dtype: Dtype, op: string): void {
    const found = this.type(x).dtype;
    if (found === dtype) return;
    if (found === 'text') throw new AppError('model_unsupported', 'text cannot be used where the model needs numbers');
    throw new RangeError(`${op} expects ${dtype}, found ${found}`);
  }

  private broadcast(x: ValueId, y: ValueId, op: string): number {
    const [a, b] = [this.width(x), this.width(y)];
    if (a !== b && a !== 1 && b !== 1) {
      throw new AppError('model_corrupt', `expected operands of one width for ${op}, found ${a} and ${b} columns`);
    }
    return Math.max(a, b);
  }
}
