import { Injectable } from '@nestjs/common';
import { AppConfig } from '../common/config';
import { AppError, type ErrorCode } from '../common/errors';
import { KeyedLock } from '../common/keyed-lock';
import type { Endpoint } from '../inference/endpoint';
import { EndpointTable } from '../inference/endpoint-table';
import { cleanRuntimeMessage } from '../inference/trial/runtime-message';
import { ModelStore } from '../models/model-store';
import { EventLog } from '../monitoring/event-log';
import { ServiceRegistry } from '../registry/service-registry';
import type { DeployDto } from './deploy.dto';
import { Deployment } from './deployment';
import { mergeSpec, type DeploymentSpec } from './deployment-spec';
import type { DeploymentState } from './deployment-state';
import { DesiredState, type DesiredDeployment } from './desired-state';
import { EndpointFactory } from './endpoint-factory';
import { ownService } from './own-service';
import { PortAllocator } from './port-allocator';

/** How many deployments start at once when what should run is brought back. */
const RESTORE_CONCURRENCY = 4;
/** Failures of a restoration that may pass by themselves, and when it is tried again. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['port_taken', 'storage_busy', 'worker_lost']);
const RESTORE_AGAIN_MS = 5_000;

interface Start {
  /** Whether no other port will do than that of the spec. */
  mustHavePort: boolean;
  /** It is brought back as it was remembered, not changed. */
  restoring: boolean;
}

/** Deploys, swaps, stops and restores: one change at a time for each model; whatever fails leaves what ran running. */
@Injectable()
export class DeploymentsService {
  private readonly running = new Map<string, Deployment>();
  private readonly changes = new KeyedLock();
  private readonly retiring = new Set<Promise<void>>();
  private readonly ports: PortAllocator;
  private shuttingDown = false;

  constructor(
    private readonly config: AppConfig,
    private readonly models: ModelStore,
    private readonly desired: DesiredState,
    private readonly endpoints: EndpointFactory,
    private readonly table: EndpointTable,
    private readonly registry: ServiceRegistry,
    private readonly events: EventLog,
  ) {
    this.ports = new PortAllocator(config.host, config.servicePortBase);
  }

  /** What runs, or ran and failed, in this process. */
  list(): Deployment[] {
    return [...this.running.values()];
  }

  find(modelId: string): Deployment | undefined {
    return this.running.get(modelId);
  }

  /** Which deployments, running or to be running, take their records through a preprocessor. */
  async usersOfPreprocessor(name: string): Promise<string[]> {
    const specs = [...(await this.wanted()).map(({ spec }) => spec), ...this.list().map(({ spec }) => spec)];
    const users = specs.filter(({ preprocessor }) => preprocessor === name).map(({ modelId }) => modelId);
    return [...new Set(users)].map((modelId) => `the deployment of ${modelId}`);
  }

  /** The state of each deployment, for health. */
  health(): { modelId: string; state: DeploymentState | 'stuck'; lastError: string | null }[] {
    return this.list().map(({ spec, state, endpoint, lastError }) => ({
      modelId: spec.modelId,
      state: endpoint?.state === 'stuck' ? 'stuck' : state,
      lastError,
    }));
  }

  /**
   * Deploys a model, or swaps the running deployment for one of the new spec without losing a request.
   * @returns the deployment once every worker has answered a warm-up run
   * @throws AppError model_not_found, version_not_found, preprocessor_not_found, preprocessor_mismatch, invalid_port,
   *   port_taken, memory_limit_exceeded or the reason why the model could not be started; what ran before still runs then
   */
  deploy(dto: DeployDto): Promise<Deployment> {
    return this.changes.run(dto.model_id, async () => {
      const version = await this.models.versionOrThrow(dto.model_id, dto.version ?? undefined);
      const previous = await this.desired.find(dto.model_id);
      const spec = mergeSpec(dto, version.version, previous?.spec, this.config.maxQueue);
      const askedPort = dto.port ?? null;
      return this.start(spec, previous, { mustHavePort: askedPort !== null, restoring: false });
    });
  }

  /** Drains and stops a deployment, keeps the files. @throws AppError deployment_not_found */
  stop(modelId: string): Promise<void> {
    return this.changes.run(modelId, async () => {
      const wanted = await this.desired.find(modelId);
      if (!this.running.has(modelId) && wanted?.state !== 'running') throw notDeployed(modelId);
      await this.desired.markStopped(modelId);
      await this.stopRunning(modelId);
      this.events.event('INFO', `model ${modelId} stopped`, { model_id: modelId });
    });
  }

