import { compileEvaluator } from '../graph/evaluate';
import { probeInputs } from '../graph/probes';
import { toOnnx } from '../graph/to-onnx';
import type { ImportedModel } from '../imported-model';
import { guardModel } from './onnx/guard';
import { readModel } from './onnx/reader';
import { readPickle } from './pickle/read-pickle';
import { graphSignature } from './sklearn/signature';
import { translateSklearn } from './sklearn/translate-sklearn';

/**
 * Reads a pickle or joblib file as data, translates the estimator in it and compiles it, with the evaluator's answers
 * to probe rows for the parity check.
 * @throws AppError the reason why it cannot be served
 */
export function importPickle(bytes: Uint8Array): ImportedModel {
  const file = readPickle(bytes);
  const { graph, framework, frameworkVersion, warnings } = translateSklearn(file.root);
  const inputs = probeInputs(graph);
  const rows = inputs[0]?.shape[0] ?? 0;
  const onnx = toOnnx(graph, { framework, ...(frameworkVersion !== null && { framework_version: frameworkVersion }) });
  // What onnxruntime cannot take, such as a tree of thousands of levels, is refused whoever wrote the graph.
  guardModel(readModel(onnx));
  return {
    format: file.format,
    framework,
    frameworkVersion,
    signature: graphSignature(graph),
    onnx,
    warnings,
    parity: { inputs, expected: compileEvaluator(graph)(inputs, rows) },
  };
}
