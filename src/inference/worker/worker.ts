import { getHeapStatistics } from 'node:v8';
import { workerData } from 'node:worker_threads';
import type { move } from 'piscina';
import { AppError, type ErrorData } from '../../common/errors';
import { freeBytes } from '../../common/http/body-memory';
import { releaseStartupMemory } from '../../common/release-memory';
import { BEHIND_REQUESTS, lowerThreadPriority } from '../../common/thread-priority';
import {
  LARGE_ANSWER,
  type BatchResult,
  type BatchTask,
  type Task,
  type TaskResult,
  type WarmUpResult,
  type WarmUpTask,
  type WorkerModel,
} from '../protocol';
import { type LoadedModel, loadModel } from './load-model';
import { awaitAllThreads } from './warm-up';

/**
 * Entry of an inference thread. Nothing is loaded when this module is: the model is on the first task, so that a
 * failure is data instead of a thread that cannot start, and a thread that replaces a lost one serves like the others.
 */
let loading: Promise<LoadedModel> | null = null;
let batches = 0;
let heapBytes = 0;

// Reading requests and sending answers off takes little; while it waits for a core, nobody else has work either.
lowerThreadPriority(BEHIND_REQUESTS);

/** A result in the pool's envelope, which says whose memory changes hands; it arrives as the result alone. */
type Enveloped = ReturnType<typeof move>;

/** What the pool asks of a thread: never throws, what fails is in the result. */
export default async function work(task: Task): Promise<TaskResult | Enveloped> {
  if (task.type === 'batch') return answer(task);
  if (task.type === 'warm-up') return warmUp(task);
  releaseStartupMemory();
  return task;
}

/** The model, loaded once; a load that failed is forgotten, so that the next task tries again. */
async function load(): Promise<LoadedModel> {
  // Piscina wraps the data that the pool was given.
  loading ??= loadModel((Array.isArray(workerData) ? workerData[1] : workerData) as WorkerModel);
  try {
    return await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}

async function warmUp({ arrivals, timeoutMs, tidy }: WarmUpTask): Promise<WarmUpResult> {
  const result: WarmUpResult = {
    type: 'warm-up',
    error: null,
    loadMs: 0,
    joinable: true,
    heapBytes: 0,
  };
  try {
    const { loadMs, joinable } = await load();
    Object.assign(result, { loadMs, joinable });
  } catch (error) {
    result.error = asData(error);
  }
  // A thread is mostly heap: with many models this is a quarter of what each takes.
  if (tidy) releaseStartupMemory();
  awaitAllThreads(arrivals, timeoutMs);
  return { ...result, heapBytes: usedHeap() };
}

async function answer(task: BatchTask): Promise<BatchResult | Enveloped> {
  // Asking V8 costs more than encoding a reply; once in a while is enough for a gauge.
  if (batches++ % 256 === 0) heapBytes = usedHeap();
  try {
    const { runner } = await load();
    const result = await runner.answer(task);
    freeBytes(task.bytes);
    return await handOver({ ...result, heapBytes });
  } catch (error) {
    return failed(task, error);
  }
}

/** What every entry is told when the model could not be loaded, or the batch failed as a whole. */
function failed({ ends }: BatchTask, error: unknown): BatchResult {
  const none = ends.map(() => 0);
  const errors = ends.map(() => asData(error));
  return { type: 'batch', text: '', ends: none, binaries: null, errors, rows: none, runs: [], heapBytes };
}

/** Has the memory of large answers change hands; without it, it would be copied in both threads. */
async function handOver(result: BatchResult): Promise<BatchResult | Enveloped> {
  const bytes = [result.text, ...(result.binaries ?? []).map((binary) => binary?.bytes)];
  const buffers = bytes
    .filter((one) => one instanceof Uint8Array)
    .filter(ownsMuch)
    .map(({ buffer }) => buffer);
  if (buffers.length === 0) return result;
  // Most threads never have a large answer: they need not load what a pool is made of.
  const pool = await import('piscina');
  return pool.move({ [pool.transferableSymbol]: buffers, [pool.valueSymbol]: result });
}

function ownsMuch({ buffer, byteLength }: Uint8Array): boolean {
  return byteLength >= LARGE_ANSWER && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
}

function usedHeap(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function asData(error: unknown): ErrorData {
  if (error instanceof AppError) return error.toData();
  return { code: 'internal', message: 'The worker could not load the model or answer with it', reason: String(error) };
}
