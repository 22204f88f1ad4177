import { AppError } from '../../common/errors';
import type { Signature } from '../../common/signature';
import type { Tensor } from '../../common/tensor';
import { takesAnyNumbers } from '../takes-any-numbers';
import { observeSignature } from './observed-signature';
import { probeInputs } from './probe-inputs';
import { cleanRuntimeMessage, codeOfRuntimeMessage } from './runtime-message';
import type { TrialBounds } from './trial-process';
import type { TrialRequest, TrialRun } from './trial-protocol';
import { TrialStarter } from './trial-starter';

/** One for each thread that tries models. */
const starter = new TrialStarter();

export interface TrialOptions extends TrialBounds {
  modelPath: string;
  /** What is done to text before the graph runs, if anything. */
  textStagePath?: string | null;
  signature: Signature;
  /**
   * Whether the graph was compiled by this server. Such graphs are loaded with level `basic`: higher ones fuse MatMul
   * and a scale into an operator whose factor is float32 (onnxruntime MatMulScaleFusion), which costs 1e-8.
   */
  compiled: boolean;
  /** Rows to run, one tensor an input; null makes up one row and then two, to learn the shapes of the answers. */
  inputs: Tensor[] | null;
}

export interface TrialResult {
  /** As given, or corrected by what was observed where `inputs` is null. */
  signature: Signature;
  /** Answers to `inputs`, or to the one made-up row (empty when it could not be run), in the order of the signature. */
  outputs: Tensor[];
  /** Growth of resident memory by loading and running. */
  memoryBytes: number;
  loadMs: number;
  warnings: string[];
}

/**
 * Proves that onnxruntime loads and runs a model, in a short-lived process that can be killed.
 * @throws AppError import_limit past a bound, model_corrupt or model_unsupported when the runtime refuses or crashes
 */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { signature, inputs } = options;
  const isFree = signature.inputs.some(({ shape }) => shape[0] === -1);
  const runs = inputs ? [inputs] : [probeInputs(signature, 1), ...(isFree ? [probeInputs(signature, 2)] : [])];
  const request: TrialRequest = {
    modelPath: options.modelPath,
    textStagePath: options.textStagePath ?? null,
    optimization: options.compiled ? 'basic' : 'all',
    inputNames: signature.inputs.map(({ name }) => name),
    outputNames: signature.outputs.map(({ name }) => name),
    runs,
  };
  const done = await starter.run(request, options);
  const { memoryBytes, loadMs } = done;
  const first = done.runs[0]!;
  if (!first.ok) {
    const message = failure(first, options);
    return { signature, outputs: [], memoryBytes, loadMs, warnings: [message] };
  }
  if (inputs) return { signature, outputs: first.outputs, memoryBytes, loadMs, warnings: [] };
  const second = done.runs[1];
  const observed = observeSignature(signature, first.outputs, second?.ok ? second.outputs : null);
  return { ...observed, outputs: first.outputs, memoryBytes, loadMs };
}

/**
 * Made-up rows of plain numbers must run. Others (texts, codes, images) may be nothing that the model knows, which is
 * no reason to refuse it: a warning then.
 */
function failure(run: Extract<TrialRun, { ok: false }>, { inputs, signature }: TrialOptions): string {
  const words = cleanRuntimeMessage(run.message);
  const code = codeOfRuntimeMessage(run.message);
  if (inputs || takesAnyNumbers(signature) || code === 'import_limit') {
    throw new AppError(code, `onnxruntime loads the model but cannot run it: ${words}`);
  }
  return `the model could not be tried on made-up rows: ${words}`;
}
