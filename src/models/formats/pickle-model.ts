import { compileEvaluator } from '../graph/evaluate';
import { probeInputs } from '../graph/probes';
import { toOnnx } from '../graph/to-onnx';
import type { ImportedModel } from '../imported-model';
import { lightgbmRecord } from './lightgbm/booster-record';
import { readPickle } from './pickle/read-pickle';
import type { PyValue } from './pickle/records';
import { graphSignature } from './sklearn/signature';
import { translateSklearn } from './sklearn/translate-sklearn';
import { xgboostRecord } from './xgboost/booster-record';

/**
 * Reads a pickle or joblib file as data, translates the estimator in it and compiles it, with the evaluator's answers
 * to probe rows for the parity check.
 * @throws AppError the reason why it cannot be served
 */
export function importPickle(bytes: Uint8Array): ImportedModel {
  const file = readPickle(bytes);
  return compileModel(file.root, file.format);
}

/**
 * The same for a model file of XGBoost (JSON or UBJSON) or LightGBM (text).
 * @throws AppError the reason why it cannot be served
 */
export function importBooster(bytes: Uint8Array, format: 'xgboost' | 'lightgbm'): ImportedModel {
  return compileModel(format === 'xgboost' ? xgboostRecord(bytes) : lightgbmRecord(bytes), format);
}

function compileModel(root: PyValue, format: ImportedModel['format']): ImportedModel {
  const { graph, framework, frameworkVersion, warnings } = translateSklearn(root);
  const inputs = probeInputs(graph);
  const rows = inputs[0]?.shape[0] ?? 0;
  return {
    format,
    framework,
    frameworkVersion,
    signature: graphSignature(graph),
    onnx: toOnnx(graph, { framework, ...(frameworkVersion !== null && { framework_version: frameworkVersion }) }),
    warnings,
    parity: { inputs, expected: compileEvaluator(graph)(inputs, rows) },
  };
}
