import { existsSync } from 'node:fs';
import { AppError } from '../../common/errors';
import type { FeatureSpec, Signature } from '../../common/signature';
import type { WorkerModel } from '../protocol';
import { cleanRuntimeMessage } from '../trial/runtime-message';
import { takesAnyNumbers } from '../takes-any-numbers';
import { compileBinaryReply } from './codecs/binary-reply';
import type { ItemDecoder, Items } from './codecs/item-decoder';
import { compileReplyEncoder, type OutputData } from './codecs/reply-encoder';
import { RawRowReader } from './codecs/raw-rows';
import { compileRowDecoder } from './codecs/row-decoder';
import { RowScanner, tableShapeOf } from './codecs/scan-rows';
import { compileTensorDecoder, innerSizesOf, itemAxes } from './codecs/tensor-decoder';
import type { Preprocess, ReaderParts } from './entry-reader';
import { ModelRunner, type RunnerParts } from './model-runner';
import { Session } from './session';
import { drawFeeds, warmUpTask } from './warm-up';

export interface LoadedModel {
  runner: ModelRunner;
  joinable: boolean;
  loadMs: number;
}

/**
 * Loads the graph, compiles what surrounds it and answers a warm-up run.
 * @throws AppError inference_failed when it cannot be loaded or fails its warm-up; the codes of reading a request when
 * the rows given for the warm-up do not fit
 */
export async function loadModel(model: WorkerModel): Promise<LoadedModel> {
  const startedAt = performance.now();
  const session = await Session.load(model).catch((error: unknown) => {
    const why = existsSync(model.modelPath)
      ? cleanRuntimeMessage(messageOf(error))
      : 'its file is no longer in DATA_DIR';
    const reason = String(error);
    throw new AppError('inference_failed', `The model could not be loaded: ${why}`, { reason, cause: error });
  });
  const parts = compileParts(model, session);
  const loadMs = performance.now() - startedAt;
  parts.joinable = await warmUp(model, parts);
  const runner = new ModelRunner(model, parts);
  if (model.warmup !== null && model.warmup !== undefined) {
    const { errors } = await runner.answer(warmUpTask(model.warmup));
    if (errors?.[0]) throw AppError.fromData({ ...errors[0], message: `Warm-up: ${errors[0].message}` });
  }
  return { runner, joinable: parts.joinable, loadMs };
}

function compileParts(model: WorkerModel, session: Session): RunnerParts {
  const { signature } = model;
  const fixed = signature.whole ? 1 : (signature.inputs[0]?.shape[0] ?? -1);
  const base = {
    version: model.version,
    session: signature.whole ? wholeSession(session) : session,
    encoder: compileReplyEncoder(signature),
    fixedRows: fixed >= 0 ? fixed : null,
    joinable: true,
  };
  const around = { ...compileSurroundings(model), ...compileBinary(signature, base.encoder.outputNames) };
  if (signature.features) {
    const decoder = compileRowDecoder({ ...signature, features: signature.features }, extraFields(model));
    const table = around.preprocess || around.checkRecord ? null : tableShapeOf(signature);
    return { ...base, ...around, decoder, decoderFor: () => decoder, scanner: table && new RowScanner(table) };
  }
  const decoders = new Map<string, ItemDecoder>();
  const decoderFor = (items: Items): ItemDecoder => {
    const sizes = innerSizesOf(signature, items.list[0]);
    const key = JSON.stringify(sizes);
    const decoder = decoders.get(key) ?? compileTensorDecoder(signature, sizes);
    // Sizes come from clients: remember some, not all.
    if (decoders.size < 64) decoders.set(key, decoder);
    return decoder;
  };
  return { ...base, ...around, decoder: compileTensorDecoder(signature, []), decoderFor, scanner: null };
}

/** What binary bodies are read and answered with, once one is asked: most models never see any. */
function compileBinary(signature: Signature, outputNames: readonly string[]) {
  let reader: RawRowReader | null = null;
  let reply: ReturnType<typeof compileBinaryReply> | null = null;
  const parts: Pick<RunnerParts, 'rawReader' | 'binaryReply'> = {
    rawReader: () => (reader ??= RawRowReader.compile(signature)),
    binaryReply: (outputs, rows, span) => (reply ??= compileBinaryReply(signature, outputNames))(outputs, rows, span),
  };
  return parts;
}

