import type { ModelProto, NodeProto, ValueInfoProto } from './model-proto';
import { ProtoReader } from './proto-reader';
import { ProtoWriter } from './proto-writer';

/** Changes to the main graph; everything that is not named stays byte for byte. */
export interface GraphEdit {
  /** What stands in the place of a node. */
  nodes: Map<NodeProto, ProtoWriter>;
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
    if (written) graph.message(GRAPH_NODE, written);
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

/** Only messages, texts and whole numbers occur at these places; a number of a future version may be left out. */
function copyField(bytes: Uint8Array, reader: ProtoReader, target: ProtoWriter): void {
  if (reader.isBytes) target.bytes(reader.field, bytes.subarray(reader.start, reader.end));
  else if (reader.isVarint) target.int(reader.field, reader.int64());
}
