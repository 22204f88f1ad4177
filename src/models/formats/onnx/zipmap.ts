import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import { intsOf, stringsOf } from './attribute-data';
import type { ModelProto, ValueInfoProto } from './model-proto';
import { ProtoWriter } from './proto-writer';
import { editGraph, type GraphEdit } from './rewrite';
import { mendBinaryLabels } from './binary-labels';
import { mendSingleLeafTrees } from './single-leaf-trees';
import { mendTextLocale } from './text-locale';
import { ML_DOMAIN } from './writer';

export interface ServableGraph {
  /** The file, or the file with its graph edited. */
  bytes: Uint8Array;
  /** Classes that a ZipMap named, by the output that it made. */
  classes: Map<string, ClassLabel[]>;
  warnings: string[];
}

const FLOAT = 1;

/**
 * Makes a guarded graph one that can be served. A ZipMap at the end (the default of skl2onnx: a list of dicts, which
 * the runtime cannot hand over) gives way to the matrix that it was made from, under the same output name; other
 * outputs that are no tensors are left out. What the runtime would answer wrong is written otherwise.
 * @throws AppError model_unsupported when no tensor is left to answer
 */
export function makeServable(model: ModelProto): ServableGraph {
  const edit: GraphEdit = { nodes: new Map(), outputs: new Map() };
  const classes = new Map<string, ClassLabel[]>();
  const warnings: string[] = [];
  mendSingleLeafTrees(model, edit);
  mendBinaryLabels(model, edit);
  mendTextLocale(model, edit);
  stripZipMaps(model, edit, classes);
  dropOthers(model, edit, warnings);
  const isChanged = edit.nodes.size > 0 || edit.outputs.size > 0;
  return { bytes: isChanged ? editGraph(model, edit) : model.bytes, classes, warnings };
}

function stripZipMaps(model: ModelProto, edit: GraphEdit, classes: Map<string, ClassLabel[]>): void {
  const outputs = new Map(model.graph.outputs.map((value) => [value.name, value]));
  for (const node of model.graph.nodes) {
    if (node.opType !== 'ZipMap' || node.domain !== ML_DOMAIN) continue;
    const [matrix, name] = [node.inputs[0] ?? '', node.outputs[0] ?? ''];
    const output = outputs.get(name);
    if (!output)
      throw new AppError('model_unsupported', 'the model uses ZipMap before its end; export it with zipmap=False');
    const texts = stringsOf(model, node, 'classlabels_strings');
    const labels = texts.length > 0 ? texts : [...intsOf(model, node, 'classlabels_int64s')];
    if (new Set<ClassLabel>(labels).size < labels.length) {
      throw new AppError('model_corrupt', 'broken ONNX file: expected ZipMap to name every class once');
    }
    classes.set(name, labels);
    edit.nodes.set(node, [new ProtoWriter().string(1, matrix).string(2, name).string(4, 'Identity')]);
    edit.outputs.set(output, floatMatrix(name, labels.length));
  }
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

/** ZipMap takes tensor(float) only (onnx/onnx: docs/Operators-ml.md). */
function floatMatrix(name: string, classes: number): ProtoWriter {
  const shape = new ProtoWriter().message(1, new ProtoWriter());
  shape.message(1, classes > 0 ? new ProtoWriter().int(1, classes) : new ProtoWriter());
  const tensor = new ProtoWriter().int(1, FLOAT).message(2, shape);
  return new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(1, tensor));
}
