import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppError } from '../../src/common/errors';
import type { Signature } from '../../src/common/signature';
import type { EndpointOptions } from '../../src/inference/endpoint-options';
import { Entry, type Reply } from '../../src/inference/entry';
import { type EntryKind, FEATURES, type WorkerModel } from '../../src/inference/protocol';
import { Metrics } from '../../src/monitoring/metrics';

const FOLDER = join(__dirname, '..', 'golden', 'inference');

export interface Golden {
  signature: Signature;
  rows: unknown[];
  /** What onnxruntime for Python answers, by output. */
  expected: Record<string, unknown[]>;
}

/** A graph of test/golden/inference with what belongs to it. */
export function golden(name: string): Golden {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Golden;
}

export function workerModel(name: string, overrides: Partial<WorkerModel> = {}): WorkerModel {
  return {
    version: 1,
    modelPath: join(FOLDER, `${name}.onnx`),
    textStagePath: null,
    treeSplitPath: null,
    signature: golden(name).signature,
    compiled: false,
    intraOpThreads: 1,
    maxRows: 64,
    preprocessor: null,
    inputSchema: null,
    warmup: null,
    ...overrides,
  };
}

export function endpointOptions(name: string, overrides: Partial<EndpointOptions> = {}): EndpointOptions {
  return {
    modelId: name,
    version: 1,
    environment: 'production',
    model: workerModel(name, { compiled: name === 'spin' }),
    workers: 1,
    timeoutMs: 60_000,
    batching: { maxSize: 64, maxDelayMs: 0, maxQueue: 256 },
    metrics: new Metrics().forModel({ service: name, model_id: name, version: '1', environment: 'production' }),
    ...overrides,
  };
}

/** An entry whose answer is a promise: of the text, or of the failure as a rejection. */
export function ask(
  body: unknown,
  { kind = FEATURES, isAbandoned = () => false }: { kind?: EntryKind; isAbandoned?: () => boolean } = {},
): { entry: Entry; answer: Promise<string> } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const answered: Reply['answered'] = (answer) => resolve(answer as string);
  const reply: Reply = { answered, failed: (error: AppError) => reject(error), isAbandoned };
  promise.catch(() => undefined);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { entry: new Entry(Buffer.from(text), kind, reply), answer: promise };
}
