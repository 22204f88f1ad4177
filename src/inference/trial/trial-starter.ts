import { fork, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { AppError, type ErrorData } from '../../common/errors';
import type { TrialBounds, TrialDone } from './trial-process';
import type { TrialRequest } from './trial-protocol';

/** Compiled, because a child process of Node runs JavaScript; from src/ and from dist/ alike. */
const ENTRY = join(resolve(__dirname, '../../..'), 'dist/inference/trial/trial-starter-entry.js');

/**
 * How long it is kept for the next trial. Shorter than an idle thread of trials is: of a process that ends after the
 * thread that started it nobody takes note, so that the system keeps its entry for as long as the server lives.
 */
const IDLE_MS = 5_000;

/** What the starter is asked for. */
export interface StartRequest {
  id: number;
  request: TrialRequest;
  bounds: Omit<TrialBounds, 'onLoaded'>;
}

/** What the starter tells of the trial `id`; errors cross processes as data, those of no code as their words. */
export type StartMessage = { id: number } & (
  | { type: 'loaded' }
  | { type: 'done'; done: TrialDone }
  | { type: 'failed'; error: ErrorData }
  | { type: 'fault'; message: string }
);

interface Pending {
  onLoaded: (() => void) | undefined;
  resolve: (done: TrialDone) => void;
  reject: (error: Error) => void;
}

/**
 * Has a small process start the processes of trials. A process that starts another is copied first: page tables by the
 * megabyte, with every thread that needs memory waiting meanwhile and paying for its pages afterwards. In a server of
 * some 300 MB that took 10 to 30 ms of the HTTP thread's time for each upload.
 */
export class TrialStarter {
  private child: ChildProcess | null = null;
  private readonly pending = new Map<number, Pending>();
  private trials = 0;
  private idle: NodeJS.Timeout | undefined;

  /**
   * Runs a trial in a process of its own, as `runTrialProcess` does.
   * @throws AppError import_limit past a bound; model_corrupt or model_unsupported when onnxruntime refuses or crashes
   */
  run(request: TrialRequest, { deadlineMs, maxRssBytes, onLoaded }: TrialBounds): Promise<TrialDone> {
    const child = (this.child ??= this.start());
    const id = this.trials++;
    return new Promise((resolveDone, reject) => {
      this.pending.set(id, { onLoaded, resolve: resolveDone, reject });
      this.hold(child);
      const message: StartRequest = { id, request, bounds: { deadlineMs, maxRssBytes } };
      child.send(message, (error) => error && this.settle(id)?.reject(error));
    });
  }

  /** The starter ends by itself when the channel to it closes, here or with the thread or the process that has it. */
  private start(): ChildProcess {
    const child = fork(ENTRY, {
      env: {},
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message: StartMessage) => this.receive(message));
    const lost = (end: string): void => {
      if (this.child !== child) return;
      this.child = null;
      for (const id of [...this.pending.keys()]) {
        this.settle(id)?.reject(new Error(`the process that starts trials ended: ${end}`));
      }
    };
    child.on('error', (error) => lost(error.message));
    child.on('exit', (code, signal) => lost(signal ?? `exit code ${code}`));
    return child;
  }

  private receive(message: StartMessage): void {
    if (message.type === 'loaded') return this.pending.get(message.id)?.onLoaded?.();
    const trial = this.settle(message.id);
    if (message.type === 'done') trial?.resolve(message.done);
    else trial?.reject(message.type === 'failed' ? AppError.fromData(message.error) : new Error(message.message));
  }

  private settle(id: number): Pending | undefined {
    const trial = this.pending.get(id);
    this.pending.delete(id);
    if (this.child) this.hold(this.child);
    return trial;
  }

  /** Only a trial under way keeps the thread or the process alive, and for long the starter. */
  private hold(child: ChildProcess): void {
    const ref = this.pending.size > 0 ? 'ref' : 'unref';
    child[ref]();
    child.channel?.[ref]();
    clearTimeout(this.idle);
    if (this.pending.size === 0) this.idle = setTimeout(() => this.letGo(child), IDLE_MS).unref();
  }

  private letGo(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = null;
    child.disconnect();
  }
}
