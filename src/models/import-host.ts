import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { AppConfig } from '../common/config';
import { AppError } from '../common/errors';
import type { ImportReply, ImportRequest, ImportSummary } from './import-protocol';
import { PatientTurns } from './patient-turns';
import { runInPool } from './run-in-pool';
import { ThreadMemory } from './thread-memory';

const THREADS = 2;
/** What reading a large file may take for each of its bytes, as for a trial. */
const BYTES_FOR_A_BYTE = 8;

/**
 * Runs imports in threads that can be killed: no onnxruntime is ever loaded in them, so ending one in the middle of its
 * work is safe, unlike ending an inference thread.
 */
@Injectable()
export class ImportHost implements OnModuleDestroy {
  private readonly pool: Piscina;
  private readonly memory = new ThreadMemory(() => this.pool.threads);
  private readonly timeoutMs: number;
  private readonly memoryBytes: number;
  /** Imports wait here for a thread: in the queue of the pool their time would run. */
  private readonly turns = new PatientTurns(THREADS);

  constructor(config: AppConfig) {
    this.timeoutMs = config.importTimeoutMs;
    this.memoryBytes = config.importMemoryBytes;
    this.pool = new Piscina({
      filename: join(__dirname, 'import-worker.js'),
      minThreads: 0,
      maxThreads: THREADS,
      idleTimeout: 10_000,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(config.importMemoryBytes / 1e6) },
    });
    // A thread that dies rejects its own task; the event would otherwise be an uncaught exception.
    this.pool.on('error', () => undefined);
  }

  /**
   * Reads, translates and guards one file when its turn has come; the graph is written to `request.onnxPath`.
   * @throws AppError the reason of the refusal, or import_limit past the deadline or the heap bound
   */
  async run(request: ImportRequest): Promise<ImportSummary> {
    const reply = await this.turns.run(() => this.reply(request));
    if (reply.ok) return reply.summary;
    throw AppError.fromData(reply.error);
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.destroy();
  }

  private async reply(request: ImportRequest): Promise<ImportReply> {
    const { size } = await stat(request.path);
    const maxBytes = Math.max(this.memoryBytes, BYTES_FOR_A_BYTE * size);
    const { ended } = this.memory;
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      return (await this.memory.bound(maxBytes, () => runInPool(this.pool, request, { signal }))) as ImportReply;
    } catch (error) {
      if (signal.aborted) {
        throw new AppError('import_limit', `the file could not be read and compiled within ${this.timeoutMs / 1000} s`);
      }
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' || this.memory.ended > ended) {
        throw new AppError(
          'import_limit',
          'reading and compiling the file takes more memory than IMPORT_MEMORY allows',
        );
      }
      throw error;
    }
  }
}
