import type { ErrorData } from '../common/errors';
import type { Datatype, Signature } from '../common/signature';

/**
 * What the HTTP thread and a worker thread tell each other: plain data, so that it survives the structured clone.
 * Replies are ASCII text, not bytes: a one-byte string is cloned with one memcpy and goes out in the same write as the
 * response's head, which a buffer does not. The answer to a lone large request is bytes: its memory changes hands, while
 * a string of that size is copied four times on its way, and fills the HTTP thread's heap, which has V8 collect it whole.
 */

/**
 * How an entry is read and answered: `features` as `/predict` and `/infer` have it, `flat` one record at top level, `raw`
 * rows of numbers that are nothing but bytes. `_AS_BINARY`: answered in tensors that are bytes, not in JSON.
 */
export const FEATURES = 0;
export const FLAT = 1;
export const RAW = 2;
export const FEATURES_AS_BINARY = 3;
export const RAW_AS_BINARY = 4;
export type EntryKind = typeof FEATURES | typeof FLAT | typeof RAW | typeof FEATURES_AS_BINARY | typeof RAW_AS_BINARY;

/** An answer in binary tensors. */
export interface BinaryAnswer {
  /** JSON array of the tensors: names, datatypes, shapes and the sizes of their bytes. */
  outputs: string;
  /** The tensors' bytes, one after another. */
  bytes: Uint8Array;
}

/** The `workerData` of a pool: everything a thread needs to load the model, so that a replaced thread serves too. */
export interface WorkerModel {
  /** The version that is deployed; a request may ask for it. */
  version: number;
  /** Absolute path of the ONNX graph. */
  modelPath: string;
  /** Absolute path of what is done to text before the graph runs; null for most models. */
  textStagePath: string | null;
  /** Absolute path of the graph parted at its trees, for batches; null for most models. */
  treeSplitPath: string | null;
  signature: Signature;
  /** The graph was compiled by this server: `basic` optimisation keeps its arithmetic, and rows are independent. */
  compiled: boolean;
  /** Threads inside one run. */
  intraOpThreads: number;
  /** Most rows of several requests that run at once; a single request with more of them runs alone. */
  maxRows: number;
  /** The preprocessor's document, or null. */
  preprocessor: unknown;
  /** JSON Schema of one record, or null. */
  inputSchema: unknown;
  /** Rows to warm up with, as `features` would have them; null draws them from the signature. */
  warmup: unknown;
}

/** Loads the model and answers a warm-up run, then waits until as many threads as `arrivals[1]` says have done so. */
export interface WarmUpTask {
  type: 'warm-up';
  /** Shared: `[0]` counts the threads that have arrived, `[1]` is how many there are. */
  arrivals: Int32Array;
  timeoutMs: number;
  /** Whether to give back what the start has left behind before answering: smaller, and tens of milliseconds later. */
  tidy: boolean;
}

export interface WarmUpResult {
  type: 'warm-up';
  error: ErrorData | null;
  loadMs: number;
  /** Whether rows of different requests may share a run. */
  joinable: boolean;
  heapBytes: number;
}

/** Gives back what the start of a thread that was hurried has left behind. */
export interface TidyTask {
  type: 'tidy';
}

/** Longer strings are not V8's young objects: they are large ones, which only collections of the whole heap free. */
export const LARGE_ANSWER = 128 * 1024;

/** Requests that are answered together. Entry `i` is `bytes[ends[i-1] .. ends[i])`. */
export interface BatchTask {
  type: 'batch';
  bytes: Uint8Array;
  ends: number[];
  kinds: EntryKind[];
  /** By entry: the datatype of raw rows where the request says it; null when none does. */
  datatypes: (Datatype | null)[] | null;
}

export interface BatchResult {
  type: 'batch';
  /**
   * The answers one after another, each open at its end: the HTTP thread adds latency and timestamp. In ASCII; as bytes
   * that own their memory where one entry has an answer of {@link LARGE_ANSWER} characters or more.
   */
  text: string | Uint8Array;
  /** Where each entry's answer ends in `text`; a failed entry's is empty. */
  ends: number[];
  /** Answers in binary tensors by entry, whose text is empty then; null when there are none. */
  binaries: (BinaryAnswer | undefined)[] | null;
  /** Failures by entry; a hole is a success. */
  errors: (ErrorData | undefined)[] | null;
  /** Rows of each entry; 0 for one that could not be read. */
  rows: number[];
  /** One record for each call into the runtime. */
  runs: { rows: number; computeMs: number }[];
  heapBytes: number;
}

/** One entry's answer out of a batch's, without a copy. */
export function textBetween({ text }: BatchResult, start: number, end: number): string | Uint8Array {
  return typeof text === 'string' ? text.slice(start, end) : text.subarray(start, end);
}

export type Task = WarmUpTask | TidyTask | BatchTask;
export type TaskResult = WarmUpResult | TidyTask | BatchResult;
