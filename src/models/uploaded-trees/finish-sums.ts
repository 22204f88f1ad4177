import { intOf, intsOf, stringsOf } from '../formats/onnx/attribute-data';
import type { ModelProto, NodeProto } from '../formats/onnx/model-proto';
import { ELEMENT } from '../formats/onnx/writer';
import type { NewNode } from './graph-part';
import { PartBuilder } from './part-builder';
import { logisticPair, type Transformed, transformScores } from './post-transform';
import { readTrees, type UploadedTrees } from './read-ensemble';
import { numbersOfList } from './tree-nodes';

/** The version of the default domain that has Where, which the logistic function takes. */
const WHERE_OPSET = 9;

/** Trees, and the nodes that make the outputs of their node of the sums; these are read under the name `sums`. */
export interface FinishedTrees {
  trees: UploadedTrees;
  nodes: NewNode[];
  maxRows: number;
}

/** What finishes the sums of one node. */
interface Finish {
  model: ModelProto;
  node: NodeProto;
  part: PartBuilder;
  sums: string;
  trees: UploadedTrees;
  base: number[];
  transform: string;
}

/**
 * Reads a TreeEnsembleClassifier or TreeEnsembleRegressor and writes what the runtime makes of its sums (`FinalizeScores`
 * in onnxruntime/core/providers/cpu/ml/tree_ensemble_aggregator.h, of 1.27) with other operators of the runtime.
 * @param isUsed whether an output of the node is read, or answered
 * @returns null for what would not be the same to the last bit
 */
export function finishTrees(
  model: ModelProto,
  node: NodeProto,
  sums: string,
  isFloat: boolean,
  isUsed: (output: string | undefined) => boolean,
): FinishedTrees | null {
  const isClassifier = node.opType === 'TreeEnsembleClassifier';
  const classes = isClassifier ? classCount(model, node) : 0;
  const width = isClassifier ? classes : (intOf(node, 'n_targets') ?? 1);
  const base = numbersOfList(model, node, 'base_values', isFloat);
  if (!base?.every((value) => Math.abs(value) < 1e38 && !Object.is(value, -0))) return null;
  const transform = textOf(model, node, 'post_transform');
  if (transform === 'LOGISTIC' && (model.opsets.get('') ?? WHERE_OPSET) < WHERE_OPSET) return null;
  const trees = readTrees(model, node, width, isFloat);
  if (!trees) return null;
  const part = new PartBuilder(sums);
  const finish = { model, node, part, sums, trees, base: [...base], transform };
  const scores = isClassifier ? finishClasses(finish, classes, isUsed) : finishTargets(finish, width);
  if (!scores) return null;
  const output = isClassifier ? node.outputs[1] : node.outputs[0];
  if (isUsed(output)) part.op('Identity', [scores.scores], {}, output);
  return { trees, nodes: part.nodes, maxRows: scores.maxRows };
}

function finishTargets(finish: Finish, width: number): Transformed | null {
  const { model, node, part, sums, trees, base, transform } = finish;
  const aggregate = textOf(model, node, 'aggregate_function', 'SUM');
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') return null;
  const count = trees.ensemble.forest.roots.length;
  const mean = aggregate === 'SUM' ? sums : part.op('Div', [sums, numbers(finish, [count])]);
  // Base values of any other count are not looked at; a target that no leaf of a row names is 0 for all its base value.
  const isBased = base.length === width;
  if (isBased && width > 1 && trees.alwaysScored.size < width) return null;
  const total = isBased ? part.op('Add', [mean, numbers(finish, base)]) : mean;
  if (width > 1) return transformScores(part, asFloat(finish, total), width, transform);
  // Of one number the runtime makes nothing but PROBIT.
  return transform === 'PROBIT' ? null : { scores: asFloat(finish, total), maxRows: Infinity };
}

function finishClasses(
  finish: Finish,
  classes: number,
  isUsed: (output: string | undefined) => boolean,
): Transformed | null {
  const { model, node, part, sums, trees, base, transform } = finish;
  const isLabelUsed = isUsed(node.outputs[0]);
  // The label of one or two classes goes by rules of its own; import writes the ones of two classes otherwise.
  if (classes < 2 || (classes === 2 && isLabelUsed)) return null;
  if (classes === 2) return finishTwo(finish);
  const isEach = base.length === classes;
  if (!isEach && (base.length > 0 || trees.alwaysScored.size < classes)) return null;
  const total = isEach ? part.op('Add', [sums, numbers(finish, base)]) : sums;
  const table = isLabelUsed ? classTable(model, node, part) : '';
  if (table === null) return null;
  if (isLabelUsed) {
    const index = part.op('ArgMax', [total], { axis: { int: 1 }, keepdims: { int: 0 } });
    part.op('Gather', [table, index], {}, node.outputs[0]);
  }
  return transformScores(part, asFloat(finish, total), classes, transform);
}

/** Scores of two classes: of both, or made of one. That no weight is negative is not looked at by 1.27. */
function finishTwo(finish: Finish): Transformed | null {
  const { part, sums, trees, base, transform } = finish;
  if (base.length > 1) return null;
  const first = (): string => {
    const score = part.op('Gather', [sums, part.integers([1], [0])], { axis: { int: 1 } });
    return base.length === 1 ? part.op('Add', [score, numbers(finish, base)]) : score;
  };
  if (!trees.scored.has(1)) {
    if (transform === 'PROBIT' || !trees.alwaysScored.has(0)) return null;
    const score = asFloat(finish, first());
    if (transform === 'LOGISTIC') return logisticPair(part, score);
    return { scores: part.op('Concat', [part.op('Neg', [score]), score], { axis: { int: 1 } }), maxRows: Infinity };
  }
  if (!trees.alwaysScored.has(1) || (base.length === 1 && !trees.alwaysScored.has(0))) return null;
  if (base.length === 0) return transformScores(part, asFloat(finish, sums), 2, transform);
  const second = part.op('Gather', [sums, part.integers([1], [1])], { axis: { int: 1 } });
  const both = part.op('Concat', [first(), second], { axis: { int: 1 } });
  return transformScores(part, asFloat(finish, both), 2, transform);
}

function numbers({ part, trees }: Finish, values: readonly number[]): string {
  return trees.isFloat ? part.floats(values) : part.doubles(values);
}

function asFloat({ part, trees }: Finish, value: string): string {
  return trees.isFloat ? value : part.op('Cast', [value], { to: { int: ELEMENT.float } });
}

function classCount(model: ModelProto, node: NodeProto): number {
  return stringsOf(model, node, 'classlabels_strings').length || intsOf(model, node, 'classlabels_int64s').length;
}

/** Null for numbers that a double does not hold. */
function classTable(model: ModelProto, node: NodeProto, part: PartBuilder): string | null {
  const texts = stringsOf(model, node, 'classlabels_strings');
  if (texts.length > 0) return part.constant({ type: ELEMENT.string, dims: [texts.length], data: texts });
  const numbers = [...intsOf(model, node, 'classlabels_int64s')];
  return numbers.every(Number.isSafeInteger) ? part.integers([numbers.length], numbers) : null;
}

function textOf({ bytes }: ModelProto, node: NodeProto, name: string, otherwise = 'NONE'): string {
  const span = node.attributes.get(name)?.string;
  return span ? Buffer.from(bytes.subarray(span.start, span.end)).toString('latin1') : otherwise;
}
