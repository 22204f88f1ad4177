import * as fc from 'fast-check';
import type { GeneratorValue } from 'fast-check';
import { GraphBuilder } from '../../../src/models/graph/graph-builder';
import type { Forest } from '../../../src/common/trees/tree-ensemble';
import type { Graph, GraphOutput, TreesNode, ValueId } from '../../../src/models/graph/ir';
import type { Tensor } from '../../../src/common/tensor';

/** Numbers that meet each other often: thresholds, edges and inputs are drawn from the same few. */
const NUMBERS = [-3, -1, -0.5, 0, 0.1, 0.25, 1, 1.5, 2, 7, 16777217, 0.30000000000000004];
const TEXTS = ['a', 'b', 'ç', ''];

/** Without bias: fast-check would else prefer the first and the last operation of the list. */
function uniform(bound: number): fc.Arbitrary<number> {
  return fc.noBias(fc.nat({ max: bound - 1 }));
}

/**
 * Draws graphs with operations of every kind. Values that back ends may round differently (`rough`) go on only to
 * operations that are continuous and do not magnify a difference, so that any two correct back ends agree.
 */
export class RandomGraph {
  private readonly b = new GraphBuilder();
  private readonly exact: ValueId[] = [];
  private readonly rough: ValueId[] = [];
  private readonly bools: ValueId[] = [];
  private readonly indices: ValueId[] = [];
  private readonly texts: ValueId[] = [];

  constructor(private readonly draw: GeneratorValue) {}

  graph(): { graph: Graph; inputs: Tensor[]; rows: number } {
    const rows = this.below(5) + 1;
    const width = this.below(4) + 1;
    this.exact.push(this.b.input('x', 'f64', width), this.b.row(this.numbers(this.below(3) + 1)));
    this.texts.push(this.b.input('t', 'text', 1), this.b.texts([this.of(TEXTS)]));
    this.bools.push(this.b.isnan(0));
    const steps = this.below(14) + 2;
    for (let i = 0; i < steps; i++) this.step();
    const lists = [this.exact, this.rough, this.bools, this.indices, this.texts];
    const outputs = lists.flatMap((list) => (list.length > 0 ? [list.at(-1)!, this.of(list)] : []));
    const numbers = Array.from({ length: rows * width }, () => (this.below(6) === 0 ? NaN : this.of(NUMBERS)));
    return {
      graph: {
        task: 'unknown',
        nodes: this.b.nodes,
        outputs: outputs.map((value, i): GraphOutput => ({ name: `y${i}`, value, role: 'other', squeeze: this.below(2) === 1 })),
        features: [],
        probes: { values: [] },
      },
      inputs: [
        { datatype: 'FP64', shape: [rows, width], data: Float64Array.from(numbers) },
        { datatype: 'BYTES', shape: [rows, 1], data: Array.from({ length: rows }, () => this.of(TEXTS)) },
      ],
      rows,
    };
  }

  private below(bound: number): number {
    return this.draw(uniform, bound);
  }

  private of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  private numbers(length: number): number[] {
    return Array.from({ length }, () => this.of(NUMBERS));
  }

  /** Numbers whose sums of products do not lose more than the last few digits. */
  private small(length: number): Float64Array {
    return Float64Array.from(this.numbers(length), (value) => Math.min(value, 7));
  }

  /** Another value that goes with `x`: of its width, or of one column. */
  private beside(x: ValueId, list: readonly ValueId[]): ValueId {
    const width = this.b.width(x);
    const fitting = list.filter((y) => this.b.width(y) === width || this.b.width(y) === 1 || width === 1);
    return fitting.length > 0 ? this.of(fitting) : x;
  }

