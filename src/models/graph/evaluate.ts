import type { Tensor } from '../../common/tensor';
import { compileBag } from '../../common/text/text-stage';
import { compileOperator } from './evaluate-operators';
import { compileNeighbors } from './evaluate-neighbors';
import { compileTrees } from './evaluate-trees';
import type { Graph, GraphOutput, Node, ValueId } from './ir';
import { outputType } from './output-type';
import { rowStep, type Slot, type Step } from './slot';
import { fixedValues, liveValues, valueTypes } from './value-types';

/** Answers the outputs of a graph for `rows` rows, one tensor an output; inputs in the order of the `input` nodes. */
export type Evaluator = (inputs: readonly Tensor[], rows: number) => Tensor[];

/** Rows evaluated at a time: what lies between the nodes stays in the cache and memory does not grow with a batch. */
const BLOCK_ROWS = 256;

/**
 * Prepares a graph for evaluation in plain JavaScript: doubles throughout, sums in order, values that no input leads to
 * computed once. It is the referee for the ONNX model of the same graph. The closure keeps its buffers between calls
 * (a graph's widths times at most 256 rows) and must not be called from within itself.
 *
 * Special values follow IEEE 754 and numpy: NaN in gives NaN out; `argmax` takes the first NaN for the greatest, as
 * numpy.argmax does; `pow` is C's, so 1 to any power and anything to the power 0 are 1; NaN as an integer is -2^63.
 *
 * The closure throws a RangeError for inputs that do not fit the graph or an index without a class label.
 */
export function compileEvaluator(graph: Graph): Evaluator {
  const { slots, inputs, steps, moving } = compileGraph(graph);
  let capacity = 0;
  return (tensors, rows) => {
    checkInputs(inputs, tensors, rows);
    const outputs = graph.outputs.map((output) => allocate(output, slots[output.value]!, rows));
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      if (count > capacity) {
        capacity = count === 1 ? 1 : BLOCK_ROWS;
        for (const slot of moving) grow(slot, capacity);
      }
      for (let i = 0; i < inputs.length; i++) load(inputs[i]!, tensors[i]!, from, count);
      for (const step of steps) step(count);
      for (let i = 0; i < outputs.length; i++) store(slots[graph.outputs[i]!.value]!, outputs[i]!, from, count);
    }
    return outputs;
  };
}

/** A graph that is evaluated in place, a few rows at a time and without allocating anything. */
export interface RowEvaluator {
  /** To be filled before `run`: [rows, width], row-major. */
  input: Float64Array;
  /** Answers the first `count` rows of the input into the outputs. Throws as {@link Evaluator} does. */
  run: (count: number) => void;
  /** By name, [rows, width] or [rows] when squeezed; integers and booleans are held as numbers. */
  outputs: Map<string, { data: Float64Array | string[]; dims: number[] }>;
}

/**
 * Prepares a graph of one numeric input for at most `rows` rows at a time, in buffers that stay the same.
 * @returns null for a graph of another kind
 */
export function compileRowEvaluator(graph: Pick<Graph, 'nodes' | 'outputs'>, rows: number): RowEvaluator | null {
  const { slots, inputs, steps, moving } = compileGraph(graph);
  const [input] = inputs;
  if (!input || inputs.length > 1 || input.dtype !== 'f64') return null;
  for (const slot of moving) grow(slot, rows);
  const outputs: RowEvaluator['outputs'] = new Map();
  for (const { name, value, squeeze } of graph.outputs) {
    const { fixed, dtype, width, texts, numbers } = slots[value]!;
    if (fixed) return null;
    const dims = squeeze && width === 1 ? [rows] : [rows, width];
    outputs.set(name, { data: dtype === 'text' ? texts : numbers, dims });
  }
  const run = (count: number): void => {
    for (const step of steps) step(count);
  };
  return { input: input.numbers, run, outputs };
}

interface CompiledGraph {
  slots: Slot[];
  inputs: Slot[];
  /** What is left to do for each block, in order. */
  steps: Step[];
  /** The slots that hold a row for each row of a block. */
  moving: Slot[];
}

