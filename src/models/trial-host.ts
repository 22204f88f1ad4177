import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { AppError } from '../common/errors';
import { PatientTurns } from './patient-turns';
import { runInPool } from './run-in-pool';
import type { TrialReply, TrialReport, TrialTask } from './trial-worker';

/** Each trial is a process of its own with a copy of the model; more at once would only wait for each other. */
const TRIALS_AT_ONCE = 2;

/** Runs trials from a thread that only waits for their processes; further ones wait for their turn. */
@Injectable()
export class TrialHost implements OnModuleDestroy {
  private readonly turns = new PatientTurns(TRIALS_AT_ONCE);
  private readonly pool = new Piscina({
    filename: join(__dirname, 'trial-worker.js'),
    minThreads: 0,
    maxThreads: 1,
    concurrentTasksPerWorker: TRIALS_AT_ONCE,
    // Longer than it keeps the process that starts trials, see there.
    idleTimeout: 10_000,
    // Its event loop goes on while it has nothing to do: it hears of the process that starts trials when that ends.
    atomics: 'disabled',
    recordTiming: false,
  });

  constructor() {
    // A thread that dies rejects its own task; the event would otherwise be an uncaught exception.
    this.pool.on('error', () => undefined);
  }

  /** @throws AppError import_limit past a bound, model_corrupt or model_unsupported when the runtime refuses or crashes */
  async run(task: TrialTask): Promise<TrialReport> {
    const reply = await this.turns.run(() => runInPool(this.pool, task) as Promise<TrialReply>);
    if (reply.ok) return reply.report;
    throw AppError.fromData(reply.error);
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.destroy();
  }
}
