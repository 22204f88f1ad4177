import { ProtoWriter } from '../formats/onnx/proto-writer';
import { attribute, ELEMENT, ML_DOMAIN, type Attribute, type TensorLiteral } from '../formats/onnx/writer';
import type { NewNode } from './graph-part';

/** AttributeProto.floats and its type (onnx/onnx: onnx/onnx-ml.proto). */
const FLOATS = { field: 7, type: 6 } as const;

type Attributes = Readonly<Record<string, Attribute | { floats: readonly number[] }>>;

/** Writes nodes that stand in the place of another one, so that operators can be composed like function calls. */
export class PartBuilder {
  readonly nodes: NewNode[] = [];

  /** @param prefix of the names of values, which nothing else in the graph begins with */
  constructor(private readonly prefix: string) {}

  /** An operator of the default domain; answers the name of its output. */
  op(op: string, inputs: readonly string[], attributes: Attributes = {}, output = this.name()): string {
    return this.write({ op, domain: '' }, inputs, attributes, output);
  }

  /** The same of ai.onnx.ml. */
  ml(op: string, inputs: readonly string[], attributes: Attributes): string {
    return this.write({ op, domain: ML_DOMAIN }, inputs, attributes, this.name());
  }

  constant(tensor: TensorLiteral): string {
    return this.op('Constant', [], { value: { tensor } });
  }

  floats(values: readonly number[]): string {
    return this.constant({ type: ELEMENT.float, dims: [values.length], data: Float32Array.from(values) });
  }

  doubles(values: readonly number[]): string {
    return this.constant({ type: ELEMENT.double, dims: [values.length], data: Float64Array.from(values) });
  }

  integers(dims: readonly number[], values: readonly number[]): string {
    return this.constant({ type: ELEMENT.int64, dims, data: BigInt64Array.from(values, BigInt) });
  }

  private write(
    { op, domain }: { op: string; domain: string },
    inputs: readonly string[],
    attributes: Attributes,
    output: string,
  ): string {
    const written = new ProtoWriter();
    for (const input of inputs) written.string(1, input);
    written.string(2, output).string(4, op);
    for (const [name, value] of Object.entries(attributes)) {
      written.message(5, 'floats' in value ? floatsAttribute(name, value.floats) : attribute(name, value));
    }
    if (domain) written.string(7, domain);
    this.nodes.push({ inputs, outputs: [output], written });
    return output;
  }

  private name(): string {
    return `${this.prefix}/${this.nodes.length}`;
  }
}

function floatsAttribute(name: string, values: readonly number[]): ProtoWriter {
  const written = new ProtoWriter().string(1, name);
  for (const value of values) written.float32(FLOATS.field, value);
  return written.int(20, FLOATS.type);
}
