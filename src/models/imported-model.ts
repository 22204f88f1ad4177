import type { Signature } from '../common/signature';
import type { Tensor } from '../common/tensor';
import type { Answers } from './graph/sum-terms';

/** What an uploaded file became: plain data, so that it can cross from the import worker. */
export interface ImportedModel {
  format: 'onnx' | 'pickle' | 'joblib' | 'xgboost' | 'lightgbm';
  /** `scikit-learn`, `onnx`, ... and, where the file says it, the version that wrote it. */
  framework: string;
  frameworkVersion: string | null;
  signature: Signature;
  /** The graph to deploy: compiled, or the uploaded one after the guard (and without a terminal ZipMap). */
  onnx: Uint8Array;
  /** What is done to text before the graph runs, as `writeTextStage` has it; null for a model that takes no text apart. */
  textStage: Uint8Array | null;
  /** The graph for the HTTP thread, as `writeInlineGraph` has it; null for most models. */
  inlineGraph: Uint8Array | null;
  /** The graph parted at its trees, as `writeTreeSplit` has it; null for a model without many trees. */
  treeSplit: Uint8Array | null;
  warnings: string[];
  /** Probe rows, one tensor an input, and what the evaluator answers to them; null for uploaded ONNX. */
  parity: { inputs: Tensor[]; expected: Answers } | null;
}
