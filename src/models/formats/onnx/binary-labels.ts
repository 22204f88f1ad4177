import { AppError } from '../../../common/errors';
import { floatsOf, intsOf, numbersOf, stringsOf, tensorOf } from './attribute-data';
import type { ModelProto, NodeProto } from './model-proto';
import { nestedNodes } from './nested-nodes';
import { ProtoWriter } from './proto-writer';
import { nodeWithout } from './edit-graph';
import type { GraphEdit } from './edit-graph';
import { attribute, ELEMENT, ML_DOMAIN } from './writer';
import type { TensorLiteral } from './writer';

/**
 * Trees of two classes, which onnxruntime answers wrong in two ways (both watched). 1.27 makes [-p, p] of shares of the
 * second class, as skl2onnx writes them, where [1 - p, p] is meant, and calls it that class wherever p is above zero. And
 * beside a score for each class, as CatBoost writes them, the label is 0 or 1 whatever numbers the classes have (1.31 too).
 * So shares are completed here, and the label is picked by the greater score, the first of equals, as the reference does
 * (onnx/onnx: onnx/reference/ops/aionnxml/op_tree_ensemble_classifier.py).
 * @param edit takes what stands in the place of such nodes
 * @throws AppError model_unsupported for a node within a branch or a function that would be answered wrong, and for
 * numbers of classes that a double cannot hold
 */
export function mendBinaryLabels(model: ModelProto, edit: GraphEdit): void {
  const used = usedNames(model);
  for (const node of model.graph.nodes) {
    if (!isClassifier(node) || !node.outputs[0]) continue;
    const classes = classTable(model, node);
    if (classes.dims[0] === 2) edit.nodes.set(node, mended(model, node, classes, used));
  }
  for (const node of nestedNodes(model)) {
    if (!isClassifier(node) || isAnsweredRight(model, node)) continue;
    throw new AppError(
      'model_unsupported',
      'TreeEnsembleClassifier has two classes in a place within a branch or a function, which the runtime would answer wrong; export the model without them',
    );
  }
}

function isClassifier({ opType, domain }: NodeProto): boolean {
  return opType === 'TreeEnsembleClassifier' && domain === ML_DOMAIN;
}

/** Classes that only the caller of a function knows are not in the table, which is not taken for [0, 1] then. */
function isAnsweredRight(model: ModelProto, node: NodeProto): boolean {
  const { data, type, dims } = classTable(model, node);
  if (dims[0]! > 2) return true;
  return (type === ELEMENT.string || data.join() === '0,1') && !holdsShares(model, node);
}

function mended(model: ModelProto, node: NodeProto, classes: TensorLiteral, used: Set<string>): ProtoWriter[] {
  if (intsOf(model, node, 'classlabels_int64s').some((number) => !Number.isSafeInteger(number))) {
    throw new AppError('model_unsupported', 'TreeEnsembleClassifier must have numbers of classes below 2^53 in size');
  }
  const label = node.outputs[0]!;
  const name = (part: string): string => unusedName(used, `${label}/${part}`);
  const scores = node.outputs[1] || name('scores');
  const [index, table] = [name('index'), name('classes')];
  const pick = [
    operator('ArgMax', [scores], index)
      .message(5, attribute('axis', { int: 1 }))
      .message(5, attribute('keepdims', { int: 0 })),
    constant(table, classes),
    operator('Gather', [table, index], label),
  ];
  if (!holdsShares(model, node)) return [nodeWithout(model, node, [], [name('unused'), scores]), ...pick];
  const [given, second, share, one, other] = ['given', 'second', 'share', 'one', 'other'].map(name) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return [
    nodeWithout(model, node, [], [name('unused'), given]),
    constant(second, { type: ELEMENT.int64, dims: [1], data: BigInt64Array.of(1n) }),
    operator('Gather', [given, second], share).message(5, attribute('axis', { int: 1 })),
    constant(one, { type: ELEMENT.float, dims: [1], data: Float32Array.of(1) }),
    operator('Sub', [one, share], other),
    operator('Concat', [other, share], scores).message(5, attribute('axis', { int: 1 })),
    ...pick,
  ];
}

/** Whether the leaves hold shares of one class, none of them negative, and nothing is made of their sum. */
function holdsShares(model: ModelProto, node: NodeProto): boolean {
  const transform = node.attributes.get('post_transform')?.string;
  const isPlain =
    !transform || Buffer.from(model.bytes.subarray(transform.start, transform.end)).toString('latin1') === 'NONE';
  const tensor = tensorOf(node, 'class_weights_as_tensor');
  const weights = (tensor && numbersOf(model, tensor)) ?? floatsOf(model, node, 'class_weights');
  return isPlain && new Set(intsOf(model, node, 'class_ids')).size === 1 && weights.every((weight) => weight >= 0);
}

function classTable(model: ModelProto, node: NodeProto): TensorLiteral {
  const texts = stringsOf(model, node, 'classlabels_strings');
  if (texts.length > 0) return { type: ELEMENT.string, dims: [texts.length], data: texts };
  const numbers = intsOf(model, node, 'classlabels_int64s');
  const data = BigInt64Array.from(numbers, (number) => BigInt(number));
  return { type: ELEMENT.int64, dims: [numbers.length], data };
}

function operator(op: string, inputs: string[], output: string): ProtoWriter {
  const written = new ProtoWriter();
  for (const input of inputs) written.string(1, input);
  return written.string(2, output).string(4, op);
}

function constant(name: string, tensor: TensorLiteral): ProtoWriter {
  return new ProtoWriter().string(2, name).string(4, 'Constant').message(5, attribute('value', { tensor }));
}

function usedNames({ graph }: ModelProto): Set<string> {
  const values = [...graph.inputs, ...graph.initializers].map(({ name }) => name);
  return new Set([...values, ...graph.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])]);
}

function unusedName(used: Set<string>, wanted: string): string {
  let name = wanted;
  while (used.has(name)) name += '_';
  used.add(name);
  return name;
}
