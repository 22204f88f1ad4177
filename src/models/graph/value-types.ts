import { AppError } from '../../common/errors';
import type { ClassLabel } from '../../common/signature';
import { termColumns } from '../../common/text/term-weights';
import type { BagNode, Dtype, Graph, NeighborsNode, Node, ValueId } from './ir';

/** A value is a matrix [rows, width] of one dtype. */
export interface ValueType {
  dtype: Dtype;
  width: number;
}

type TypeOf = (x: ValueId) => ValueType;

/** Types of all values of a graph, in node order. Throws as {@link nodeType} does. */
export function valueTypes(nodes: readonly Node[]): ValueType[] {
  const types: ValueType[] = [];
  for (const node of nodes) types.push(nodeType(node, (x) => valueType(types, x)));
  return types;
}

/** Type of value `x`; a RangeError where `x` is not (yet) defined, which also rules out cycles. */
export function valueType(types: readonly ValueType[], x: ValueId): ValueType {
  const type = types[x];
  if (!type) throw new RangeError(`no value ${x} in the graph`);
  return type;
}

/**
 * Dtype and width of what a node answers: the one place that says which operands an operation takes.
 *
 * @throws AppError `model_corrupt` where sizes that come from the model do not fit, `model_unsupported` where text
 * meets arithmetic; RangeError where the front end itself is wrong
 */
export function nodeType(node: Node, type: TypeOf): ValueType {
  switch (node.op) {
    case 'input':
      return { dtype: node.dtype, width: positive(node.width) };
    case 'constant':
      return { dtype: node.dtype, width: positive(node.data.length) };
    case 'select':
      return { dtype: type(node.x).dtype, width: selected(node.columns, type(node.x).width) };
    case 'concat':
      return concatenated(node.xs, type);
    case 'cast':
      return converted(node.to, type(node.x));
    case 'unary':
    case 'softmax':
      return need(type(node.x), 'f64', node.op);
    case 'isnan':
      return { ...need(type(node.x), 'f64', node.op), dtype: 'bool' };
    case 'binary':
      return combined(node.fn, type(node.x), type(node.y));
    case 'compare':
      return compared(node.fn, type(node.x), type(node.y));
    case 'logic':
      return logic(node.fn, node.xs.map(type));
    case 'where':
      return chosen(type(node.condition), type(node.x), type(node.y));
    case 'matmul':
      return multiplied(node, type(node.x));
    case 'reduce':
      return { ...need(type(node.x), 'f64', node.op), width: 1 };
    case 'argmax':
      return { ...need(type(node.x), 'f64', node.op), dtype: 'i64', width: 1 };
    case 'lookup':
      return lookedUp(node, type(node.x));
    case 'bin':
      return binned(node.edges, need(type(node.x), 'f64', node.op));
    case 'trees':
      return { ...need(type(node.x), 'f64', node.op), width: positive(node.base.length) };
    case 'neighbors':
      return nearest(node, need(type(node.x), 'f64', node.op));
    default:
      return textual(node, type(node.x));
  }
}

function positive(width: number): number {
  if (!(Number.isInteger(width) && width > 0))
    throw new AppError('model_corrupt', `expected at least one column, found ${width}`);
  return width;
}

function need(found: ValueType, dtype: Dtype, op: string): ValueType {
  if (found.dtype === dtype) return { dtype, width: found.width };
  if (found.dtype === 'text') throw textInArithmetic();
  throw new RangeError(`${op} expects ${dtype}, found ${found.dtype}`);
}

function textInArithmetic(): AppError {
  return new AppError('model_unsupported', 'text cannot be used where the model needs numbers');
}

function broadcast(op: string, ...operands: ValueType[]): number {
  const width = Math.max(...operands.map((operand) => operand.width));
  for (const operand of operands) {
    if (operand.width !== width && operand.width !== 1) {
      throw new AppError(
        'model_corrupt',
        `expected operands of one width for ${op}, found ${operand.width} and ${width} columns`,
      );
    }
  }
  return width;
}

function selected(columns: Int32Array, width: number): number {
  for (const column of columns) {
    if (!(column >= 0 && column < width)) {
      throw new AppError('model_corrupt', `expected a column below ${width}, found ${column}`);
    }
  }
  return positive(columns.length);
}

function concatenated(xs: readonly ValueId[], type: TypeOf): ValueType {
  if (xs.length === 0) throw new AppError('model_corrupt', 'expected at least one column, found 0');
  const { dtype } = type(xs[0]!);
  let width = 0;
  for (const x of xs) width += need(type(x), dtype, 'concat').width;
  return { dtype, width };
}

function converted(to: 'f64' | 'i64', { dtype, width }: ValueType): ValueType {
  if (dtype === 'text') throw textInArithmetic();
  return { dtype: to, width };
}

function combined(fn: string, x: ValueType, y: ValueType): ValueType {
  return { dtype: 'f64', width: broadcast(fn, need(x, 'f64', fn), need(y, 'f64', fn)) };
}

function compared(fn: string, x: ValueType, y: ValueType): ValueType {
  need(y, x.dtype, fn);
  if ((x.dtype === 'text' || x.dtype === 'bool') && fn !== 'eq') throw new RangeError(`${x.dtype} has no order: ${fn}`);
  return { dtype: 'bool', width: broadcast(fn, x, y) };
}

function logic(fn: string, xs: ValueType[]): ValueType {
  if (xs.length !== (fn === 'not' ? 1 : 2)) throw new RangeError(`${fn} does not take ${xs.length} operands`);
  for (const x of xs) need(x, 'bool', fn);
  return { dtype: 'bool', width: broadcast(fn, ...xs) };
}