  private step(): void {
    const { b } = this;
    const x = this.of(this.exact);
    const steps: (() => unknown)[] = [
      () => this.exact.push(b.unary(this.of(['neg', 'abs', 'sign', 'floor', 'relu', 'round32'] as const), x)),
      () => this.exact.push(b.binary(this.of(['add', 'sub', 'mul', 'div', 'min', 'max'] as const), x, this.beside(x, this.exact))),
      () => this.rough.push(b.unary(this.of(['exp', 'log', 'sqrt', 'tanh', 'sigmoid'] as const), this.tame(x))),
      () => this.rough.push(b.softmax(this.tame(x))),
      () => this.rough.push(b.reduce(this.of(['sum', 'mean', 'prod'] as const), this.tame(x))),
      () => this.exact.push(b.reduce(this.of(['max', 'min'] as const), x)),
      () => this.rough.push(this.product(this.tame(x))),
      () => this.rough.push(b.trees(this.trees(x))),
      () => this.exact.push(b.bin(x, Array.from({ length: b.width(x) }, () => this.edges()), this.of(['left', 'right'] as const))),
      () => this.exact.push(b.select(x, this.columns(x))),
      () => this.exact.push(b.concat([x, this.of(this.exact)])),
      () => this.rough.length > 0 && this.rough.push(b.concat([this.of(this.rough), x])),
      () => this.bools.push(b.compare(this.of(['lt', 'le', 'gt', 'ge', 'eq'] as const), x, this.beside(x, this.exact))),
      () => this.bools.push(b.compare('eq', this.of(this.texts), b.texts([this.of(TEXTS)]))),
      () => this.bools.push(this.combined()),
      () => this.exact.push(this.chosen(this.exact)),
      () => this.bools.push(this.chosen(this.bools)),
      () => this.exact.push(b.cast(this.of(this.bools), 'f64')),
      () => this.lookup(x),
      () => this.exact.push(b.lookup(b.select(this.of(this.texts), [0]), ['a', ''], Float64Array.of(0.5, 2), NaN)),
      () => this.indices.push(b.argmax(this.tame(x))),
      () => this.indices.push(b.cast(this.tame(x), 'i64')),
      () => this.labelled(b.argmax(this.tame(x)), b.width(x)),
    ];
    this.of(steps)();
  }

  /** Neither missing nor so large that sums overflow or an index does not fit. */
  private tame(x: ValueId): ValueId {
    const { b } = this;
    const present = b.where(b.isnan(x), b.scalar(0.5), x);
    return b.binary('min', b.binary('max', present, b.scalar(-50)), b.scalar(50));
  }

  private lookup(x: ValueId): void {
    const keys = Float64Array.from(new Set([...this.numbers(3), NaN]));
    this.exact.push(this.b.lookup(this.b.select(x, [0]), keys, Float64Array.from(keys, (_, i) => i / 4), -1));
  }

  private labelled(index: ValueId, width: number): void {
    const kind = this.below(3);
    const classes = Array.from({ length: width }, (_, i) => (kind === 0 ? `c${i}` : kind === 1 ? i * 10 : i + 0.5));
    (kind === 0 ? this.texts : kind === 1 ? this.indices : this.exact).push(this.b.label(index, classes));
  }

  private product(x: ValueId): ValueId {
    const width = this.below(3) + 1;
    return this.b.matmul(x, this.small(this.b.width(x) * width), width);
  }

  private combined(): ValueId {
    const x = this.of(this.bools);
    if (this.below(3) === 0) return this.b.logic('not', x);
    return this.b.logic(this.of(['and', 'or'] as const), x, this.beside(x, this.bools));
  }

  private chosen(list: readonly ValueId[]): ValueId {
    const x = this.of(list);
    const condition = this.b.select(this.of(this.bools), [0]);
    return this.b.where(condition, x, this.beside(x, list));
  }

  private columns(x: ValueId): number[] {
    return Array.from({ length: this.below(3) + 1 }, () => this.below(this.b.width(x)));
  }

  private edges(): Float64Array {
    return Float64Array.from(this.numbers(this.below(6))).sort();
  }

  private trees(x: ValueId): Omit<TreesNode, 'op'> {
    const accumulate = this.of(['f64', 'f32'] as const);
    const stride = accumulate === 'f32' ? 1 : this.below(3) + 1;
    const width = stride + this.below(3);
    return {
      x,
      forest: this.forest(this.b.width(x), stride, width),
      compare: this.of(['le', 'lt'] as const),
      round32: this.below(2) === 1,
      accumulate,
      base: this.small(width),
      scale: this.of([1, 0.1]),
      divisor: this.of([1, 3]),
    };
  }

  private forest(features: number, stride: number, width: number): Forest {
    const nodes: { left: number; right: number; feature: number; threshold: number }[] = [];
    let leaves = 0;
    const grow = (depth: number): number => {
      const id = nodes.length;
      if (depth === 0 || this.below(4) === 0) {
        nodes.push({ left: -1, right: leaves++, feature: -2, threshold: 0 });
        return id;
      }
      nodes.push({ left: 0, right: 0, feature: this.below(features), threshold: this.of([...NUMBERS, Infinity]) });
      nodes[id]!.left = grow(depth - 1);
      nodes[id]!.right = grow(depth - 1);
      return id;
    };
    const roots = Int32Array.from({ length: this.below(4) + 1 }, () => grow(this.below(4)));
    return {
      roots,
      left: Int32Array.from(nodes, ({ left }) => left),
      right: Int32Array.from(nodes, ({ right }) => right),
      feature: Int32Array.from(nodes, ({ feature }) => feature),
      threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
      missingLeft: Uint8Array.from(nodes, () => this.below(2)),
      leafValues: this.small(leaves * stride),
      stride,
      target: Int32Array.from(roots, () => this.below(width - stride + 1)),
    };
  }
}
