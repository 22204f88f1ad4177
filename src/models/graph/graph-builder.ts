import type { ClassLabel } from '../../common/signature';
import type { TermSpec } from '../../common/text/term-weights';
import { termColumns } from '../../common/text/term-weights';
import { foldedBag, holdsBag, narrowedBag } from './fold-bags';
import { checkForest } from './forest';
import type { BinaryFn, CompareFn, NeighborsNode, Node, ReduceFn, TreesNode, UnaryFn, ValueId } from './ir';
import { nodeType, valueType } from './value-types';
import type { ValueType } from './value-types';

/**
 * Appends nodes to a graph and keeps dtype and width of every value, so that a wrong graph cannot be built. Each method
 * answers the id of the new value and throws as `nodeType` does.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  private readonly types: ValueType[] = [];

  type(x: ValueId): ValueType {
    return valueType(this.types, x);
  }

  width(x: ValueId): number {
    return this.type(x).width;
  }

  input(name: string, dtype: 'f64' | 'text', width: number): ValueId {
    return this.push({ op: 'input', name, dtype, width });
  }

  /** One row of numbers, repeated for every row of the batch. */
  row(data: ArrayLike<number>): ValueId {
    return this.push({ op: 'constant', dtype: 'f64', data: Float64Array.from(data) });
  }

  texts(data: string[]): ValueId {
    return this.push({ op: 'constant', dtype: 'text', data });
  }

  scalar(value: number): ValueId {
    return this.row([value]);
  }

  /** Some of the terms of a bag of words are a narrower bag, so that nothing is as wide as the vocabulary. */
  select(x: ValueId, columns: ArrayLike<number>): ValueId {
    const chosen = Int32Array.from(columns);
    return this.push(narrowedBag(this.nodes, x, chosen) ?? { op: 'select', x, columns: chosen });
  }

  concat(xs: ValueId[]): ValueId {
    return xs.length === 1 ? xs[0]! : this.push({ op: 'concat', xs });
  }

  cast(x: ValueId, to: 'f64' | 'i64'): ValueId {
    return this.type(x).dtype === to ? x : this.push({ op: 'cast', x, to });
  }

  unary(fn: UnaryFn, x: ValueId): ValueId {
    return this.push({ op: 'unary', fn, x });
  }

  binary(fn: BinaryFn, x: ValueId, y: ValueId): ValueId {
    return this.push({ op: 'binary', fn, x, y });
  }

  compare(fn: CompareFn, x: ValueId, y: ValueId): ValueId {
    return this.push({ op: 'compare', fn, x, y });
  }

  isnan(x: ValueId): ValueId {
    return this.push({ op: 'isnan', x });
  }

  logic(fn: 'and' | 'or' | 'not', ...xs: ValueId[]): ValueId {
    return this.push({ op: 'logic', fn, xs });
  }

  where(condition: ValueId, x: ValueId, y: ValueId): ValueId {
    return this.push({ op: 'where', condition, x, y });
  }

  /** `weights` is row-major [width of x, width]. Of a bag of words it becomes the table, so that nothing is dense. */
  matmul(x: ValueId, weights: Float64Array, width: number): ValueId {
    const node = this.nodes[x];
    const fits = weights.length === this.width(x) * width;
    if (fits && node?.op === 'concat' && holdsBag(this.nodes, node.xs)) return this.sum(node.xs, weights, width);
    const folded = fits ? foldedBag(this.nodes, x, weights, width) : null;
    return this.push(folded ?? { op: 'matmul', x, weights, width });
  }

  reduce(fn: ReduceFn, x: ValueId): ValueId {
    return this.push({ op: 'reduce', fn, x });
  }

  softmax(x: ValueId): ValueId {
    return this.push({ op: 'softmax', x });
  }

  argmax(x: ValueId): ValueId {
    return this.push({ op: 'argmax', x });
  }

  lookup(x: ValueId, keys: Float64Array | string[], values: Float64Array, otherwise: number): ValueId {
    return this.push({ op: 'lookup', x, keys, values, otherwise });
  }

  bin(x: ValueId, edges: Float64Array[], side: 'left' | 'right'): ValueId {
    return this.push({ op: 'bin', x, edges, side });
  }

  /** Also checks the forest, node by node: see `checkForest`. */
  trees(node: Omit<TreesNode, 'op'>): ValueId {
    checkForest(node.forest, this.width(node.x), node.base.length);
    return this.push({ op: 'trees', ...node });
  }

  neighbors(node: Omit<NeighborsNode, 'op'>): ValueId {
    return this.push({ op: 'neighbors', ...node });
  }

  /** Term weights of a text, one column a term, or with a table [terms, width] their products with it. */
  bag(x: ValueId, terms: TermSpec, table: Float64Array | null = null, width = termColumns(terms)): ValueId {
    return this.push({ op: 'bag', x, terms, table, width });
  }

  label(x: ValueId, classes: ClassLabel[]): ValueId {
    return this.push({ op: 'label', x, classes });
  }

  /** The product of columns side by side, part by part. */
  private sum(parts: readonly ValueId[], weights: Float64Array, width: number): ValueId {
    let at = 0;
    const products = parts.map((part) => {
      const from = at;
      at += this.width(part) * width;
      return this.matmul(part, weights.slice(from, at), width);
    });
    return products.reduce((left, right) => this.binary('add', left, right));
  }

  private push(node: Node): ValueId {
    this.types.push(nodeType(node, (x) => this.type(x)));
    return this.nodes.push(node) - 1;
  }
}
