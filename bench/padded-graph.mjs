const DOC_STRING_FIELD = 6;
const LENGTH_DELIMITED = 2;

/**
 * An ONNX file of a given size that computes what `graph` does: a doc_string is appended to the model, which in
 * protobuf is a field like any other. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, ModelProto
 */
export function paddedGraph(graph, bytes) {
  const text = Buffer.alloc(bytes - graph.length, 'padding ');
  return Buffer.concat([graph, Buffer.from([(DOC_STRING_FIELD << 3) | LENGTH_DELIMITED]), varint(text.length), text]);
}

/** Base 128, least significant group first. */
export function varint(value) {
  const groups = [];
  for (; value > 127; value = Math.floor(value / 128)) groups.push((value % 128) | 128);
  return Buffer.from([...groups, value]);
}
