import type { ModelProto, NodeProto } from '../formats/onnx/model-proto';
import { ProtoReader } from '../formats/onnx/proto-reader';
import { ProtoWriter } from '../formats/onnx/proto-writer';

const MODEL = { graph: 7 } as const;
const GRAPH = { name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = 1;

/** A node of a part: one of the file, or one that is written for it, with what it reads and makes. */
export type PartNode = NodeProto | NewNode;

export interface NewNode {
  inputs: readonly string[];
  outputs: readonly string[];
  written: ProtoWriter;
}

/** A value of a part that the whole graph has not at that place. */
export interface NewValue {
  name: string;
  type: number;
}

/**
 * The nodes among `nodes`, in order, that the values need, and the names of all that these nodes read.
 * @param nodes in topological order
 */
function neededNodes(nodes: readonly PartNode[], values: readonly string[]): { nodes: PartNode[]; read: Set<string> } {
  const read = new Set(values);
  const needed: PartNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => name !== '' && read.has(name))) continue;
    for (const name of node.inputs) read.add(name);
    needed.push(node);
  }
  return { nodes: needed.reverse(), read };
}

/**
 * Writes a part of a graph without branches as a model of its own: the nodes that its outputs need, with the inputs and
 * constants that these read.
 * @param inputs values that are given to the part
 * @param outputs values that it answers; null for those of the whole graph
 */
export function writePart(
  model: ModelProto,
  nodes: readonly PartNode[],
  inputs: readonly NewValue[],
  outputs: readonly NewValue[] | null,
): Uint8Array {
  const { bytes } = model;
  const part = neededNodes(
    nodes,
    (outputs ?? model.graph.outputs).map(({ name }) => name),
  );
  const graph = new ProtoWriter().string(GRAPH.name, 'part');
  for (const node of part.nodes) writeNode(bytes, node, graph);
  const copy = (field: number, { start, end }: { start: number; end: number }): ProtoWriter =>
    graph.bytes(field, bytes.subarray(start, end));
  for (const { name, span } of model.graph.initializers) if (part.read.has(name)) copy(GRAPH.initializer, span);
  for (const { name, span } of model.graph.inputs) if (part.read.has(name)) copy(GRAPH.input, span);
  for (const value of inputs) if (part.read.has(value.name)) graph.message(GRAPH.input, valueInfo(value));
  if (outputs) for (const value of outputs) graph.message(GRAPH.output, valueInfo(value));
  else for (const { span } of model.graph.outputs) copy(GRAPH.output, span);
  const whole = new ProtoWriter();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === MODEL.graph) whole.message(MODEL.graph, graph);
    else if (reader.isBytes) whole.bytes(reader.field, bytes.subarray(reader.start, reader.end));
    else if (reader.isVarint) whole.int(reader.field, reader.int64());
  }
  return whole.finish();
}

/** The nodes of a file are copied as they stand there. */
function writeNode(bytes: Uint8Array, node: PartNode, graph: ProtoWriter): void {
  if ('written' in node) {
    graph.message(NODE, node.written);
    return;
  }
  const reader = new ProtoReader(bytes, { start: node.offset, end: bytes.length });
  reader.next();
  graph.bytes(NODE, bytes.subarray(reader.start, reader.end));
}

/** Of a tensor whose shape is not told. */
function valueInfo({ name, type }: NewValue): ProtoWriter {
  const tensor = new ProtoWriter().int(1, type);
  return new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(1, tensor));
}
