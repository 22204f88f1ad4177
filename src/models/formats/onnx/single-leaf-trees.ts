import { AppError } from '../../../common/errors';
import { intsOf, numbersOf, tensorOf } from './attribute-data';
import type { ModelProto, NodeProto } from './model-proto';
import { nestedNodes } from './nested-nodes';
import type { ProtoWriter } from './proto-writer';
import { nodeWithout } from './edit-graph';
import type { GraphEdit } from './edit-graph';
import { attribute, ELEMENT, ML_DOMAIN } from './writer';

/** Attributes of a TreeEnsemble that a mended node has anew. */
const REPLACED = ['nodes_falsenodeids', 'leaf_targetids', 'leaf_weights'];

/**
 * A tree of a single leaf is written as a root with that leaf on both sides (onnx/onnx: docs/Operators-ml.md,
 * `TreeEnsemble` of ai.onnx.ml 5). onnxruntime 1.27 looks such a leaf up under the number of the root and answers silently
 * wrong (1.31 does not), so the leaf is written twice, once for each side.
 * @param edit takes what stands in the place of such nodes
 * @throws AppError model_unsupported for such a node within a branch or a function, or with weights of another type
 */
export function mendSingleLeafTrees(model: ModelProto, edit: GraphEdit): void {
  for (const node of model.graph.nodes) {
    const roots = singleLeafRoots(model, node);
    if (roots.length > 0) edit.nodes.set(node, [mended(model, node, roots)]);
  }
  for (const node of nestedNodes(model)) {
    if (singleLeafRoots(model, node).length > 0) throw unsupported('a place within a branch or a function');
  }
}

/** Places of the roots that have one leaf on both sides. */
function singleLeafRoots(model: ModelProto, node: NodeProto): number[] {
  if (node.opType !== 'TreeEnsemble' || node.domain !== ML_DOMAIN) return [];
  const [ofTrue, ofFalse] = [intsOf(model, node, 'nodes_truenodeids'), intsOf(model, node, 'nodes_falsenodeids')];
  const [trueLeaf, falseLeaf] = [intsOf(model, node, 'nodes_trueleafs'), intsOf(model, node, 'nodes_falseleafs')];
  const roots = new Set(intsOf(model, node, 'tree_roots'));
  return [...roots].filter((root) => trueLeaf[root] && falseLeaf[root] && ofTrue[root] === ofFalse[root]);
}

function mended(model: ModelProto, node: NodeProto, roots: number[]): ProtoWriter {
  const ofFalse = intsOf(model, node, 'nodes_falsenodeids');
  const targets = intsOf(model, node, 'leaf_targetids');
  const tensor = tensorOf(node, 'leaf_weights')!;
  const weights = numbersOf(model, tensor);
  const isDouble = tensor.dataType === ELEMENT.double;
  if (!weights || !(isDouble || tensor.dataType === ELEMENT.float))
    throw unsupported('weights that are not float or double');
  const copied = roots.map((root) => ofFalse[root]!);
  roots.forEach((root, copy) => (ofFalse[root] = targets.length + copy));
  const all = [...weights, ...copied.map((leaf) => weights[leaf]!)];
  const literal = isDouble
    ? { type: ELEMENT.double, dims: [all.length], data: Float64Array.from(all) }
    : { type: ELEMENT.float, dims: [all.length], data: Float32Array.from(all) };
  const written = nodeWithout(model, node, REPLACED);
  written.message(5, attribute('nodes_falsenodeids', { ints: ofFalse }));
  written.message(5, attribute('leaf_targetids', { ints: [...targets, ...copied.map((leaf) => targets[leaf]!)] }));
  return written.message(5, attribute('leaf_weights', { tensor: literal }));
}

function unsupported(where: string): AppError {
  return new AppError(
    'model_unsupported',
    `TreeEnsemble has a tree of a single leaf in ${where}, which the runtime would answer wrong; export the model with ai.onnx.ml 3`,
  );
}