/** Modules that most models have no use for are loaded only where one has: a thread's start is mostly loading code. */
function compileSurroundings(model: WorkerModel): Pick<ReaderParts, 'preprocess' | 'checkRecord'> {
  let preprocess: Preprocess | null = null;
  let checkRecord: ReaderParts['checkRecord'] = null;
  if (model.preprocessor !== null && model.preprocessor !== undefined) {
    const { compilePreprocessor } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous and lazy
      require('../../preprocessing/compile-preprocessor') as typeof import('../../preprocessing/compile-preprocessor');
    preprocess = compilePreprocessor(model.preprocessor, { trusted: true });
  }
  if (model.inputSchema !== null && model.inputSchema !== undefined) {
    const { compileRecordSchema } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous and lazy
      require('../../preprocessing/record-schema') as typeof import('../../preprocessing/record-schema');
    checkRecord = compileRecordSchema(model.inputSchema, { trusted: true });
  }
  return { preprocess, checkRecord };
}

/** Fields that a record may have beside the features: those that the declared schema knows; any after a preprocessor. */
function extraFields(model: WorkerModel): ReadonlySet<string> | 'any' {
  if (model.preprocessor !== null && model.preprocessor !== undefined) return 'any';
  const schema = model.inputSchema as { properties?: Record<string, unknown> } | null | undefined;
  return new Set(Object.keys(schema?.properties ?? {}));
}

/**
 * Runs drawn rows, and for a graph that was not compiled here finds out whether rows are independent of each other:
 * whether two rows together are answered as each is alone. Only then may requests share a run.
 * An uploaded graph of texts, codes or nested arrays may refuse what is drawn for it; that is no fault of the deployment.
 */
async function warmUp(model: WorkerModel, parts: RunnerParts): Promise<boolean> {
  const { signature } = model;
  const { session, encoder, fixedRows } = parts;
  const run = (rows: number, shift: number): Promise<Map<string, OutputData>> =>
    session.run(drawFeeds(signature, drawingDecoder(signature, parts), rows, shift), encoder.outputNames);
  try {
    const first = await run(fixedRows ?? 1, 0);
    if (fixedRows !== null) return false;
    if (model.compiled) return true;
    const [second, both] = [await run(1, 1), await run(2, 0)];
    return encoder.outputNames.every((name) => independent(both.get(name), [first.get(name), second.get(name)]));
  } catch (error) {
    if (!model.compiled && !takesAnyNumbers(signature)) return false;
    if (error instanceof AppError) throw error;
    throw new AppError('inference_failed', 'The model failed its warm-up run', { reason: String(error), cause: error });
  }
}

function drawingDecoder(signature: Signature & { features: FeatureSpec[] | null }, parts: RunnerParts): ItemDecoder {
  if (signature.features) return parts.decoderFor({ single: true, list: [], member: '' });
  return compileTensorDecoder(
    signature,
    signature.inputs.map((spec) => itemAxes(signature, spec).map((axis) => (axis < 0 ? 1 : axis))),
  );
}

/** A session whose answers are one row each: what a run answers, whatever axes it has. */
function wholeSession(session: Session): RunnerParts['session'] {
  return {
    run: async (feeds, names) => {
      const outputs = await session.run(feeds, names);
      return new Map([...outputs].map(([name, { data, dims }]) => [name, { data, dims: [1, ...dims] }]));
    },
  };
}

/** Float kernels may add up in another order for another number of rows: equal within 1e-5 of the larger value. */
function independent(both: OutputData | undefined, alone: (OutputData | undefined)[]): boolean {
  if (!both || both.dims[0] !== 2 || alone.some((output) => output?.dims[0] !== 1)) return false;
  const separate = alone.flatMap((output) => Array.from((output as OutputData).data));
  return separate.length === both.data.length && separate.every((value, i) => same(value, both.data[i]));
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a), Math.abs(b));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
