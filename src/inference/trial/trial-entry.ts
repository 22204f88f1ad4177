import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Datatype } from '../../common/signature';
import type { Tensor } from '../../common/tensor';
import { compileTextStage, readTextStage, type StageRunner } from '../../common/text/text-stage';
import { RUNTIME_TYPES, runtimeTensor } from '../worker/runtime-types';
import type { TrialMessage, TrialRequest, TrialRun } from './trial-protocol';

const DATATYPES = new Map(Object.entries(RUNTIME_TYPES).map(([datatype, type]) => [type, datatype as Datatype]));

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};

/** `y = Identity(x)`, as an ONNX file. */
const SMALLEST_MODEL = Buffer.from(
  'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAN',
  'base64',
);

/** Answers of more values than this are not worth carrying to the parent. */
const MAX_OUTPUT_VALUES = 2 ** 24;

/** Entry of the child process: one request, its answer, the end. It may be killed at any moment. */
process.once('message', (request: TrialRequest) => {
  void answer(request).then((message) => {
    process.send!(message, () => process.disconnect());
  });
});
// A model must not slow the requests that the server answers meanwhile.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
send({ type: 'ready' });

async function answer(request: TrialRequest): Promise<TrialMessage> {
  // What the runtime itself takes at its first session is the process's, not the model's.
  await InferenceSession.create(SMALLEST_MODEL, SESSION_OPTIONS);
  const rssBefore = process.memoryUsage.rss();
  const startedAt = performance.now();
  let session: InferenceSession;
  let stage: StageRunner | null;
  try {
    session = await InferenceSession.create(request.modelPath, {
      ...SESSION_OPTIONS,
      graphOptimizationLevel: request.optimization,
    });
    stage =
      request.textStagePath === null ? null : compileTextStage(readTextStage(readFileSync(request.textStagePath)));
  } catch (error) {
    return { type: 'refused', message: messageOf(error) };
  }
  const loadMs = performance.now() - startedAt;
  send({ type: 'loaded' });
  const runs: TrialRun[] = [];
  for (const inputs of request.runs) runs.push(await run(session, stage, request, inputs));
  return { type: 'done', runs, loadMs, memoryBytes: Math.max(0, process.memoryUsage.rss() - rssBefore) };
}

async function run(
  session: InferenceSession,
  stage: StageRunner | null,
  request: TrialRequest,
  inputs: Tensor[],
): Promise<TrialRun> {
  try {
    const feeds: Record<string, RuntimeTensor> = {};
    const texts = new Map<string, string[]>();
    inputs.forEach(({ datatype, data, shape }, i) => {
      const name = request.inputNames[i]!;
      if (Array.isArray(data)) texts.set(name, data);
      if (stage && !session.inputNames.includes(name)) return;
      feeds[name] = runtimeTensor(datatype, data, shape);
    });
    for (const [name, { data, dims }] of stage?.(texts, inputs[0]!.shape[0]!) ?? []) {
      feeds[name] = new RuntimeTensor('float64', data, dims);
    }
    const answered = await session.run(feeds, request.outputNames);
    return {
      ok: true,
      outputs: request.outputNames.map((name) => toTensor(answered[name], name)),
    };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

function toTensor(value: RuntimeTensor | undefined, name: string): Tensor {
  const datatype = value && DATATYPES.get(value.type);
  if (!datatype) throw new Error(`output ${name} is no tensor that can be answered`);
  const { data, dims } = value;
  if (data.length > MAX_OUTPUT_VALUES) throw new Error(`output ${name} has ${data.length} values`);
  return { datatype, shape: [...dims], data: data };
}

function send(message: TrialMessage): void {
  process.send!(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
