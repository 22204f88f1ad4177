import { ELEMENT } from '../formats/onnx/writer';
import type { ElementType } from '../formats/onnx/writer';
import type { Graph, GraphOutput, Node, ValueId } from './ir';
import { BATCH_AXIS, OnnxEmitter } from './onnx-emitter';
import type { Emitted } from './onnx-emitter';
import { emitNeighbors } from './onnx-neighbors';
import { emitOperator } from './onnx-operators';
import { emitBins, emitTrees } from './onnx-trees';
import { outputType } from './output-type';
import type { OutputDatatype } from './output-type';
import { fixedValues, liveValues, valueTypes } from './value-types';

const ELEMENT_OF: Record<OutputDatatype, ElementType> = {
  FP64: ELEMENT.double,
  INT64: ELEMENT.int64,
  BOOL: ELEMENT.bool,
  BYTES: ELEMENT.string,
};

/**
 * Translates a graph to an ONNX model (opset 21, ai.onnx.ml 5) in double precision. Inputs are [N, width] under their
 * names, double or string; an output is [N, width], or [N] when squeezed: FP64, INT64, BOOL or string as `outputType`
 * says. Only operators for which onnxruntime 1.22 and later has a double kernel are used; the float32 operators of
 * ai.onnx.ml (LinearClassifier, Scaler, TreeEnsembleClassifier ...) are not.
 *
 * Memory: the arrays of forests and matrices are referenced until the file is put together, so the peak is about the
 * model, its index arrays and one copy of the file.
 *
 * @param metadata goes to `metadata_props` beside `producer` and `task`
 * @throws RangeError for a graph without inputs, with a name used twice or with a bag in it (see `splitText`); AppError `import_limit` above 2 GiB
 */
export function toOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const emitter = new OnnxEmitter(boundaryNames(graph));
  const types = valueTypes(graph.nodes);
  const fixed = fixedValues(graph.nodes);
  const live = liveValues(graph);
  const values: Emitted[] = [];
  graph.nodes.forEach((node, id) => {
    const name = live[id] || node.op === 'input' ? emitNode(emitter, node, (x) => values[x]!, graph.nodes) : '';
    values.push({ name, ...types[id]!, fixed: fixed[id]! });
  });
  for (const output of graph.outputs) emitOutput(emitter, output, values[output.value]!);
  return emitter.finish({ producer: 'modelport', task: graph.task, ...metadata });
}

function boundaryNames(graph: Graph): string[] {
  const inputs = graph.nodes.flatMap((node) => (node.op === 'input' ? [node.name] : []));
  const names = [...inputs, ...graph.outputs.map((output) => output.name)];
  if (inputs.length === 0) throw new RangeError('a graph has at least one input');
  if (new Set(names).size < names.length)
    throw new RangeError(`input and output names differ from each other, found ${names.join(', ')}`);
  return names;
}

function emitNode(emitter: OnnxEmitter, node: Node, value: (x: ValueId) => Emitted, nodes: readonly Node[]): string {
  switch (node.op) {
    case 'input':
      emitter.input(node.name, node.dtype === 'text' ? ELEMENT.string : ELEMENT.double, node.width);
      return node.name;
    case 'trees':
      return emitTrees(emitter, node, value(node.x).name);
    case 'neighbors':
      return emitNeighbors(emitter, node, value(node.x).name, value(node.x).width);
    case 'bin':
      return emitBins(emitter, node, value(node.x).name);
    case 'bag':
      throw new RangeError('ONNX cannot take text apart: split the graph first');
    default:
      return emitOperator(emitter, node, value, nodes);
  }
}

function emitOutput(emitter: OnnxEmitter, output: GraphOutput, value: Emitted): void {
  const datatype = outputType(output, value.dtype);
  let name = emitter.perRow(value);
  if (datatype === 'BOOL' && value.dtype !== 'bool') name = emitter.cast(name, ELEMENT.bool);
  if (output.squeeze && value.width === 1) {
    name = emitter.op('Squeeze', [name, emitter.integers([1], [1])]);
    emitter.output(output.name, name, ELEMENT_OF[datatype], [BATCH_AXIS]);
  } else {
    emitter.output(output.name, name, ELEMENT_OF[datatype], [BATCH_AXIS, value.width]);
  }
}
