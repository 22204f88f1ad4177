import { AppError } from '../../../common/errors';
import { intOf } from './attribute-data';
import type { Emptiable } from './check-flow';
import { takesNoRows } from './guard-kernels';
import type { ModelProto, NodeProto } from './model-proto';
import { nestedNodes } from './nested-nodes';
import { ProtoWriter } from './proto-writer';
import { nodeWithout, type GraphEdit } from './edit-graph';
import { attribute, ELEMENT, type Attribute } from './writer';

/** First version of the operators of ONNX that has Add of whole numbers and Reshape by an input. */
const MIN_OPSET = 7;

/**
 * Has the runtime check what kernels of onnxruntime 1.27 do not: arrays with nothing in them, and the sizes that a few
 * operators take for granted. Each such input goes through a Reshape to the shape that it must have, which hands the
 * array on as it is, without a copy, or fails: then the request does, and not the process.
 * @param emptiable inputs that must have something in them, from guard.ts
 * @param edit takes what stands in the place of such nodes
 * @throws AppError model_unsupported for operators of a version that has no such Reshape
 */
export function mendUnchecked(model: ModelProto, emptiable: Emptiable, edit: GraphEdit): void {
  let used: Set<string> | null = null;
  for (const node of model.graph.nodes) {
    const check = node.domain === '' || node.domain === 'ai.onnx' ? CHECKS.get(node.opType) : undefined;
    const places = emptiable.get(node) ?? [];
    if (places.length === 0 && !check) continue;
    const opset = model.opsets.get('') ?? model.opsets.get('ai.onnx') ?? 0;
    if (opset < MIN_OPSET) {
      throw new AppError('model_unsupported', `${node.opType} cannot be served of an opset below ${MIN_OPSET}`);
    }
    const chain = new Chain(node, (used ??= namesOf(model)), opset);
    const inputs = [...node.inputs];
    check?.(node, inputs, chain);
    for (const place of places) inputs[place] = chain.filled(inputs[place]!, takesNoRows(node));
    if (chain.nodes.length === 0) continue;
    edit.nodes.set(node, [...chain.nodes, nodeWithout(model, node, [], node.outputs, inputs)]);
  }
}

const CHECKS = new Map<string, (node: NodeProto, inputs: string[], chain: Chain) => void>([
  ['Attention', checkAttention],
  ['STFT', checkSignal],
]);

/**
 * Of Q, K and V as [batch, length, heads * width], K has as wide heads as Q, and V the batch and length of K; those of four
 * axes are checked by the runtime itself.
 */
function checkAttention(node: NodeProto, inputs: string[], chain: Chain): void {
  const heads = intOf(node, 'q_num_heads') ?? 0;
  const ofKeys = intOf(node, 'kv_num_heads') ?? 0;
  if (heads === 0 || ofKeys === 0) return;
  const [query = '', key = '', value = ''] = inputs;
  const shape = chain.emit('Shape', [query]);
  let width = chain.sizes(shape, [2]);
  if (heads !== ofKeys) {
    width = chain.emit('Mul', [chain.emit('Div', [width, chain.constant([heads])]), chain.constant([ofKeys])]);
  }
  const ends = [chain.sizes(shape, [0]), chain.sizes(chain.emit('Shape', [key]), [1])];
  inputs[1] = chain.reshape(key, chain.join([...ends, width]));
  inputs[2] = chain.reshape(value, chain.join([...ends, chain.sizes(chain.emit('Shape', [value]), [2])]));
}

/** A signal is real, [batch, length] or [batch, length, 1]: pairs of numbers are read past their end. */
function checkSignal(_node: NodeProto, inputs: string[], chain: Chain): void {
  inputs[0] = chain.reshape(inputs[0]!, chain.constant([0, 0, 1]));
}

/** Nodes that come before another one, each with one output of a name of its own. */
class Chain {
  readonly nodes: ProtoWriter[] = [];

  constructor(
    private readonly node: NodeProto,
    private readonly used: Set<string>,
    private readonly opset: number,
  ) {}

  emit(op: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    let name = `${this.node.outputs[0]}/checked${this.nodes.length}`;
    while (this.used.has(name)) name += '_';
    this.used.add(name);
    const written = new ProtoWriter();
    for (const input of inputs) written.string(1, input);
    written.string(2, name).string(4, op);
    for (const [key, value] of Object.entries(attributes)) written.message(5, attribute(key, value));
    this.nodes.push(written);
    return name;
  }

  constant(numbers: number[]): string {
    const data = BigInt64Array.from(numbers, BigInt);
    return this.emit('Constant', [], { value: { tensor: { type: ELEMENT.int64, dims: [numbers.length], data } } });
  }

  reshape(array: string, shape: string): string {
    return this.emit('Reshape', [array, shape]);
  }

  sizes(shape: string, axes: number[]): string {
    return this.emit('Gather', [shape, this.constant(axes)]);
  }

  /** The optimiser (ReshapeFusion) takes a Concat before a Reshape for one that may be any size: Abs keeps it as it is. */
  join(parts: string[]): string {
    return this.emit('Abs', [this.emit('Concat', parts, { axis: { int: 0 } })]);
  }

  /**
   * An array with something in it. It is asked to have its own shape with 1 for every 0, which one with nothing in it
   * does not fit; in the place of the first axis, 0 stands for the size that it has.
   */
  filled(array: string, takesNoRows: boolean): string {
    const shape = this.emit('Shape', [array]);
    const isZero = this.emit('Not', [this.emit('Cast', [shape], { to: { int: ELEMENT.bool } })]);
    const sizes = this.emit('Add', [shape, this.emit('Cast', [isZero], { to: { int: ELEMENT.int64 } })]);
    return this.reshape(array, takesNoRows ? this.join([this.constant([0]), this.afterFirst(sizes)]) : sizes);
  }

  private afterFirst(list: string): string {
    const bounds = [[1], [2 ** 31 - 1]];
    if (this.opset >= 10) return this.emit('Slice', [list, ...bounds.map((bound) => this.constant(bound))]);
    return this.emit('Slice', [list], { starts: { ints: bounds[0]! }, ends: { ints: bounds[1]! } });
  }
}

function namesOf(model: ModelProto): Set<string> {
  const declared = [...model.graph.inputs, ...model.graph.initializers].map(({ name }) => name);
  const nodes = [...model.graph.nodes, ...nestedNodes(model)];
  return new Set([...declared, ...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])]);
}
