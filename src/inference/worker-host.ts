import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Piscina } from 'piscina';
import { AppError } from '../common/errors';
import type { Datatype } from '../common/signature';
import type {
  BatchResult,
  BatchTask,
  EntryKind,
  Task,
  TaskResult,
  WarmUpResult,
  WarmUpTask,
  WorkerModel,
} from './protocol';

/** What was learnt while the threads loaded the model. */
export interface LoadReport {
  loadMs: number;
  joinable: boolean;
  /** Heap of all threads together. */
  heapBytes: number;
}

/** One request's bytes and how they are read. */
export interface BatchEntry {
  body: Uint8Array;
  kind: EntryKind;
  /** Of raw rows, where the request says it. */
  datatype?: Datatype | null;
}

/** Above this a copy costs more than detaching the buffer. */
const TRANSFER_BYTES = 32 * 1024;

/**
 * Owns the thread pool of one endpoint. Threads are never terminated while they may be inside onnxruntime: that aborts
 * the whole process. So no abort signal is ever given, and {@link close} is for a pool that has nothing to do.
 */
export class WorkerHost {
  private readonly pool: Piscina<Task, TaskResult>;
  private readonly tasks = new Set<Promise<TaskResult>>();

  /** @param onLost told when a thread ends by itself; its batch fails, and a new thread takes its place */
  constructor(
    model: WorkerModel,
    readonly workers: number,
    onLost: (error: AppError) => void,
  ) {
    this.pool = new Piscina({
      filename: workerFile(),
      workerData: model,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      recordTiming: false,
      // A young generation of 2 MB a semi-space keeps a thread some MB smaller; what a batch allocates dies with it.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    // Without a listener the event would be an uncaught exception.
    this.pool.on('error', (error: Error) => onLost(lost(error)));
  }

  /**
   * Has every thread load the model and answer a warm-up run.
   * @param tidy whether the threads first give back what their start has left behind; nobody should wait then
   * @throws AppError the first thread's failure, or inference_failed when they are not done in time
   */
  async start(timeoutMs: number, tidy = true): Promise<LoadReport> {
    const arrivals = new Int32Array(new SharedArrayBuffer(8));
    arrivals[1] = this.workers;
    const task: WarmUpTask = { type: 'warm-up', arrivals, timeoutMs, tidy };
    const tasks = Array.from({ length: this.workers }, () => this.runTask(task));
    const results = (await within(Promise.all(tasks), timeoutMs)) as WarmUpResult[];
    const failed = results.find((result) => result.error !== null);
    if (failed?.error) throw AppError.fromData(failed.error);
    return {
      loadMs: Math.max(...results.map((result) => result.loadMs)),
      joinable: results.every((result) => result.joinable),
      heapBytes: results.reduce((sum, result) => sum + result.heapBytes, 0),
    };
  }

  /**
   * Answers a batch on a free thread; the caller posts no more batches than there are threads.
   * @throws AppError worker_lost when the thread ended meanwhile
   */
  async run(entries: readonly BatchEntry[]): Promise<BatchResult> {
    const { task, transfer } = pack(entries);
    return (await this.runTask(task, transfer)) as BatchResult;
  }

  /** Has the threads of a start that was not tidy give back what it left behind; only when nothing runs. */
  async tidy(): Promise<void> {
    await Promise.all(Array.from({ length: this.workers }, () => this.runTask({ type: 'tidy' })));
  }

  /**
   * Lets the threads go. Only for a pool that is given nothing more: it waits for what runs, without a limit of time.
   * Not by the pool's own `close`: past a deadline that ends threads that run, and its timer, which is never cleared,
   * holds all that belongs to the pool until then (piscina 5.3).
   */
  async close(): Promise<void> {
    await Promise.allSettled(this.tasks);
    // eslint-disable-next-line no-restricted-syntax -- nothing runs any more, see above
    await this.pool.destroy();
  }

  private async runTask(task: Task, transferList: ArrayBuffer[] = []): Promise<TaskResult> {
    const running = this.pool.run(task, { transferList });
    this.tasks.add(running);
    try {
      return await running;
    } catch (error) {
      throw lost(error);
    } finally {
      this.tasks.delete(running);
    }
  }
}

function lost(error: unknown): AppError {
  return new AppError('worker_lost', 'The worker thread ended while it answered; another takes its place', {
    reason: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}

/** Joins the bodies into one buffer, or hands a large lone body over without a copy where it owns its memory. */
function pack(entries: readonly BatchEntry[]): { task: BatchTask; transfer: ArrayBuffer[] } {
  const ends: number[] = [];
  const kinds: EntryKind[] = [];
  let datatypes: (Datatype | null)[] | null = null;
  let length = 0;
  for (const { body, kind, datatype } of entries) {
    ends.push((length += body.byteLength));
    kinds.push(kind);
    if (datatype) (datatypes ??= new Array<Datatype | null>(entries.length).fill(null))[kinds.length - 1] = datatype;
  }
  const only = entries.length === 1 ? entries[0]?.body : undefined;
  const owned = only && length > TRANSFER_BYTES && only.byteLength === only.buffer.byteLength;
  const bytes = owned ? new Uint8Array(only.buffer) : joined(entries, length);
  const transfer = length > TRANSFER_BYTES ? [bytes.buffer as ArrayBuffer] : [];
  return { task: { type: 'batch', bytes, ends, kinds, datatypes }, transfer };
}

function joined(entries: readonly BatchEntry[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const { body } of entries) {
    bytes.set(body, at);
    at += body.byteLength;
  }
  return bytes;
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AppError('inference_failed', `The model was not loaded and warm within ${timeoutMs / 1000} s`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Threads run compiled JavaScript; under a test runner that compiles on the fly it is in dist/, built before. */
function workerFile(): string {
  const beside = join(__dirname, 'worker', 'worker.js');
  if (existsSync(beside)) return beside;
  return beside.replace(`${sep}src${sep}`, `${sep}dist${sep}`);
}
