import { numbersOf, floatsOf, intsOf, tensorOf } from './attribute-data';
import { ATTRIBUTE_TYPE, type ModelProto, type NodeProto, type TensorProto } from './model-proto';

/** Larger constants cannot be shapes. */
const MAX_SHAPE_VALUES = 256;

/** Operators that hand on the numbers of their first input. */
const PASS_THROUGH = new Set(['Identity', 'Cast', 'Squeeze', 'Unsqueeze', 'Reshape', 'Flatten']);

/** The values that a node of a graph can see: its own graph's and those of the graphs around it. */
export class Scope {
  private readonly names = new Set<string>();
  private readonly tensors = new Map<string, TensorProto>();
  private readonly numbers = new Map<string, Float64Array>();

  constructor(
    private readonly file: Pick<ModelProto, 'bytes'>,
    private readonly outer: Scope | null = null,
  ) {}

  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false);
  }

  add(name: string): void {
    this.names.add(name);
  }

  addTensor(tensor: TensorProto): void {
    this.names.add(tensor.name);
    this.tensors.set(tensor.name, tensor);
  }

  /** Takes in a value that is known to be these numbers. */
  addNumbers(name: string, numbers: Float64Array): void {
    this.names.add(name);
    this.numbers.set(name, numbers);
  }

  /** Takes in what is known of the outputs of a node: constants, and constants in another shape. */
  addNode(node: NodeProto): void {
    for (const output of node.outputs) this.names.add(output);
    const output = node.outputs[0];
    if (output === undefined || node.outputs.length !== 1 || (node.domain !== '' && node.domain !== 'ai.onnx')) return;
    if (node.opType === 'Constant') this.addConstant(node, output);
    const first = PASS_THROUGH.has(node.opType) ? this.constant(node.inputs[0] ?? '') : null;
    if (first) this.numbers.set(output, first);
    if (node.opType === 'Concat') this.addJoined(node, output);
  }

  /** Dims of a constant tensor, or null. */
  dims(name: string): number[] | null {
    return this.tensors.get(name)?.dims ?? this.outer?.dims(name) ?? null;
  }

  /** Numbers of a constant that could be a shape, or null. */
  constant(name: string): Float64Array | null {
    const known = this.numbers.get(name);
    if (known) return known;
    const tensor = this.tensors.get(name);
    if (!tensor) return this.outer?.constant(name) ?? null;
    if (tensor.dims.reduce((product, dim) => product * dim, 1) > MAX_SHAPE_VALUES) return null;
    const numbers = numbersOf(this.file, tensor);
    if (numbers) this.numbers.set(name, numbers);
    return numbers;
  }

  private addConstant(node: NodeProto, output: string): void {
    const tensor = tensorOf(node, 'value');
    if (tensor) this.tensors.set(output, tensor);
    const int = node.attributes.get('value_int');
    const float = node.attributes.get('value_float');
    if (int?.type === ATTRIBUTE_TYPE.int) this.numbers.set(output, Float64Array.of(int.int));
    else if (float?.type === ATTRIBUTE_TYPE.float) this.numbers.set(output, Float64Array.of(float.float));
    else if (node.attributes.has('value_ints')) this.numbers.set(output, intsOf(this.file, node, 'value_ints'));
    else if (node.attributes.has('value_floats')) this.numbers.set(output, floatsOf(this.file, node, 'value_floats'));
  }

  private addJoined(node: NodeProto, output: string): void {
    const joined: number[] = [];
    for (const input of node.inputs) {
      const part = this.constant(input);
      if (!part || joined.length + part.length > MAX_SHAPE_VALUES) return;
      joined.push(...part);
    }
    this.numbers.set(output, Float64Array.from(joined));
  }
}