function compileGraph(graph: Pick<Graph, 'nodes' | 'outputs'>): CompiledGraph {
  const types = valueTypes(graph.nodes);
  const fixed = fixedValues(graph.nodes);
  const live = liveValues(graph);
  const slots = types.map((type, id): Slot => ({
    ...type,
    fixed: fixed[id]!,
    numbers: new Float64Array(0),
    texts: [],
  }));
  const compiled: CompiledGraph = { slots, inputs: [], steps: [], moving: [] };
  graph.nodes.forEach((node, id) => {
    const slot = slots[id]!;
    if (node.op === 'input') compiled.inputs.push(slot);
    else if (!live[id]) return;
    if (!slot.fixed) compiled.moving.push(slot);
    if (node.op === 'input') return;
    const step = compileNode(node, slot, (x) => slots[x]!);
    if (slot.fixed) runOnce(slot, step);
    else compiled.steps.push(step);
  });
  return compiled;
}

function runOnce(slot: Slot, step: Step): void {
  grow(slot, 1);
  step(1);
}

function compileNode(node: Exclude<Node, { op: 'input' }>, out: Slot, slot: (x: ValueId) => Slot): Step {
  if (node.op === 'bag') {
    const fill = compileBag(node);
    return bagStep(fill, slot(node.x), out);
  }
  if (node.op !== 'trees' && node.op !== 'neighbors') return compileOperator(node, out, slot);
  const x = slot(node.x);
  const kernel = node.op === 'trees' ? compileTrees(node, x.width) : compileNeighbors(node, x.width);
  return (rows) => kernel(x.numbers, out.numbers, rows);
}

function bagStep(fill: ReturnType<typeof compileBag>, x: Slot, out: Slot): Step {
  return (rows) => {
    for (let row = 0; row < rows; row++) fill(x.texts[row * rowStep(x)]!, out.numbers, row * out.width);
  };
}

function grow(slot: Slot, rows: number): void {
  if (slot.dtype === 'text') slot.texts = new Array<string>(rows * slot.width).fill('');
  else slot.numbers = new Float64Array(rows * slot.width);
}

function checkInputs(slots: readonly Slot[], tensors: readonly Tensor[], rows: number): void {
  if (tensors.length !== slots.length) throw new RangeError(`expected ${slots.length} inputs, found ${tensors.length}`);
  slots.forEach((slot, i) => {
    const { data, datatype } = tensors[i]!;
    if (Array.isArray(data) !== (slot.dtype === 'text')) {
      throw new RangeError(`expected ${slot.dtype === 'text' ? 'text' : 'numbers'} as input ${i}, found ${datatype}`);
    }
    if (data.length !== rows * slot.width) {
      throw new RangeError(`expected ${rows} x ${slot.width} values as input ${i}, found ${data.length}`);
    }
  });
}

function load(slot: Slot, { data }: Tensor, from: number, rows: number): void {
  const start = from * slot.width;
  const length = rows * slot.width;
  if (Array.isArray(data)) for (let i = 0; i < length; i++) slot.texts[i] = data[start + i]!;
  else for (let i = 0; i < length; i++) slot.numbers[i] = Number(data[start + i]);
}

function allocate(output: GraphOutput, { dtype, width }: Slot, rows: number): Tensor {
  const datatype = outputType(output, dtype);
  const shape = output.squeeze && width === 1 ? [rows] : [rows, width];
  const length = rows * width;
  switch (datatype) {
    case 'FP64':
      return { datatype, shape, data: new Float64Array(length) };
    case 'INT64':
      return { datatype, shape, data: new BigInt64Array(length) };
    case 'BOOL':
      return { datatype, shape, data: new Uint8Array(length) };
    case 'BYTES':
      return { datatype, shape, data: new Array<string>(length).fill('') };
  }
}

function store(slot: Slot, { data }: Tensor, from: number, rows: number): void {
  const { width, fixed, numbers, texts } = slot;
  const start = from * width;
  const length = rows * width;
  const source = (i: number): number => (fixed ? i % width : i);
  if (Array.isArray(data)) for (let i = 0; i < length; i++) data[start + i] = texts[source(i)]!;
  else if (data instanceof BigInt64Array)
    for (let i = 0; i < length; i++) data[start + i] = BigInt(numbers[source(i)]!);
  else if (data instanceof Float64Array || data instanceof Uint8Array) {
    for (let i = 0; i < length; i++) data[start + i] = numbers[source(i)]!;
  }
}
