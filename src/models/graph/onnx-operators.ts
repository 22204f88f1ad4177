import { ELEMENT } from '../formats/onnx/writer';
import type { ClassLabel } from '../../common/signature';
import type { BinaryFn, CompareFn, Node, ReduceFn, UnaryFn, ValueId } from './ir';
import type { Emitted, OnnxEmitter } from './onnx-emitter';

type Lookup = Extract<Node, { op: 'lookup' }>;
type Operator = Exclude<Node, { op: 'input' | 'trees' | 'neighbors' | 'bin' | 'bag' }>;

const BINARY: Record<BinaryFn, string> = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  pow: 'Pow',
  min: 'Min',
  max: 'Max',
};
const COMPARE: Record<CompareFn, string> = {
  lt: 'Less',
  le: 'LessOrEqual',
  gt: 'Greater',
  ge: 'GreaterOrEqual',
  eq: 'Equal',
};
const REDUCE: Record<ReduceFn, string> = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
  prod: 'ReduceProd',
};
const LOGIC = { and: 'And', or: 'Or', not: 'Not' } as const;
const COLUMNS = { axis: { int: 1 } };

/** Emits every operation but inputs and tree ensembles; answers the name of the value. */
export function emitOperator(
  emitter: OnnxEmitter,
  node: Operator,
  value: (x: ValueId) => Emitted,
  nodes: readonly Node[],
): string {
  const name = (x: ValueId): string => value(x).name;
  switch (node.op) {
    case 'constant':
      if (node.dtype === 'text') return emitter.texts([1, node.data.length], node.data);
      return emitter.doubles([1, node.data.length], node.data);
    case 'select':
      return emitter.op('Gather', [name(node.x), emitter.integers([node.columns.length], node.columns)], COLUMNS);
    case 'concat':
      return emitConcat(emitter, node.xs.map(value));
    case 'cast':
      return emitter.cast(name(node.x), node.to === 'f64' ? ELEMENT.double : ELEMENT.int64);
    case 'unary':
      return emitUnary(emitter, node.fn, name(node.x));
    case 'binary':
      return emitBinary(emitter, node, name, nodes);
    case 'compare':
      return emitter.op(COMPARE[node.fn], [name(node.x), name(node.y)]);
    case 'isnan':
      return emitter.op('IsNaN', [name(node.x)]);
    case 'logic':
      return emitter.op(LOGIC[node.fn], node.xs.map(name));
    case 'where':
      return emitWhere(emitter, name(node.condition), value(node.x), value(node.y));
    case 'matmul':
      return emitMatmul(emitter, value(node.x), node.weights, node.width);
    case 'reduce':
      return emitReduce(emitter, node.fn, name(node.x));
    case 'softmax':
      return emitter.op('Softmax', [name(node.x)], COLUMNS);
    case 'argmax':
      return emitter.op('ArgMax', [name(node.x)], { ...COLUMNS, keepdims: { int: 1 } });
    case 'lookup':
      return emitLookup(emitter, node, name(node.x));
    case 'label':
      return emitLabel(emitter, name(node.x), node.classes);
  }
}

/**
 * onnxruntime (1.27: NoopElimination) leaves out a multiplication or division by a lone number that is 1 in float32,
 * though it is not in double. By twice the number and half of that, it is the same to the last bit.
 */
function emitBinary(
  emitter: OnnxEmitter,
  { fn, x, y }: Extract<Node, { op: 'binary' }>,
  name: (x: ValueId) => string,
  nodes: readonly Node[],
): string {
  const [left, right] = fn === 'mul' && isNearlyOne(nodes[x]) ? [y, x] : [x, y];
  const factor = nodes[right];
  if ((fn !== 'mul' && fn !== 'div') || !isNearlyOne(factor)) return emitter.op(BINARY[fn], [name(x), name(y)]);
  const doubled = emitter.op(BINARY[fn], [name(left), emitter.scalar(2 * factor.data[0]!)]);
  return emitter.op('Mul', [doubled, emitter.scalar(fn === 'mul' ? 0.5 : 2)]);
}

function isNearlyOne(node: Node | undefined): node is Extract<Node, { op: 'constant'; dtype: 'f64' }> {
  if (node?.op !== 'constant' || node.dtype !== 'f64' || node.data.length > 1) return false;
  return node.data[0] !== 1 && Math.fround(node.data[0]!) === 1;
}

