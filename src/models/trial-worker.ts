// First: what is loaded after it is loaded behind the HTTP thread.
import './background-thread';
import { AppError, type ErrorData } from '../common/errors';
import { runTrial, type TrialOptions, type TrialResult } from '../inference/trial/run-trial';
import { compareOutputs, type Parity } from './graph/parity';
import type { Answers } from './graph/sum-terms';
import { ImportGauge } from './import-gauge';

/** What the trial thread is asked for. */
export interface TrialTask {
  options: Omit<TrialOptions, 'onLoaded'>;
  /** What the evaluator answers to the inputs; null where there is nothing to compare. */
  expected: Answers | null;
  /** Of an `ImportGauge`: how far it is. */
  progress: SharedArrayBuffer;
}

/** What the trial has shown; the answers themselves stay in the thread. */
export type TrialReport = Omit<TrialResult, 'outputs'> & { parity: Parity | null };

/** Errors cross threads as data: classes and codes are lost on the way. */
export type TrialReply = { ok: true; report: TrialReport } | { ok: false; error: ErrorData };

/** Share of a trial that loading takes: the probe rows are few. */
const LOADED = 0.9;

/**
 * Entry of the trial thread: has a child process load and run a model, and compares its answers. A thread of its own,
 * because starting the first process blocks until it has been scheduled, 10 to 160 ms beside other work.
 */
export default async function tryModel({ options, expected, progress }: TrialTask): Promise<TrialReply> {
  const gauge = new ImportGauge(progress);
  gauge.write({ stage: 'proving', share: 0 });
  try {
    const onLoaded = (): void => gauge.write({ stage: 'proving', share: LOADED });
    const { outputs, ...rest } = await runTrial({ ...options, onLoaded });
    const parity = expected && compareOutputs(expected.outputs, outputs, expected);
    return { ok: true, report: { ...rest, parity } };
  } catch (error) {
    if (error instanceof AppError) return { ok: false, error: error.toData() };
    throw error;
  }
}