  /**
   * Removes every version with the deployment, if any, and stops that: all of it or, when it fails or the process ends
   * before, nothing. @throws AppError model_not_found, storage_busy
   */
  remove(modelId: string): Promise<void> {
    return this.changes.run(modelId, async () => {
      const removed = await this.models.remove(modelId, (transaction) => this.desired.remove(modelId, transaction));
      await this.stopRunning(modelId);
      // A deployment that wakes up while it is being stopped reads its files once more.
      await this.models.removeFiles(removed);
      this.events.event('INFO', `model ${modelId} deleted`, { model_id: modelId });
    });
  }

  /** Brings back what should run, on the same ports. One that cannot be started is `failed` and says why. */
  async restore(): Promise<void> {
    const next = (await this.wanted()).values();
    const restoreSome = async (): Promise<void> => {
      for (const { spec } of next) await this.restoreOne(spec.modelId);
    };
    await Promise.all(Array.from({ length: RESTORE_CONCURRENCY }, restoreSome));
  }

  /**
   * Ends every deployment for the end of the process: what is in flight or queued is answered, at most until the
   * deadline; desired state stays, so that all of it comes back. A change under way is waited for, and none begins.
   * @returns whether every worker is idle, so that threads may be ended
   */
  async shutDown(timeoutMs: number): Promise<boolean> {
    this.shuttingDown = true;
    const ends = this.list().map((deployment) =>
      this.changes.run(deployment.spec.modelId, async () => {
        const closed = deployment.listener?.close(timeoutMs);
        await deployment.endpoint?.retire();
        await closed;
      }),
    );
    const all = Promise.all(ends)
      .then(() => Promise.all(this.retiring))
      .then(() => true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    return Promise.race([all, late]).finally(() => clearTimeout(timer));
  }

  private async wanted(): Promise<DesiredDeployment[]> {
    return (await this.desired.list()).filter(({ state }) => state === 'running');
  }

  /**
   * Brings one back, unless it has been stopped, deleted or deployed since it was listed. Its failure is on record by
   * then, as an event and as `last_error` of a deployment that stays visible; what may pass by itself, such as a port
   * that another process still holds, is tried again.
   */
  private async restoreOne(modelId: string): Promise<void> {
    try {
      await this.changes.run(modelId, async () => {
        const wanted = await this.desired.find(modelId);
        if (wanted?.state !== 'running' || this.running.get(modelId)?.state === 'running') return;
        await this.start(wanted.spec, wanted, { mustHavePort: true, restoring: true });
      });
    } catch (error) {
      if (error instanceof AppError && TRANSIENT.has(error.code)) {
        setTimeout(() => void this.restoreOne(modelId), RESTORE_AGAIN_MS).unref();
      }
    }
  }

  private async start(spec: DeploymentSpec, previous: DesiredDeployment | undefined, how: Start): Promise<Deployment> {
    if (this.shuttingDown) throw new AppError('not_ready', 'the server is shutting down');
    const { modelId } = spec;
    const current = this.running.get(modelId);
    const deployment =
      current ?? new Deployment(spec, previous?.createdAt ?? new Date(), previous?.deployedAt ?? new Date());
    if (!current) this.running.set(modelId, deployment);
    else if (current.state !== 'running') current.move('starting');
    try {
      await this.swap(deployment, spec, how);
    } catch (error) {
      this.recordFailure(deployment, previous, error);
      throw error;
    }
    this.registry.registerOwn(ownService(deployment, this.config.publicHost));
    this.events.event('INFO', `model ${modelId} version ${spec.version} deployed`, {
      model_id: modelId,
      version: spec.version,
      port: deployment.port,
    });
    return deployment;
  }

  /** Starts the new endpoint beside the old one, saves what should run, then swaps: nothing can fail after that. */
  private async swap(deployment: Deployment, asked: DeploymentSpec, how: Start): Promise<void> {
    const { endpoint: oldEndpoint, listener: oldListener, spec: oldSpec } = deployment;
    const listener = await this.listenerFor(deployment, asked, how.mustHavePort);
    let endpoint: Endpoint | undefined;
    try {
      const spec = how.restoring ? asked : await this.endpoints.withPreprocessor(asked);
      endpoint = await this.endpoints.create(spec);
      // A first deployment is found while it starts, so that it answers 503 rather than 404.
      if (!oldEndpoint) this.table.set(spec.modelId, endpoint);
      // What would sleep soon is brought back asleep, so that a thousand of them start in no time.
      if (how.restoring && spec.resources.idle_timeout !== undefined) endpoint.startAsleep();
      else await endpoint.start();
      const settled: DeploymentSpec = { ...spec, port: listener?.port ?? spec.port };
      const deployedAt = how.restoring ? deployment.deployedAt : new Date();
      if (!how.restoring) {
        await this.desired.save({ spec: settled, state: 'running', createdAt: deployment.createdAt, deployedAt });
      }
      Object.assign(deployment, { spec: settled, deployedAt, endpoint, listener, lastError: null });
    } catch (error) {
      if (!oldEndpoint) this.table.delete(asked.modelId);
      // What should run keeps its listener, which says why it does not.
      if (how.restoring) deployment.listener = listener;
      else if (listener !== oldListener) await listener?.close(0);
      await endpoint?.drain();
      throw error;
    }
    this.table.set(asked.modelId, endpoint);
    deployment.move('running');
    if (oldEndpoint) this.retire(oldEndpoint.retire());
    if (oldListener && oldListener !== listener) this.retire(oldListener.close(graceMs(oldSpec)));
  }

  private async listenerFor(deployment: Deployment, spec: DeploymentSpec, mustHavePort: boolean) {
    if (!spec.listener) return null;
    if (deployment.listener && deployment.listener.port === spec.port) return deployment.listener;
    const handlers = this.endpoints.handlersOf(spec.modelId);
    if (spec.port !== null) {
      try {
        return await this.ports.bind(handlers, spec.port);
      } catch (error) {
        const remembered = error instanceof AppError && error.code === 'port_taken' && !mustHavePort;
        if (!remembered) throw error;
      }
    }
    return this.ports.bindFree(handlers, await this.reservedPorts(spec.modelId));
  }

  private async reservedPorts(modelId: string): Promise<Set<number>> {
    const others = (await this.wanted()).filter(({ spec }) => spec.modelId !== modelId);
    return new Set(others.flatMap(({ spec }) => (spec.listener && spec.port !== null ? [spec.port] : [])));
  }

  private recordFailure(deployment: Deployment, previous: DesiredDeployment | undefined, error: unknown): void {
    const { modelId } = deployment.spec;
    const why = error instanceof AppError ? error.message : cleanRuntimeMessage(String(error));
    deployment.lastError = why;
    const reason = error instanceof AppError && error.reason !== undefined ? { reason: error.reason } : {};
    this.events.event('ERROR', `deployment of model ${modelId} failed: ${why}`, { model_id: modelId, ...reason });
    if (deployment.state === 'running') return;
    deployment.move('failed');
    // A first deployment that a client could mend leaves no trace; one that should run stays visible as failed.
    if (previous?.state !== 'running' && error instanceof AppError && error.status < 500) this.running.delete(modelId);
    else
      this.table.delete(modelId, new AppError('deployment_failed', `Model "${modelId}" could not be started: ${why}`));
  }

  private async stopRunning(modelId: string): Promise<void> {
    const deployment = this.running.get(modelId);
    if (!deployment) return;
    deployment.move('draining');
    this.registry.updateOwn(modelId, 'draining');
    const closed = deployment.listener?.close(graceMs(deployment.spec));
    await deployment.endpoint?.drain();
    this.table.delete(modelId);
    this.registry.removeOwn(modelId);
    await closed;
    deployment.move('stopped');
    this.running.delete(modelId);
  }

  private retire(end: Promise<void>): void {
    this.retiring.add(end);
    void end
      .catch((error: unknown) => this.events.event('ERROR', `an old endpoint did not close: ${String(error)}`, {}))
      .finally(() => this.retiring.delete(end));
  }
}

/** How long a closing listener lets its requests in flight end: what the deployment promised them, and a second. */
function graceMs({ resources }: DeploymentSpec): number {
  return (resources.timeout + 1) * 1000;
}

function notDeployed(modelId: string): AppError {
  return new AppError('deployment_not_found', `model ${modelId} is not deployed`);
}
