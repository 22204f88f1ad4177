import type { AppError } from '../common/errors';
import type { ModelMetrics } from '../monitoring/metrics';
import type { InlineModel } from './inline/inline-model';
import type { WorkerModel } from './protocol';
import type { SlowPrediction } from './slow-predictions';

/** `stuck`: a run has not come back long after its deadline. */
export type EndpointState = 'starting' | 'running' | 'draining' | 'stopped' | 'stuck' | 'failed';

export interface Batching {
  /** Most rows in one run. */
  maxSize: number;
  /** How long a request may wait for company. */
  maxDelayMs: number;
  /** Most requests that wait. */
  maxQueue: number;
}

export interface EndpointOptions {
  modelId: string;
  version: number;
  environment: string;
  model: WorkerModel;
  workers: number;
  /** From the arrival of a whole request to its answer. */
  timeoutMs: number;
  batching: Batching;
  /** After so long without a request its threads are let go until the next one; absent: never. */
  idleTimeoutMs?: number;
  metrics: ModelMetrics;
  /** Reads the same model for the HTTP thread; null when it has none. Asked whenever threads have come. */
  loadInline?: () => Promise<InlineModel | null>;
  /** A run this far past the deadline of its requests counts as one that may never return; default 10 s. */
  stuckGraceMs?: number;
  /** What the loaded model takes as measured at upload; the gauge adds the heaps of its threads. */
  modelBytes?: number;
  /** Told of failures that are the server's or the model's, with the runtime's own words as the reason. */
  onFailure?: (error: AppError) => void;
  /** Told of predictions that were answered late. */
  onSlow?: (slow: SlowPrediction) => void;
}

export interface EndpointStats {
  queueDepth: number;
  requestsTotal: number;
  /** Requests that were not answered with a prediction, whoever was at fault. */
  errorsTotal: number;
  /** Seconds, over the last 1,024 requests. */
  latency: { p50: number; p95: number; p99: number };
  /** What last went wrong on this side, with the reason; null when nothing has. */
  lastError: string | null;
  /** Heaps of all threads. */
  heapBytes: number;
}
