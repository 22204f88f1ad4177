import type { ClassLabel } from '../../common/signature';
import { BINARY, COMPARE, REDUCE, UNARY } from './arithmetic';
import type { Node, ValueId } from './ir';
import { columnStep, rowStep } from './slot';
import type { Slot, Step } from './slot';

type Operator = Exclude<Node, { op: 'input' | 'trees' | 'neighbors' | 'bag' }>;
type Of<Op extends Node['op']> = Extract<Node, { op: Op }>;

/** Prepares one operation (all but inputs and tree ensembles); the step reads and writes slots, and allocates nothing. */
export function compileOperator(node: Operator, out: Slot, slot: (x: ValueId) => Slot): Step {
  switch (node.op) {
    case 'constant':
      return constant(node, out);
    case 'select':
      return select(node, slot(node.x), out);
    case 'concat':
      return concat(node.xs.map(slot), out);
    case 'cast':
      return cast(node.to, slot(node.x), out);
    case 'unary':
      return map(UNARY[node.fn], slot(node.x), out);
    case 'binary':
      return map2(BINARY[node.fn], slot(node.x), slot(node.y), out);
    case 'compare':
      return compare(node, slot(node.x), slot(node.y), out);
    case 'isnan':
      return map((x) => (Number.isNaN(x) ? 1 : 0), slot(node.x), out);
    case 'logic':
      return logic(node.fn, node.xs.map(slot), out);
    case 'where':
      return where(slot(node.condition), slot(node.x), slot(node.y), out);
    case 'matmul':
      return matmul(node, slot(node.x), out);
    case 'reduce':
      return reduce(node, slot(node.x), out);
    case 'softmax':
      return softmax(slot(node.x), out);
    case 'argmax':
      return argmax(slot(node.x), out);
    case 'lookup':
      return lookup(node, slot(node.x), out);
    case 'bin':
      return bin(node, slot(node.x), out);
    case 'label':
      return label(node.classes, slot(node.x), out);
  }
}

function constant(node: Of<'constant'>, out: Slot): Step {
  return () => {
    if (node.dtype === 'text') out.texts = node.data;
    else out.numbers = node.data;
  };
}

function select({ columns }: Of<'select'>, x: Slot, out: Slot): Step {
  const count = columns.length;
  const copy = <T>(from: ArrayLike<T>, to: { [i: number]: T }, rows: number): void => {
    for (let row = 0, at = 0; row < rows; row++) {
      const start = row * rowStep(x);
      for (let j = 0; j < count; j++) to[at++] = from[start + columns[j]!]!;
    }
  };
  if (x.dtype === 'text') return (rows) => copy(x.texts, out.texts, rows);
  return (rows) => copy(x.numbers, out.numbers, rows);
}

function concat(xs: readonly Slot[], out: Slot): Step {
  const text = out.dtype === 'text';
  return (rows) => {
    let column = 0;
    for (const x of xs) {
      if (text) place(x.texts, out.texts, x, out.width, column, rows);
      else place(x.numbers, out.numbers, x, out.width, column, rows);
      column += x.width;
    }
  };
}

function place<T>(
  from: ArrayLike<T>,
  to: { [i: number]: T },
  x: Slot,
  width: number,
  column: number,
  rows: number,
): void {
  const step = rowStep(x);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < x.width; j++) to[row * width + column + j] = from[row * step + j]!;
  }
}

function cast(to: 'f64' | 'i64', x: Slot, out: Slot): Step {
  const whole = (value: number): number => (Math.abs(value) < 2 ** 63 ? Math.trunc(value) + 0 : -(2 ** 63));
  return map(to === 'i64' && x.dtype === 'f64' ? whole : (value) => value, x, out);
}

function map(fn: (x: number) => number, x: Slot, out: Slot): Step {
  return (rows) => {
    const [from, to] = [x.numbers, out.numbers];
    for (let i = 0; i < rows * out.width; i++) to[i] = fn(from[i]!);
  };
}

function map2(fn: (x: number, y: number) => number, x: Slot, y: Slot, out: Slot): Step {
  const { width } = out;
  const [xRow, yRow, xColumn, yColumn] = [rowStep(x), rowStep(y), columnStep(x, width), columnStep(y, width)];
  return (rows) => {
    const [left, right, to] = [x.numbers, y.numbers, out.numbers];
    for (let row = 0, at = 0; row < rows; row++) {
      for (let j = 0; j < width; j++) to[at++] = fn(left[row * xRow + j * xColumn]!, right[row * yRow + j * yColumn]!);
    }
  };
}

function compare(node: Of<'compare'>, x: Slot, y: Slot, out: Slot): Step {
  if (x.dtype !== 'text') return map2(COMPARE[node.fn], x, y, out);
  const { width } = out;
  const [xRow, yRow, xColumn, yColumn] = [rowStep(x), rowStep(y), columnStep(x, width), columnStep(y, width)];
  return (rows) => {
    for (let row = 0, at = 0; row < rows; row++) {
      for (let j = 0; j < width; j++) {
        const equal = x.texts[row * xRow + j * xColumn] === y.texts[row * yRow + j * yColumn];
        out.numbers[at++] = equal ? 1 : 0;
      }
    }
  };
}

