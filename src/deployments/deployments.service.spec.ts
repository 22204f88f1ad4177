import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBlock } from '../../test/support/free-ports';
import { listens } from '../../test/support/http-client';
import { endpointOptions } from '../../test/support/inference-fixture';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import type { RequestHandler } from '../common/http/listener';
import { Endpoint } from '../inference/endpoint';
import { EndpointTable } from '../inference/endpoint-table';
import type { ModelStore } from '../models/model-store';
import type { EventLog } from '../monitoring/event-log';
import { ServiceRegistry } from '../registry/service-registry';
import type { DeploymentSpec } from './deployment-spec';
import { DeploymentsService } from './deployments.service';
import { DesiredState } from './desired-state';
import type { EndpointFactory } from './endpoint-factory';

const LOADED = { loadMs: 1, joinable: true, heapBytes: 1 };

/** Endpoints whose threads are none; how long they load is the test's to say. */
class Endpoints {
  /** Asked of each model when its threads load. */
  load: (modelId: string) => Promise<void> = () => Promise.resolve();
  readonly request: RequestHandler = (_req, res) => res.end();

  withPreprocessor = (spec: DeploymentSpec): Promise<DeploymentSpec> => Promise.resolve(spec);
  handlersOf = (): { request: RequestHandler } => ({ request: this.request });
  create = ({ modelId, version }: DeploymentSpec): Promise<Endpoint> => {
    const host = {
      start: () => this.load(modelId).then(() => LOADED),
      run: () => Promise.reject(new Error('no batch is expected')),
      tidy: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    return Promise.resolve(new Endpoint(endpointOptions('forest', { modelId, version }), () => host));
  };
}

describe(DeploymentsService.name, () => {
  let folder: string;
  let database: Database;
  let config: AppConfig;
  let desired: DesiredState;
  let endpoints: Endpoints;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'modelport-deployments-'));
    database = await Database.open(folder);
    config = new AppConfig({ DATA_DIR: folder, SERVICE_PORT_BASE: String(await freePortBlock()) });
    desired = new DesiredState(database);
    endpoints = new Endpoints();
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  /** A process that begins: what ran in the one before is in the database alone. */
  function begin(): DeploymentsService {
    return new DeploymentsService(
      config,
      { versionOrThrow: (_model: string, version = 1) => Promise.resolve({ version }) } as unknown as ModelStore,
      desired,
      endpoints as unknown as EndpointFactory,
      new EndpointTable(),
      new ServiceRegistry(config, database),
      { event: () => undefined } as unknown as EventLog,
    );
  }

  /** Holds the loading of a model. @returns when it began, and what lets it go on */
  function hold(held: string): { began: Promise<void>; release: () => void } {
    const began = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    endpoints.load = (modelId) => {
      if (modelId !== held) return Promise.resolve();
      began.resolve();
      return released.promise;
    };
    return { began: began.promise, release: released.resolve };
  }

  it('does not bring back what was stopped while others were brought back', async () => {
    const before = begin();
    const models = ['a', 'b', 'c', 'd', 'e'];
    for (const model_id of models) await before.deploy({ model_id });
    await before.shutDown(1000);
    const held = Promise.withResolvers<void>();
    endpoints.load = () => held.promise;
    const service = begin();
    const restored = service.restore();
    await service.stop('e');
    held.resolve();
    await restored;
    expect(service.list().map(({ spec }) => spec.modelId)).toEqual(['a', 'b', 'c', 'd']);
    await service.shutDown(1000);
  });

  it('shuts down a deployment that is still starting, and starts none after it', async () => {
    const service = begin();
    const { began, release } = hold('slow');
    const deployed = service.deploy({ model_id: 'slow' });
    await began;
    const ended = service.shutDown(60_000);
    release();
    const deployment = await deployed;
    expect(await ended).toBe(true);
    expect(deployment.endpoint?.state).toBe('stopped');
    expect(await listens(deployment.port as number)).toBe(false);
    await expect(service.deploy({ model_id: 'late' })).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('says that threads may not be ended when a model is still loading at the deadline', async () => {
    const service = begin();
    const { began, release } = hold('slow');
    const deployed = service.deploy({ model_id: 'slow' });
    await began;
    expect(await service.shutDown(10)).toBe(false);
    release();
    await deployed;
    await service.shutDown(1000);
  });

  it('lets requests on a replaced listener have the time that they were promised', async () => {
    const service = begin();
    const { port, listener } = await service.deploy({ model_id: 'm', resources: { timeout: 60 } });
    const close = jest.spyOn(listener!, 'close');
    await service.deploy({ model_id: 'm', port: port! + 1, resources: { timeout: 0.05 } });
    expect(close.mock.calls).toEqual([[61_000]]);
    await service.shutDown(1000);
  });
});
