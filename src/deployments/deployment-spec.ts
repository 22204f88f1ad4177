import { availableParallelism } from 'node:os';
import type { Environment } from '../common/environment';
import { AppError } from '../common/errors';
import { parseCpu, parseMemory } from '../common/quantities';
import type { PreprocessorDocument } from '../preprocessing/preprocessor-spec';
import type { DeployDto } from './deploy.dto';

export interface Resources {
  cpu_limit: string | number;
  memory_limit: string | number | null;
  timeout: number;
  /** Seconds without a request after which it sleeps; absent: never. */
  idle_timeout?: number;
}

/** What a deployment was asked to be; survives restarts. */
export interface DeploymentSpec {
  modelId: string;
  version: number;
  environment: Environment;
  resources: Resources;
  /** null: the first free one. */
  port: number | null;
  listener: boolean;
  preprocessor: string | null;
  /** Of the preprocessor, as it was at the deployment; null without one, and for the shipped one of an older release. */
  preprocessorDocument: PreprocessorDocument | null;
  batching: { max_size: number; max_delay_ms: number; max_queue: number };
  warmup: unknown[] | null;
}

/** Sizes that follow from the spec. */
export interface Sizing {
  workers: number;
  timeoutMs: number;
  /** Absent: it never sleeps. */
  idleTimeoutMs?: number;
  /** null: no budget was asked for. */
  memoryLimitBytes: number | null;
}

/**
 * `cpu_limit` is the most threads, and more of them than processors answer nothing sooner. "1000" without its "m" would
 * start a thousand, which takes a minute and then the process: a swap has twice as many, and V8 runs out of mappings.
 */
const MOST_WORKERS = Math.max(16, 4 * availableParallelism());

/** What a worker thread costs before it holds a model: a V8 isolate, Node's start in it and onnxruntime's share. */
const THREAD_BYTES = 12e6;

/**
 * The spec that a deploy request asks for: what the body does not name, or says to be null, stays as it was or takes its
 * default. `preprocessor: null` and `idle_timeout: null` are the exceptions: they end the use of one.
 * @throws AppError invalid_port; bad_request for a port together with `listener: false`
 */
export function mergeSpec(
  dto: DeployDto,
  version: number,
  previous: DeploymentSpec | undefined,
  maxQueue: number,
): DeploymentSpec {
  const known = previous ?? defaultSpec(dto.model_id, maxQueue);
  const port = checkPort(dto);
  const spec: DeploymentSpec = {
    ...known,
    ...named({ environment: dto.environment, port, listener: dto.listener, warmup: dto.warmup }),
    version,
    resources: mergeResources(known.resources, dto.resources),
    batching: { ...known.batching, ...named(dto.batching) },
  };
  if (dto.preprocessor !== undefined) spec.preprocessor = dto.preprocessor;
  // Whoever asks for a port wants a listener.
  if (port !== null) spec.listener = true;
  return spec;
}

function mergeResources(known: Resources, asked: DeployDto['resources']): Resources {
  const { idle_timeout, ...others } = asked ?? {};
  const resources: Resources = { ...known, ...named(others) };
  if (idle_timeout === null) delete resources.idle_timeout;
  else if (idle_timeout !== undefined) resources.idle_timeout = idle_timeout;
  return resources;
}

function defaultSpec(modelId: string, maxQueue: number): DeploymentSpec {
  return {
    modelId,
    version: 0,
    environment: 'production',
    resources: { cpu_limit: '1', memory_limit: null, timeout: 60 },
    port: null,
    listener: true,
    preprocessor: null,
    preprocessorDocument: null,
    batching: { max_size: 64, max_delay_ms: 0, max_queue: maxQueue },
    warmup: null,
  };
}

function checkPort(dto: DeployDto): number | null {
  const port = dto.port ?? null;
  if (port !== null && (port < 1024 || port > 65_535)) {
    throw new AppError('invalid_port', `port must be between 1024 and 65535, found ${port}`);
  }
  if (port !== null && dto.listener === false) {
    throw new AppError('bad_request', 'a port was asked for together with "listener": false; expected one of them');
  }
  return port;
}

/** The members that have a value. */
function named<T extends object>(members: T | undefined): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(members ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/**
 * Threads, deadline and budget of a spec; `cpu_limit` threads are workers of one thread each, as far as the machine can
 * use them.
 * @param modelBytes resident memory that one loaded copy of the model takes
 * @throws AppError memory_limit_exceeded when the workers and their copies do not fit
 */
export function sizeDeployment(spec: DeploymentSpec, modelBytes: number): Sizing {
  const workers = Math.min(parseCpu(spec.resources.cpu_limit), MOST_WORKERS);
  const memoryLimitBytes = spec.resources.memory_limit === null ? null : parseMemory(spec.resources.memory_limit);
  const neededBytes = workers * (THREAD_BYTES + modelBytes);
  if (memoryLimitBytes !== null && neededBytes > memoryLimitBytes) {
    throw new AppError(
      'memory_limit_exceeded',
      `${workers} worker${workers === 1 ? '' : 's'} with this model ${workers === 1 ? 'needs' : 'need'} about ${megabytes(neededBytes)}, more than the memory_limit of ${megabytes(memoryLimitBytes)}; raise it or lower cpu_limit`,
    );
  }
  const { timeout, idle_timeout } = spec.resources;
  return {
    workers,
    timeoutMs: timeout * 1000,
    ...(idle_timeout !== undefined && { idleTimeoutMs: idle_timeout * 1000 }),
    memoryLimitBytes,
  };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
