import type { BinaryFn, Graph, Node, ValueId } from './ir';
import { fixedValues } from './value-types';

/** Nodes of a graph and behind them those that compute magnitudes. */
export interface Magnitudes {
  readonly nodes: Node[];
  /** For a value of the graph the value that is its magnitude, where an output is or may be a sum of large terms. */
  readonly of: readonly (ValueId | undefined)[];
}

/**
 * Appends to a graph, for each value that an output is added up from, what rounding it is in proportion to: the sum of
 * the magnitudes of its terms, to the first order. It begins at the products with matrices, whose operands count as exact
 * to the last digit, and is followed through sums, products, quotients and choices. What is bent (a sigmoid, a tree) ends
 * it: an output behind that has none.
 */
export function termMagnitudes(graph: Graph): Magnitudes {
  const wanted = sumsBehind(graph);
  const appended = new Appended(graph.nodes);
  graph.nodes.forEach((node, id) => {
    if (wanted[id]) appended.add(node, id);
  });
  return appended;
}

/** Builds the magnitudes of nodes, in their order. */
class Appended implements Magnitudes {
  readonly nodes: Node[];
  readonly of: (ValueId | undefined)[] = [];

  constructor(private readonly original: readonly Node[]) {
    this.nodes = [...original];
  }

  /** Appends the magnitude of node `id`, whose operands have theirs where they are followed. */
  add(node: Node, id: ValueId): void {
    this.of[id] = this.added(node, id);
  }

  private added(node: Node, id: ValueId): ValueId {
    switch (node.op) {
      case 'matmul':
        return this.push({ ...node, x: this.absolute(node.x), weights: node.weights.map(Math.abs) });
      case 'concat':
        return this.push({ ...node, xs: node.xs.map((x) => this.magnitude(x)) });
      case 'select':
      case 'reduce':
        return this.push({ ...node, x: this.magnitude(node.x) });
      case 'unary':
        return this.push({ ...node, fn: 'abs', x: this.magnitude(node.x) });
      case 'where':
        return this.push({ ...node, x: this.magnitude(node.x), y: this.magnitude(node.y) });
      case 'binary':
        if (node.fn === 'mul') return this.product(node.x, node.y);
        if (node.fn === 'div') return this.quotient(id, node.x, node.y);
        return this.binary(
          node.fn === 'min' || node.fn === 'max' ? 'max' : 'add',
          this.magnitude(node.x),
          this.magnitude(node.y),
        );
      default:
        throw new RangeError(`${node.op} adds nothing up`);
    }
  }

  /** (x + dx)(y + dy) is xy + y dx + x dy + ... */
  private product(x: ValueId, y: ValueId): ValueId {
    const [ofX, ofY] = [this.of[x], this.of[y]];
    if (ofX === undefined) return this.binary('mul', this.absolute(x), ofY ?? this.offset(y));
    const left = this.binary('mul', ofX, this.absolute(y));
    return ofY === undefined ? left : this.binary('add', left, this.binary('mul', this.absolute(x), ofY));
  }

  /** (x + dx) / (y + dy) is x/y + (dx - x/y dy) / y + ... */
  private quotient(id: ValueId, x: ValueId, y: ValueId): ValueId {
    const [top, ofY] = [this.magnitude(x), this.of[y]];
    const moved = ofY === undefined ? top : this.binary('add', top, this.binary('mul', this.absolute(id), ofY));
    return this.binary('div', moved, this.absolute(y));
  }

  /** What a slope is multiplied by: how far a value is from a threshold, both rounded. */
  private offset(x: ValueId): ValueId {
    const node = this.original[x]!;
    if (node.op !== 'binary' || node.fn !== 'sub') return this.absolute(x);
    return this.binary('add', this.absolute(node.x), this.absolute(node.y));
  }

  private magnitude(x: ValueId): ValueId {
    return this.of[x] ?? this.absolute(x);
  }

  private absolute(x: ValueId): ValueId {
    return this.push({ op: 'unary', fn: 'abs', x });
  }

  private binary(fn: BinaryFn, x: ValueId, y: ValueId): ValueId {
    return this.push({ op: 'binary', fn, x, y });
  }

  private push(node: Node): ValueId {
    return this.nodes.push(node) - 1;
  }
}

/** For each node, whether an output is computed from it by what is followed, and it leads to where terms begin. */
function sumsBehind({ nodes, outputs }: Graph): boolean[] {
  const fixed = fixedValues(nodes);
  const begins: boolean[] = [];
  nodes.forEach((node, id) => {
    begins[id] = !fixed[id] && (node.op === 'matmul' || isSlope(node, nodes) || followed(node).some((x) => begins[x]));
  });
  const wanted = nodes.map(() => false);
  for (const { value } of outputs) wanted[value] = begins[value]!;
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (wanted[id]) for (const x of followed(nodes[id]!)) wanted[x] = begins[x]!;
  }
  return wanted;
}

/** Whether a node is what a slope that was looked up makes of a value. */
function isSlope(node: Node, nodes: readonly Node[]): boolean {
  return node.op === 'binary' && node.fn === 'mul' && nodes[node.x]?.op === 'lookup';
}

/** The values whose rounding shows in that of a node. */
function followed(node: Node): ValueId[] {
  switch (node.op) {
    case 'select':
      return [node.x];
    case 'concat':
      return node.xs;
    case 'where':
      return [node.x, node.y];
    case 'unary':
      return node.fn === 'neg' ? [node.x] : [];
    case 'reduce':
      return node.fn === 'sum' || node.fn === 'mean' ? [node.x] : [];
    case 'binary':
      return node.fn === 'pow' ? [] : [node.x, node.y];
    default:
      return [];
  }
}
