import { writeTextStage } from '../../common/text/text-stage';
import { writeTreeSplit } from '../../common/trees/tree-split';
import { probeInputs } from '../graph/probes';
import { splitText } from '../graph/split-text';
import { splitTrees } from '../graph/split-trees';
import { cancellation, evaluateWithTerms } from '../graph/sum-terms';
import { toOnnx } from '../graph/to-onnx';
import type { ReportStep } from '../import-gauge';
import type { ImportedModel } from '../imported-model';
import { writeInlineGraph } from '../inline-graph';
import { lightgbmRecord } from './lightgbm/booster-record';
import { guardModel } from './onnx/guard';
import { readOnnx } from './onnx/read-onnx';
import { readPickle } from './pickle/read-pickle';
import type { PyValue } from './pickle/records';
import { graphSignature } from '../graph/graph-signature';
import { translateSklearn, type TranslateOptions } from './sklearn/translate-sklearn';
import { xgboostRecord } from './xgboost/booster-record';

const SILENT: ReportStep = () => undefined;

/**
 * Reads a pickle or joblib file as data, translates the estimator in it and compiles it, with the evaluator's answers
 * to probe rows for the parity check.
 * @throws AppError the reason why it cannot be served
 */
export function importPickle(bytes: Uint8Array, report: ReportStep = SILENT): ImportedModel {
  const file = readPickle(bytes);
  return compileModel(file.root, file.format, { rawScores: false }, report);
}

/**
 * The same for a model file of XGBoost (JSON or UBJSON) or LightGBM (text).
 * @throws AppError the reason why it cannot be served
 */
export function importBooster(
  bytes: Uint8Array,
  format: 'xgboost' | 'lightgbm',
  report: ReportStep = SILENT,
): ImportedModel {
  const root = format === 'xgboost' ? xgboostRecord(bytes) : lightgbmRecord(bytes);
  return compileModel(root, format, { rawScores: true }, report);
}

function compileModel(
  root: PyValue,
  format: ImportedModel['format'],
  options: TranslateOptions,
  report: ReportStep,
): ImportedModel {
  report({ stage: 'compiling', share: 0 });
  const { graph, framework, frameworkVersion, warnings } = translateSklearn(root, options);
  report({ stage: 'compiling', share: 0.35 });
  const inputs = probeInputs(graph);
  const rows = inputs[0]?.shape[0] ?? 0;
  const { numeric, stage } = splitText(graph);
  const onnx = toOnnx(numeric, {
    framework,
    ...(frameworkVersion !== null && { framework_version: frameworkVersion }),
  });
  report({ stage: 'compiling', share: 0.65 });
  // What onnxruntime cannot take, such as a tree of thousands of levels, is refused whoever wrote the graph.
  guardModel(readOnnx(onnx));
  report({ stage: 'compiling', share: 0.9 });
  const split = stage ? null : splitTrees(numeric);
  report({ stage: 'compiling', share: 0.95 });
  const expected = evaluateWithTerms(graph, inputs, rows);
  const cancelling = cancellation(expected);
  return {
    format,
    framework,
    frameworkVersion,
    signature: graphSignature(graph),
    onnx,
    textStage: stage && writeTextStage(stage),
    inlineGraph: writeInlineGraph(graph, inputs),
    treeSplit: split && writeTreeSplit(split),
    warnings: cancelling === null ? warnings : [...warnings, cancelling],
    parity: { inputs, expected },
  };
}