/** Concat does not broadcast: where some parts have a row each, the fixed ones are repeated. */
function emitConcat(emitter: OnnxEmitter, parts: Emitted[]): string {
  const allFixed = parts.every((part) => part.fixed);
  return emitter.op(
    'Concat',
    allFixed ? parts.map((part) => part.name) : parts.map((part) => emitter.perRow(part)),
    COLUMNS,
  );
}

function emitUnary(emitter: OnnxEmitter, fn: UnaryFn, x: string): string {
  switch (fn) {
    case 'neg':
      return emitter.op('Neg', [x]);
    case 'abs':
      return emitter.op('Abs', [x]);
    case 'sign':
      return emitter.op('Sign', [x]);
    case 'floor':
      return emitter.op('Floor', [x]);
    case 'exp':
      return emitter.op('Exp', [x]);
    case 'log':
      return emitter.op('Log', [x]);
    case 'sqrt':
      return emitter.op('Sqrt', [x]);
    case 'sin':
      return emitter.op('Sin', [x]);
    case 'round':
      return emitter.op('Round', [x]);
    case 'tanh':
      return emitter.op('Tanh', [x]);
    case 'relu':
      return emitter.op('Max', [x, emitter.scalar(0)]);
    case 'sigmoid': {
      // onnxruntime's Sigmoid answers 1 - p for negative x, which loses the digits of small probabilities.
      const grown = emitter.op('Exp', [emitter.op('Neg', [x])]);
      return emitter.op('Div', [emitter.scalar(1), emitter.op('Add', [emitter.scalar(1), grown])]);
    }
    case 'round32':
      return emitter.cast(emitter.cast(x, ELEMENT.float), ELEMENT.double);
  }
}

/** Where has no kernel for booleans in onnxruntime, so those are chosen by logic. */
function emitWhere(emitter: OnnxEmitter, condition: string, x: Emitted, y: Emitted): string {
  if (x.dtype !== 'bool') return emitter.op('Where', [condition, x.name, y.name]);
  const kept = emitter.op('And', [condition, x.name]);
  return emitter.op('Or', [kept, emitter.op('And', [emitter.op('Not', [condition]), y.name])]);
}

/** Gemm rather than MatMul: onnxruntime fuses a MatMul with a scalar factor into one whose factor is a float32. */
function emitMatmul(emitter: OnnxEmitter, x: Emitted, weights: Float64Array, width: number): string {
  return emitter.op('Gemm', [x.name, emitter.doubles([x.width, width], weights)]);
}

/** ReduceMax and ReduceMin of onnxruntime miss a NaN or not by where it stands, so it is looked for apart. */
function emitReduce(emitter: OnnxEmitter, fn: ReduceFn, x: string): string {
  const columns = emitter.integers([1], [1]);
  const reduced = emitter.op(REDUCE[fn], [x, columns]);
  if (fn !== 'max' && fn !== 'min') return reduced;
  const marks = emitter.cast(emitter.op('IsNaN', [x]), ELEMENT.int64);
  const found = emitter.cast(emitter.op('ReduceMax', [marks, columns]), ELEMENT.bool);
  return emitter.op('Where', [found, emitter.scalar(NaN), reduced]);
}

function emitLookup(emitter: OnnxEmitter, node: Lookup, x: string): string {
  const { keys, values, otherwise } = node;
  const dims = [values.length];
  return emitter.ml('LabelEncoder', [x], {
    keys_tensor: {
      tensor: Array.isArray(keys)
        ? { type: ELEMENT.string, dims, data: keys }
        : { type: ELEMENT.double, dims, data: keys },
    },
    values_tensor: { tensor: { type: ELEMENT.double, dims, data: values } },
    default_tensor: { tensor: { type: ELEMENT.double, dims: [1], data: Float64Array.of(otherwise) } },
  });
}

function emitLabel(emitter: OnnxEmitter, index: string, classes: readonly ClassLabel[]): string {
  const dims = [classes.length];
  if (typeof classes[0] === 'string') return emitter.op('Gather', [emitter.texts(dims, classes.map(String)), index]);
  const numbers = classes.map(Number);
  const whole = numbers.every((label) => Number.isSafeInteger(label));
  return emitter.op('Gather', [
    whole ? emitter.integers(dims, numbers) : emitter.doubles(dims, Float64Array.from(numbers)),
    index,
  ]);
}
