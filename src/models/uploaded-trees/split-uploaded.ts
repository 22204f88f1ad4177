import type { SplitEnsemble, TreeSplit } from '../../common/trees/tree-split';
import { intOf } from '../formats/onnx/attribute-data';
import type { ModelProto, NodeProto } from '../formats/onnx/model-proto';
import { ELEMENT, ML_DOMAIN } from '../formats/onnx/writer';
import { nameOf, splitsWorthAKernel } from '../graph/split-trees';
import { type FinishedTrees, finishTrees } from './finish-sums';
import { type NewValue, type PartNode, writePart } from './graph-part';

/** Operators that are written into a tail have the form of this version of the default domain, or an older one. */
const MIN_OPSET = 7;
const TREES = new Set(['TreeEnsembleClassifier', 'TreeEnsembleRegressor']);
/** Operators of ai.onnx.ml that answer floats whatever they read. */
const ANSWER_FLOATS = new Set(['Scaler', 'FeatureVectorizer', 'Normalizer', 'OneHotEncoder']);

/**
 * Parts an uploaded graph at its tree ensembles, as `splitTrees` does with a compiled one.
 * @param model the graph that is deployed; it has passed the guard, and its nodes are in order
 * @returns null for a graph with few trees, or very many; for one with branches or functions; for trees whose answers a
 * kernel would not give to the last bit
 */
export function splitUploaded(model: ModelProto): TreeSplit | null {
  const { graph, functions, opsets } = model;
  const isFlat = graph.nodes.every(({ attributes }) => [...attributes.values()].every((a) => a.graphs.length === 0));
  if (!isFlat || functions.length > 0 || graph.sparseInitializers.length > 0) return null;
  if ((opsets.get('') ?? MIN_OPSET) < MIN_OPSET || !graph.nodes.some(isTrees)) return null;
  const chosen = chooseTrees(model);
  const splitsOfRow = splitsWorthAKernel(chosen.map(({ trees }) => trees.ensemble.forest));
  if (splitsOfRow === null) return null;
  const rows = new Map<string, NewValue>();
  const ensembles = chosen.map(({ node, output, trees }): SplitEnsemble => {
    const { ensemble, features, isFloat } = trees;
    const input = node.inputs[0]!;
    if (!graph.inputs.some(({ name }) => name === input)) rows.set(input, { name: input, type: typeOfSums(trees) });
    return { ensemble, input, features, output, isFloat, inTurn: true };
  });
  const written = new Map<PartNode, PartNode[]>(chosen.map(({ node, nodes }) => [node, nodes]));
  const sums = chosen.map(({ output, trees }): NewValue => ({ name: output, type: typeOfSums(trees) }));
  return {
    head: rows.size === 0 ? null : writePart(model, graph.nodes, [], [...rows.values()]),
    ensembles,
    tail: writePart(
      model,
      graph.nodes.flatMap((node) => written.get(node) ?? [node]),
      sums,
      null,
    ),
    splitsOfRow,
    maxRows: Math.min(...chosen.map(({ maxRows }) => maxRows)),
  };
}

interface ChosenTrees extends FinishedTrees {
  node: NodeProto;
  output: string;
}

/** Ensembles that can be evaluated by a kernel, that an output needs, and that no other one comes before. */
function chooseTrees(model: ModelProto): ChosenTrees[] {
  const { nodes, inputs, outputs } = model.graph;
  const types = new Map(inputs.map(({ name, type }) => [name, type?.kind === 'tensor' ? type.elementType : 0]));
  const read = new Set([...outputs.map(({ name }) => name), ...nodes.flatMap((node) => node.inputs)]);
  const behind = new Set<string>();
  const chosen: ChosenTrees[] = [];
  for (const node of nodes) {
    const [input = ''] = node.inputs;
    const follows = node.inputs.some((name) => behind.has(name));
    const type = types.get(input);
    const isNumbers = type === ELEMENT.float || type === ELEMENT.double;
    const output = nameOf('trees', chosen.length);
    const isUsed = (name: string | undefined): boolean => name !== undefined && name !== '' && read.has(name);
    const isChosen = isTrees(node) && !follows && isNumbers && node.outputs.some(isUsed);
    const finished = isChosen ? finishTrees(model, node, output, type === ELEMENT.float, isUsed) : null;
    if (finished) chosen.push({ ...finished, node, output });
    for (const name of node.outputs) {
      if (follows || finished) behind.add(name);
      types.set(name, typeOf(node, types.get(input) ?? ELEMENT.float));
    }
  }
  return chosen;
}

/** The element type of an answer, as far as it needs to be known: a run on anything else is left to the whole graph. */
function typeOf(node: NodeProto, ofInput: number): number {
  if (node.opType === 'Cast') return intOf(node, 'to') ?? ofInput;
  return node.domain === ML_DOMAIN && ANSWER_FLOATS.has(node.opType) ? ELEMENT.float : ofInput;
}

function isTrees({ opType, domain }: NodeProto): boolean {
  return domain === ML_DOMAIN && TREES.has(opType);
}

function typeOfSums({ isFloat }: { isFloat: boolean }): number {
  return isFloat ? ELEMENT.float : ELEMENT.double;
}
