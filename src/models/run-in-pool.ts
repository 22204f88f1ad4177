import type { EventEmitter } from 'node:events';
import { AppError } from '../common/errors';

/** Of a pool of threads, what is asked of it here. */
interface Pool<Task, Options> extends EventEmitter {
  run(task: Task, options?: Options): Promise<unknown>;
}

/**
 * Runs a task in a pool whose threads are started when there is something to do. A thread that cannot be started is told
 * of by an event alone, and the task would wait until another one has the pool try again: it is given up.
 * @throws AppError not_ready when a thread could not be started; what the task throws
 */
export function runInPool<Task, Options>(pool: Pool<Task, Options>, task: Task, options?: Options): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = (cause: Error): void => {
      const sentence = 'The server could not start a thread for the upload: it is out of descriptors or of memory';
      reject(new AppError('not_ready', sentence, { cause, reason: cause.message }));
    };
    pool.on('error', giveUp);
    const end = (): void => void pool.off('error', giveUp);
    pool.run(task, options).then(resolve, reject).finally(end);
  });
}
