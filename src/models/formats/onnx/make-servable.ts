import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import { intsOf, stringsOf } from './attribute-data';
import type { ModelProto, ValueInfoProto } from './model-proto';
import { ProtoWriter } from './proto-writer';
import { editGraph, type GraphEdit } from './edit-graph';
import { mendBatchStatistics } from './batch-statistics';
import { mendBinaryLabels } from './binary-labels';
import { nestedNodes } from './nested-nodes';
import { mendSingleLeafTrees } from './single-leaf-trees';
import type { Emptiable } from './check-flow';
import { mendTextLocale } from './text-locale';
import { mendUnchecked } from './mend-unchecked';
import { readMapValueType } from './value-info-reader';
import { attribute, ELEMENT, ML_DOMAIN } from './writer';

export interface ServableGraph {
  /** The file, or the file with its graph edited. */
  bytes: Uint8Array;
  /** Classes that a ZipMap named, by the output that it made. */
  classes: Map<string, ClassLabel[]>;
  /** Those of these outputs that answer float64. */
  doubles: Set<string>;
  warnings: string[];
}

/**
 * Makes a guarded graph one that can be served. A ZipMap at the end (the default of skl2onnx: a list of dicts, which
 * the runtime cannot hand over) gives way to the matrix that it was made from, under the same output name; other
 * outputs that are no tensors are left out. What the runtime would answer wrong, or not survive, is written otherwise.
 * @param emptiable what the guard found that must be
 * @throws AppError model_unsupported when no tensor is left to answer
 */
export function makeServable(model: ModelProto, emptiable: Emptiable = new Map()): ServableGraph {
  const edit: GraphEdit = { nodes: new Map(), outputs: new Map() };
  const classes = new Map<string, ClassLabel[]>();
  const doubles = new Set<string>();
  const warnings: string[] = [];
  mendSingleLeafTrees(model, edit);
  mendBinaryLabels(model, edit);
  mendTextLocale(model, edit);
  mendBatchStatistics(model, edit);
  mendUnchecked(model, emptiable, edit);
  stripZipMaps(model, edit, classes, doubles);
  dropOthers(model, edit, warnings);
  const isChanged = edit.nodes.size > 0 || edit.outputs.size > 0;
  return { bytes: isChanged ? editGraph(model, edit) : model.bytes, classes, doubles, warnings };
}

function stripZipMaps(
  model: ModelProto,
  edit: GraphEdit,
  classes: Map<string, ClassLabel[]>,
  doubles: Set<string>,
): void {
  const outputs = new Map(model.graph.outputs.map((value) => [value.name, value]));
  for (const node of model.graph.nodes) {
    if (node.opType !== 'ZipMap' || node.domain !== ML_DOMAIN) continue;
    const [matrix, name] = [node.inputs[0] ?? '', node.outputs[0] ?? ''];
    const output = outputs.get(name);
    if (!output && isRead(model, name))
      throw new AppError('model_unsupported', 'the model uses ZipMap before its end; export it with zipmap=False');
    if (!output) {
      // Left over where someone has taken the probabilities out of the outputs.
      edit.nodes.set(node, []);
      continue;
    }
    const texts = stringsOf(model, node, 'classlabels_strings');
    const labels = texts.length > 0 ? texts : [...intsOf(model, node, 'classlabels_int64s')];
    if (new Set<ClassLabel>(labels).size < labels.length) {
      throw new AppError('model_corrupt', 'broken ONNX file: expected ZipMap to name every class once');
    }
    classes.set(name, labels);
    const isDouble = readMapValueType(model.bytes, output) === ELEMENT.double;
    if (isDouble) doubles.add(name);
    edit.nodes.set(node, [handOver(matrix, name, isDouble)]);
    edit.outputs.set(output, floatMatrix(name, labels.length, isDouble));
  }
}

function isRead(model: ModelProto, name: string): boolean {
  return [...model.graph.nodes, ...nestedNodes(model)].some(({ inputs }) => inputs.includes(name));
}

function dropOthers(model: ModelProto, edit: GraphEdit, warnings: string[]): void {
  const isTensor = (value: ValueInfoProto) => value.type?.kind === 'tensor' || edit.outputs.has(value);
  const others = model.graph.outputs.filter((value) => !isTensor(value));
  for (const value of others) {
    edit.outputs.set(value, null);
    const kind = value.type?.kind ?? 'value of no declared type';
    warnings.push(`output "${value.name.slice(0, 80)}" is a ${kind}, not a tensor, and is left out`);
  }
  if (others.length === model.graph.outputs.length) {
    throw new AppError(
      'model_unsupported',
      `expected an output that is a tensor, found only "${others[0]!.name.slice(0, 80)}", a ` +
        `${others[0]!.type?.kind ?? 'value of no declared type'}; a classifier of scikit-learn is exported with zipmap=False`,
    );
  }
}

/**
 * ZipMap takes tensor(float) only (onnx/onnx: docs/Operators-ml.md). skl2onnx gives it the doubles of a model of double
 * inputs all the same, and declares dicts of doubles, also where a tree has answered floats: the runtime loads neither.
 */
function handOver(matrix: string, name: string, isDouble: boolean): ProtoWriter {
  const node = new ProtoWriter().string(1, matrix).string(2, name);
  if (!isDouble) return node.string(4, 'Identity');
  return node.string(4, 'Cast').message(5, attribute('to', { int: ELEMENT.double }));
}

function floatMatrix(name: string, classes: number, isDouble: boolean): ProtoWriter {
  const shape = new ProtoWriter().message(1, new ProtoWriter());
  shape.message(1, classes > 0 ? new ProtoWriter().int(1, classes) : new ProtoWriter());
  const tensor = new ProtoWriter().int(1, isDouble ? ELEMENT.double : ELEMENT.float).message(2, shape);
  return new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(1, tensor));
}
