import type { Tensor } from '../../common/tensor';

/** What the child process is asked for; plain data, cloned over the channel. */
export interface TrialRequest {
  modelPath: string;
  /** Path of what is done to text before the graph runs, or null. */
  textStagePath: string | null;
  /** `basic` keeps the arithmetic of compiled graphs as they were written: see `TrialOptions.compiled`. */
  optimization: 'basic' | 'all';
  inputNames: string[];
  outputNames: string[];
  /** Runs one after another: one tensor an input. */
  runs: Tensor[][];
}

/** One run: the outputs in the order asked for, or why there are none. */
export type TrialRun = { ok: true; outputs: Tensor[] } | { ok: false; message: string };

export type TrialMessage =
  /** Sent before anything native runs, so that a crash can be told from a child that never started. */
  | { type: 'ready' }
  | { type: 'refused'; message: string }
  | { type: 'loaded' }
  | { type: 'done'; runs: TrialRun[]; memoryBytes: number; loadMs: number };
