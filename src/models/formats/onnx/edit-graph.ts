import type { ModelProto, NodeProto, ValueInfoProto } from './model-proto';
import { ProtoReader } from './proto-reader';
import { ProtoWriter } from './proto-writer';

/** Changes to the main graph; everything that is not named stays byte for byte. */
export interface GraphEdit {
  /** What stands in the place of a node, in order. */
  nodes: Map<NodeProto, ProtoWriter[]>;
  /** What stands in the place of an output; null drops it. */
  outputs: Map<ValueInfoProto, ProtoWriter | null>;
}

const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;

/** The file with its main graph edited. Throws import_limit above 2 GiB. */
export function editGraph(model: ModelProto, edit: GraphEdit): Uint8Array {
  const { bytes } = model;
  const nodes = new Map([...edit.nodes].map(([node, written]) => [node.offset, written]));
  const outputs = new Map([...edit.outputs].map(([value, written]) => [value.span.start, written]));
  const graph = new ProtoWriter();
  const reader = new ProtoReader(bytes, model.graph.span);
  while (reader.next()) {
    const written = reader.field === GRAPH_NODE ? nodes.get(reader.tagStart) : undefined;
    const output = reader.field === GRAPH_OUTPUT ? outputs.get(reader.start) : undefined;
    if (written) for (const node of written) graph.message(GRAPH_NODE, node);
    else if (output === undefined) copyField(bytes, reader, graph);
    else if (output) graph.message(GRAPH_OUTPUT, output);
  }
  const whole = new ProtoWriter();
  const fields = new ProtoReader(bytes);
  while (fields.next()) {
    if (fields.field === MODEL_GRAPH) whole.message(MODEL_GRAPH, graph);
    else copyField(bytes, fields, whole);
  }
  return whole.finish();
}

/** A node without some of its attributes, and with outputs or inputs of other names. */
export function nodeWithout(
  { bytes }: ModelProto,
  node: NodeProto,
  dropped: readonly string[],
  outputs: readonly string[] = node.outputs,
  inputs: readonly string[] = node.inputs,
): ProtoWriter {
  const written = new ProtoWriter();
  for (const input of inputs) written.string(1, input);
  for (const output of outputs) written.string(2, output);
  written.string(3, node.name).string(4, node.opType).string(7, node.domain);
  for (const { name, span } of node.attributes.values()) {
    if (!dropped.includes(name)) written.bytes(5, bytes.subarray(span.start, span.end));
  }
  return written;
}

/** Only messages, texts and whole numbers occur at these places; a number of a future version may be left out. */
function copyField(bytes: Uint8Array, reader: ProtoReader, target: ProtoWriter): void {
  if (reader.isBytes) target.bytes(reader.field, bytes.subarray(reader.start, reader.end));
  else if (reader.isVarint) target.int(reader.field, reader.int64());
}
