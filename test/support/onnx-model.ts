import { ProtoWriter } from '../../src/models/formats/onnx/proto-writer';

/** Writes ONNX messages field by field, sound ones and broken ones (onnx/onnx: onnx/onnx-ml.proto). */
export const FLOAT = 1;
export const INT64 = 7;
export const STRING = 8;
export const DOUBLE = 11;

const message = (): ProtoWriter => new ProtoWriter();

export interface ModelParts {
  nodes: ProtoWriter[];
  initializers?: ProtoWriter[];
  inputs?: ProtoWriter[];
  outputs?: ProtoWriter[];
  functions?: ProtoWriter[];
  /** Version of the operators of ONNX; 18 unless said otherwise. */
  opset?: number;
  /** Adds whatever else to the model, after everything. */
  extra?: (model: ProtoWriter) => void;
}

/** A model from x [n,4] to y [n,4] unless said otherwise. */
export function model({ nodes, initializers, inputs, outputs, functions, opset, extra }: ModelParts): Uint8Array {
  const whole = message().int(1, 10).string(2, 'test');
  whole.message(
    8,
    message()
      .string(1, '')
      .int(2, opset ?? 18),
  );
  whole.message(8, message().string(1, 'ai.onnx.ml').int(2, 3));
  whole.message(
    7,
    graph({
      nodes,
      initializers: initializers ?? [],
      inputs: inputs ?? [value('x', FLOAT, ['n', 4])],
      outputs: outputs ?? [value('y', FLOAT, ['n', 4])],
    }),
  );
  for (const fn of functions ?? []) whole.message(25, fn);
  extra?.(whole);
  return whole.finish();
}

export function graph(parts: Required<Pick<ModelParts, 'nodes' | 'initializers' | 'inputs' | 'outputs'>>): ProtoWriter {
  const whole = message();
  for (const node of parts.nodes) whole.message(1, node);
  whole.string(2, 'g');
  for (const tensor of parts.initializers) whole.message(5, tensor);
  for (const input of parts.inputs) whole.message(11, input);
  for (const output of parts.outputs) whole.message(12, output);
  return whole;
}

/** A graph without inputs, as a branch of If has it: one node from `from` to `to`. */
export function branch(node: ProtoWriter, to: string): ProtoWriter {
  return graph({ nodes: [node], initializers: [], inputs: [], outputs: [value(to, FLOAT, ['n', 4])] });
}

export function node(
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: ProtoWriter[] = [],
  domain = '',
): ProtoWriter {
  const whole = message();
  for (const name of inputs) whole.string(1, name);
  for (const name of outputs) whole.string(2, name);
  whole.string(4, op);
  for (const attribute of attributes) whole.message(5, attribute);
  if (domain) whole.string(7, domain);
  return whole;
}

export function fn(domain: string, name: string, nodes: ProtoWriter[]): ProtoWriter {
  const whole = message().string(1, name).string(4, 'a').string(5, 'b');
  for (const each of nodes) whole.message(7, each);
  return whole.message(9, message().string(1, '').int(2, 18)).string(10, domain);
}

export function value(name: string, type: number, shape: (number | string)[]): ProtoWriter {
  const dims = message();
  for (const axis of shape) {
    dims.message(1, typeof axis === 'number' ? message().int(1, axis) : message().string(2, axis));
  }
  return message()
    .string(1, name)
    .message(2, message().message(1, message().int(1, type).message(2, dims)));
}

export const attribute = {
  int: (name: string, number: number) => message().string(1, name).int(3, number).int(20, 2),
  string: (name: string, text: string) => message().string(1, name).string(4, text).int(20, 3),
  tensor: (name: string, tensor: ProtoWriter) => message().string(1, name).message(5, tensor).int(20, 4),
  graph: (name: string, body: ProtoWriter) => message().string(1, name).message(6, body).int(20, 5),
  ints: (name: string, numbers: number[]) => message().string(1, name).packedInts(8, numbers).int(20, 7),
  floats: (name: string, numbers: number[]) => {
    const whole = message().string(1, name);
    for (const number of numbers) whole.float32(7, number);
    return whole.int(20, 6);
  },
  strings: (name: string, texts: string[]) => {
    const whole = message().string(1, name);
    for (const text of texts) whole.string(9, text);
    return whole.int(20, 8);
  },
  sparse: (name: string, sparse: ProtoWriter) => message().string(1, name).message(22, sparse).int(20, 11),
};

/** A tensor whose raw bytes are `data` as it lies in memory, whatever `dims` promise. */
export function tensor(name: string, type: number, dims: number[], data: NodeJS.TypedArray): ProtoWriter {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message().packedInts(1, dims).int(2, type).string(8, name).bytes(9, bytes);
}

export function int64s(name: string, numbers: number[]): ProtoWriter {
  const data = BigInt64Array.from(numbers, (number) => BigInt(number));
  return tensor(name, INT64, [numbers.length], data);
}

/** A tensor that says its data are in the file at `location`. */
export function externalTensor(name: string, location: string): ProtoWriter {
  const entry = message().string(1, 'location').string(2, location);
  return message().packedInts(1, [4]).int(2, FLOAT).string(8, name).message(13, entry).int(14, 1);
}

export interface TreeParts {
  trees: number[];
  ids: number[];
  features: number[];
  modes: string[];
  onTrue: number[];
  onFalse: number[];
  targets: number[];
  targetNodes: number[];
  base: number[];
}

/** One split of column 0 at 0.5: left 1, right 2. */
const STUMP: TreeParts = {
  trees: [0, 0, 0],
  ids: [0, 1, 2],
  features: [0, 0, 0],
  modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
  onTrue: [1, 0, 0],
  onFalse: [2, 0, 0],
  targets: [0, 0],
  targetNodes: [1, 2],
  base: [],
};

/** A TreeEnsembleRegressor from x to y. */
function treeNode(parts: TreeParts, input = 'x', output = 'y'): ProtoWriter {
  const attributes = [
    attribute.ints('nodes_treeids', parts.trees),
    attribute.ints('nodes_nodeids', parts.ids),
    attribute.ints('nodes_featureids', parts.features),
    attribute.strings('nodes_modes', parts.modes),
    attribute.floats(
      'nodes_values',
      parts.ids.map(() => 0.5),
    ),
    attribute.ints('nodes_truenodeids', parts.onTrue),
    attribute.ints('nodes_falsenodeids', parts.onFalse),
    attribute.ints('target_ids', parts.targets),
    attribute.ints('target_nodeids', parts.targetNodes),
    attribute.ints(
      'target_treeids',
      parts.targets.map(() => 0),
    ),
    attribute.floats(
      'target_weights',
      parts.targets.map((_, i) => i + 1),
    ),
    attribute.floats('base_values', parts.base),
    attribute.int('n_targets', 1),
  ];
  return node('TreeEnsembleRegressor', [input], [output], attributes, 'ai.onnx.ml');
}

export function treeModel(change: Partial<TreeParts> = {}, shape: (number | string)[] = ['n', 4]): Uint8Array {
  return model({
    nodes: [treeNode({ ...STUMP, ...change })],
    inputs: [value('x', FLOAT, shape)],
    outputs: [value('y', FLOAT, ['n', 1])],
  });
}