function chosen(condition: ValueType, x: ValueType, y: ValueType): ValueType {
  need(condition, 'bool', 'where');
  need(y, x.dtype, 'where');
  return { dtype: x.dtype, width: broadcast('where', condition, x, y) };
}

function multiplied(node: { weights: Float64Array; width: number }, x: ValueType): ValueType {
  const { width: rows } = need(x, 'f64', 'matmul');
  if (node.weights.length !== rows * positive(node.width)) {
    throw new AppError('model_corrupt', `expected ${rows} x ${node.width} weights, found ${node.weights.length}`);
  }
  return { dtype: 'f64', width: node.width };
}

function lookedUp(node: { keys: Float64Array | string[]; values: Float64Array }, x: ValueType): ValueType {
  if (x.dtype !== (Array.isArray(node.keys) ? 'text' : 'f64')) {
    if (x.dtype !== 'text' && x.dtype !== 'f64') throw new RangeError(`lookup expects f64 or text, found ${x.dtype}`);
    const [keys, values] = x.dtype === 'text' ? ['numbers', 'text'] : ['text', 'numbers'];
    throw new AppError(
      'model_unsupported',
      `expected keys of the kind of the column, found ${keys} for a column of ${values}`,
    );
  }
  if (node.keys.length !== node.values.length)
    throw new RangeError(`${node.keys.length} keys for ${node.values.length} values`);
  if (node.keys.length === 0) throw new RangeError('lookup takes at least one key');
  if (x.width !== 1) throw new RangeError('lookup takes one column');
  return { dtype: 'f64', width: 1 };
}

function binned(edges: readonly Float64Array[], x: ValueType): ValueType {
  if (edges.length !== x.width) throw new RangeError(`${edges.length} lists of edges for ${x.width} columns`);
  for (const list of edges) {
    for (let i = 0; i < list.length; i++) {
      if (Number.isNaN(list[i]) || (i > 0 && list[i]! < list[i - 1]!)) {
        throw new AppError(
          'model_corrupt',
          `expected bin edges in rising order, found ${list[i]} after ${list[i - 1]}`,
        );
      }
    }
  }
  return x;
}

function nearest({ points, count, values, stride }: NeighborsNode, x: ValueType): ValueType {
  const rows = points.length / x.width;
  if (!(Number.isInteger(rows) && rows > 0 && Number.isInteger(stride) && values.length === rows * stride)) {
    throw new AppError(
      'model_corrupt',
      `expected points of ${x.width} columns with ${stride} values each, found ${points.length} and ${values.length} numbers`,
    );
  }
  if (!(Number.isInteger(count) && count > 0 && count <= rows)) {
    throw new AppError(
      'model_corrupt',
      `expected 1 to ${rows} neighbours, as many as there are points, found ${count}`,
    );
  }
  return { dtype: 'f64', width: count * (1 + stride) };
}

function textual(node: Extract<Node, { op: 'bag' | 'label' }>, x: ValueType): ValueType {
  return node.op === 'bag' ? bagged(node, need(x, 'text', node.op)) : labelled(node.classes, need(x, 'i64', node.op));
}

function bagged({ terms, table, width, kept }: BagNode, x: ValueType): ValueType {
  if (x.width !== 1) throw new RangeError('bag takes one column');
  if (kept && table) throw new RangeError('a bag with a table keeps all terms');
  const columns = kept ? selected(kept, positive(termColumns(terms))) : positive(termColumns(terms));
  if (table ? table.length !== columns * positive(width) : width !== columns) {
    throw new AppError('model_corrupt', `expected weights for ${columns} terms, found ${table?.length ?? width}`);
  }
  return { dtype: 'f64', width };
}

function labelled(classes: readonly ClassLabel[], x: ValueType): ValueType {
  if (x.width !== 1) throw new RangeError('label takes one column');
  const kind = typeof classes[0];
  if (classes.length === 0) throw new AppError('model_corrupt', 'expected at least one class, found none');
  if (classes.some((label) => typeof label !== kind)) {
    throw new AppError('model_unsupported', 'expected class labels of one type, found a mixture');
  }
  if (kind === 'string') return { dtype: 'text', width: 1 };
  return { dtype: classes.every((label) => Number.isSafeInteger(Number(label))) ? 'i64' : 'f64', width: 1 };
}

/** For each node, whether it is the same for every row because no input leads to it. */
export function fixedValues(nodes: readonly Node[]): boolean[] {
  const fixed: boolean[] = [];
  for (const node of nodes) fixed.push(node.op !== 'input' && operands(node).every((x) => fixed[x]));
  return fixed;
}

/** For each node, whether an output needs it. */
export function liveValues(graph: Pick<Graph, 'nodes' | 'outputs'>): boolean[] {
  const live = graph.nodes.map(() => false);
  for (const { value } of graph.outputs) live[value] = true;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (live[id]) for (const x of operands(graph.nodes[id]!)) live[x] = true;
  }
  return live;
}

/** The values that a node reads. */
export function operands(node: Node): ValueId[] {
  switch (node.op) {
    case 'input':
    case 'constant':
      return [];
    case 'concat':
    case 'logic':
      return node.xs;
    case 'binary':
    case 'compare':
      return [node.x, node.y];
    case 'where':
      return [node.condition, node.x, node.y];
    default:
      return [node.x];
  }
}
