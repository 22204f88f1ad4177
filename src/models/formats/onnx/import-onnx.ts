import { writeTreeSplit } from '../../../common/trees/tree-split';
import type { ImportedModel } from '../../imported-model';
import { splitUploaded } from '../../uploaded-trees/split-uploaded';
import { catboostWarnings } from './catboost-warnings';
import { guardModel } from './guard';
import type { ModelProto } from './model-proto';
import { onnxInputs } from './onnx-features';
import { onnxOutputs, type OnnxOutputs } from './onnx-outputs';
import { readOnnx } from './read-onnx';
import { sortNodes } from './sort-nodes';
import { makeServable } from './make-servable';

/** What wrote the file, by `producer_name`; the version is the producer's own. */
const FRAMEWORKS: Record<string, string> = {
  skl2onnx: 'scikit-learn via skl2onnx',
  OnnxMLTools: 'onnxmltools',
  CatBoost: 'CatBoost',
  pytorch: 'PyTorch',
  tf2onnx: 'TensorFlow via tf2onnx',
  keras2onnx: 'Keras via keras2onnx',
};

/**
 * Reads an uploaded ONNX file, checks it (guard.ts), makes it servable (make-servable.ts) and tells its signature. Pure: the
 * trial run that loads it in onnxruntime comes after. Every failure is an AppError with the reason.
 */
export function importOnnx(bytes: Uint8Array): ImportedModel {
  const model = readSorted(bytes);
  const servable = makeServable(model, guardModel(model));
  const split = splitUploaded(servable.bytes === model.bytes ? model : readSorted(servable.bytes));
  const { inputs, features, whole, warnings } = onnxInputs(model);
  const meaning = onnxOutputs(model, servable);
  const { task, outputs, classes } = whole ? withoutRows(meaning) : meaning;
  return {
    format: 'onnx',
    framework: frameworkOf(model),
    frameworkVersion: versionOf(model),
    signature: { task, inputs, outputs, features, ...(whole && { whole }), ...(classes && { classes }) },
    onnx: servable.bytes,
    textStage: null,
    inlineGraph: null,
    treeSplit: split && writeTreeSplit(split),
    warnings: [...servable.warnings, ...warnings, ...catboostWarnings(model)],
    parity: null,
  };
}

function readSorted(bytes: Uint8Array): ModelProto {
  const model = readOnnx(bytes);
  sortNodes(model.graph);
  return model;
}

/** Without rows there are no labels of rows: the outputs are what they are. */
function withoutRows({ outputs }: OnnxOutputs): OnnxOutputs {
  return {
    task: 'unknown',
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape, role: 'other' })),
  };
}

function frameworkOf({ producerName }: ModelProto): string {
  return (Object.hasOwn(FRAMEWORKS, producerName) && FRAMEWORKS[producerName]) || producerName.slice(0, 100) || 'onnx';
}

/** CatBoost writes a report of several lines instead of a version; the number in it is what is wanted. */
function versionOf({ producerVersion }: ModelProto): string | null {
  const isReport = /\s/.test(producerVersion);
  return (isReport ? /\d+(?:\.\d+)+/.exec(producerVersion)?.[0] : producerVersion.slice(0, 100)) || null;
}