function logic(fn: 'and' | 'or' | 'not', xs: readonly Slot[], out: Slot): Step {
  if (fn === 'not') return map((x) => 1 - x, xs[0]!, out);
  return map2(fn === 'and' ? (x, y) => x * y : (x, y) => (x + y > 0 ? 1 : 0), xs[0]!, xs[1]!, out);
}

function where(condition: Slot, x: Slot, y: Slot, out: Slot): Step {
  const { width } = out;
  const rowSteps = [condition, x, y].map(rowStep) as [number, number, number];
  const columnSteps = [condition, x, y].map((slot) => columnStep(slot, width)) as [number, number, number];
  const choose = <T>(left: ArrayLike<T>, right: ArrayLike<T>, to: { [i: number]: T }, rows: number): void => {
    for (let row = 0, at = 0; row < rows; row++) {
      for (let j = 0; j < width; j++) {
        const holds = condition.numbers[row * rowSteps[0] + j * columnSteps[0]] === 1;
        to[at++] = holds
          ? left[row * rowSteps[1] + j * columnSteps[1]]!
          : right[row * rowSteps[2] + j * columnSteps[2]]!;
      }
    }
  };
  if (x.dtype === 'text') return (rows) => choose(x.texts, y.texts, out.texts, rows);
  return (rows) => choose(x.numbers, y.numbers, out.numbers, rows);
}

/** Row of x times the weights, adding the products of one output in the order of the inputs. */
function matmul({ weights, width }: Of<'matmul'>, x: Slot, out: Slot): Step {
  return (rows) => {
    const [from, to] = [x.numbers, out.numbers];
    to.fill(0, 0, rows * width);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      for (let k = 0; k < x.width; k++) {
        const value = from[row * x.width + k]!;
        for (let j = 0; j < width; j++) to[at + j]! += value * weights[k * width + j]!;
      }
    }
  };
}

function reduce({ fn }: Of<'reduce'>, x: Slot, out: Slot): Step {
  const { start, combine } = REDUCE[fn];
  const divisor = fn === 'mean' ? x.width : 1;
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      let total = start;
      for (let j = 0; j < x.width; j++) total = combine(total, x.numbers[row * x.width + j]!);
      out.numbers[row] = total / divisor;
    }
  };
}

function softmax(x: Slot, out: Slot): Step {
  const { width } = out;
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      let greatest = -Infinity;
      for (let j = 0; j < width; j++) greatest = Math.max(greatest, x.numbers[at + j]!);
      let sum = 0;
      for (let j = 0; j < width; j++) sum += out.numbers[at + j] = Math.exp(x.numbers[at + j]! - greatest);
      for (let j = 0; j < width; j++) out.numbers[at + j]! /= sum;
    }
  };
}

function argmax(x: Slot, out: Slot): Step {
  const { width } = x;
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      let best = 0;
      // The negated comparison holds for NaN too, which then stays, as nothing is greater than it.
      for (let j = 1; j < width && !Number.isNaN(x.numbers[at + best]); j++) {
        if (!(x.numbers[at + j]! <= x.numbers[at + best]!)) best = j;
      }
      out.numbers[row] = best;
    }
  };
}

function lookup({ keys, values, otherwise }: Of<'lookup'>, x: Slot, out: Slot): Step {
  const table = new Map<number | string, number>();
  for (let i = keys.length - 1; i >= 0; i--) table.set(keys[i]!, values[i]!);
  const text = x.dtype === 'text';
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      out.numbers[row] = table.get(text ? x.texts[row]! : x.numbers[row]!) ?? otherwise;
    }
  };
}

function bin({ edges, side }: Of<'bin'>, x: Slot, out: Slot): Step {
  return (rows) => {
    for (let i = 0; i < rows * out.width; i++) {
      const value = x.numbers[i]!;
      out.numbers[i] = Number.isNaN(value) ? NaN : countBelow(edges[i % out.width]!, value, side === 'right');
    }
  };
}

function countBelow(edges: Float64Array, value: number, orEqual: boolean): number {
  let from = 0;
  let to = edges.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (edges[middle]! < value || (orEqual && edges[middle] === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function label(classes: readonly ClassLabel[], x: Slot, out: Slot): Step {
  const texts = classes.map(String);
  const numbers = classes.map(Number);
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      const index = x.numbers[row]!;
      if (!(index >= 0 && index < classes.length))
        throw new RangeError(`expected a class below ${classes.length}, found ${index}`);
      if (out.dtype === 'text') out.texts[row] = texts[index]!;
      else out.numbers[row] = numbers[index]!;
    }
  };
}
