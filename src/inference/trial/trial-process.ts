import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../common/errors';
import { cleanRuntimeMessage, codeOfRuntimeMessage } from './runtime-message';
import type { TrialMessage, TrialRequest } from './trial-protocol';

/** Compiled, because a child process of Node runs JavaScript; from src/ and from dist/ alike. */
const ENTRY = join(resolve(__dirname, '../../..'), 'dist/inference/trial/trial-entry.js');
const POLL_MS = 20;

export interface TrialBounds {
  deadlineMs: number;
  /** Resident memory of the whole child, Node.js itself included (about 60 MB). */
  maxRssBytes: number;
  /** Called when the model has been loaded, before it runs. */
  onLoaded?: () => void;
}

export type TrialDone = Extract<TrialMessage, { type: 'done' }>;

/** Those under way. */
const children = new Set<ChildProcess>();

/** Kills every trial that is under way. */
export function endTrialProcesses(): void {
  for (const child of children) child.kill('SIGKILL');
}

/**
 * Loads and runs a model in a process of its own, the only place where native code that hangs, crashes or eats memory
 * can be ended without harm. It is killed past either bound.
 * @throws AppError import_limit past a bound; model_corrupt or model_unsupported when onnxruntime refuses or crashes
 */
export async function runTrialProcess(request: TrialRequest, bounds: TrialBounds): Promise<TrialDone> {
  const child = fork(ENTRY, {
    // Nothing of the server's environment is the model's business; telemetry exists in other versions of onnxruntime.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  children.add(child);
  let exceeded: AppError | null = null;
  const kill = (reason: string): void => {
    exceeded ??= new AppError('import_limit', `loading and trying the model ${reason}`);
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(() => kill(`took more than ${bounds.deadlineMs / 1000} s`), bounds.deadlineMs);
  const poll = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => {
      if (bytes > bounds.maxRssBytes) kill(`took more than ${Math.round(bounds.maxRssBytes / 1e6)} MB of memory`);
    });
  }, POLL_MS);
  try {
    const ended = await conversation(child, request, bounds.onLoaded);
    if (exceeded) throw exceeded as AppError;
    return outcome(ended);
  } finally {
    clearTimeout(deadline);
    clearInterval(poll);
    child.kill('SIGKILL');
    children.delete(child);
  }
}

interface Ended {
  last: TrialMessage | null;
  /** How the process ended: a signal, an exit code, or why it did not start. */
  end: string;
}

/** Sends the request and collects what the child says until it is gone. */
function conversation(child: ChildProcess, request: TrialRequest, onLoaded?: () => void): Promise<Ended> {
  return new Promise((resolveEnded) => {
    let last: TrialMessage | null = null;
    child.on('message', (message: TrialMessage) => {
      last = message;
      if (message.type === 'ready') child.send(request, () => undefined);
      if (message.type === 'loaded') onLoaded?.();
    });
    child.on('error', (error) => resolveEnded({ last, end: error.message }));
    child.on('close', (code, signal) => resolveEnded({ last, end: signal ?? `exit code ${code}` }));
  });
}

function outcome({ last, end }: Ended): TrialDone {
  if (last?.type === 'done') return last;
  if (last?.type === 'refused') {
    throw new AppError(
      codeOfRuntimeMessage(last.message),
      `onnxruntime refuses the model: ${cleanRuntimeMessage(last.message)}`,
    );
  }
  if (last === null) throw new Error(`the trial process did not start: ${end}`);
  const doing = last.type === 'loaded' ? 'running' : 'loading';
  throw new AppError('model_corrupt', `onnxruntime crashed while ${doing} the model (${end})`);
}

/** Resident memory of a process; 0 where the system does not tell or the process is gone. */
async function residentBytes(pid: number | undefined): Promise<number> {
  // Linux only: elsewhere the deadline alone bounds the trial.
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
