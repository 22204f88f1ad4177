import { intOf } from './attribute-data';
import type { ModelProto, NodeProto, TensorProto } from './model-proto';
import { nestedNodes } from './nested-nodes';
import { ProtoWriter } from './proto-writer';
import { nodeWithout, type GraphEdit } from './edit-graph';
import { attribute, ELEMENT, type TensorLiteral } from './writer';

/** Inputs of BatchNormalization: the running mean and variance. */
const STATISTICS = [3, 4] as const;

/**
 * BatchNormalization in training mode answers by the statistics of its batch, and moves the running ones. onnxruntime
 * (1.27 and 1.31, both watched) writes the moved ones over the constants that they came from. It holds constants of
 * equal values once, so with them it overwrites the scale, the bias or those of another node, and answers wrong, and
 * otherwise with every request. Where nobody reads the running ones, the node gets some of its own, equal to no others.
 * @param edit takes what stands in the place of such nodes
 */
export function mendBatchStatistics(model: ModelProto, edit: GraphEdit): void {
  const training = model.graph.nodes.filter(
    (node) => node.opType === 'BatchNormalization' && intOf(node, 'training_mode'),
  );
  if (training.length === 0) return;
  const { used, read } = namesOf(model);
  const constants = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  training.forEach((node, place) => {
    const tensors = STATISTICS.map((input) => constants.get(node.inputs[input] ?? ''));
    if (node.outputs.slice(1).some((name) => read.has(name))) return;
    const literals = tensors.map((tensor, i) => tensor && unlikeOthers(tensor, 2 * place + i));
    if (!literals.every((literal) => literal !== undefined)) return;
    const inputs = [...node.inputs];
    const made = literals.map((tensor, i) => {
      let name = `${node.outputs[0]}/statistics${i}`;
      while (used.has(name)) name += '_';
      used.add(name);
      inputs[STATISTICS[i]!] = name;
      return new ProtoWriter().string(2, name).string(4, 'Constant').message(5, attribute('value', { tensor }));
    });
    edit.nodes.set(node, [...made, nodeWithout(model, node, [], node.outputs, inputs)]);
  });
}

/** As many values as the tensor has, such as no trained model would hold. */
function unlikeOthers({ dims, dataType }: TensorProto, place: number): TensorLiteral | undefined {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const value = 1234.567 + place;
  if (dataType === ELEMENT.float) return { type: ELEMENT.float, dims, data: new Float32Array(count).fill(value) };
  if (dataType === ELEMENT.double) return { type: ELEMENT.double, dims, data: new Float64Array(count).fill(value) };
  return undefined;
}

/** Names that are taken, and those that some node reads or the graph answers. */
function namesOf(model: ModelProto): { used: Set<string>; read: Set<string> } {
  const nodes: NodeProto[] = [...model.graph.nodes, ...nestedNodes(model)];
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...model.graph.outputs.map(({ name }) => name)]);
  const declared = [...model.graph.inputs, ...model.graph.initializers].map(({ name }) => name);
  return { read, used: new Set([...read, ...declared, ...nodes.flatMap(({ outputs }) => outputs)]) };
}
