import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBlock } from '../../test/support/free-ports';
import { listens, until } from '../../test/support/http-client';
import { endpointOptions } from '../../test/support/inference-fixture';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import { AppError } from '../common/errors';
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
  readonly made: Endpoint[] = [];
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
    const endpoint = new Endpoint(endpointOptions('forest', { modelId, version }), () => host);
    this.made.push(endpoint);
    return Promise.resolve(endpoint);
  };
}

describe(DeploymentsService.name, () => {
  let folder: string;
  let database: Database;
  let config: AppConfig;
  let desired: DesiredState;
  let endpoints: Endpoints;
  /** Of the process that began last. */
  let table: EndpointTable;

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
    table = new EndpointTable();
    return new DeploymentsService(
      config,
      { versionOrThrow: (_model: string, version = 1) => Promise.resolve({ version }) } as unknown as ModelStore,
      desired,
      endpoints as unknown as EndpointFactory,
      table,
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

  it('finds a first deployment while it starts, so that it is not ready rather than not there', async () => {
    const service = begin();
    const { began, release } = hold('m');
    const deployed = service.deploy({ model_id: 'm' });
    await began;
    expect(table.get('m')?.state).toBe('starting');
    release();
    await deployed;
    await service.shutDown(1000);
  });

  it('takes back a first deployment that could not be saved', async () => {
    const service = begin();
    jest.spyOn(desired, 'save').mockRejectedValueOnce(new AppError('storage_busy', 'busy'));
    await expect(service.deploy({ model_id: 'm' })).rejects.toMatchObject({ code: 'storage_busy' });
    expect(endpoints.made.map(({ state }) => state)).toEqual(['stopped']);
    expect(table.get('m')).toBeUndefined();
    expect(await listens(config.servicePortBase)).toBe(false);
    expect(service.find('m')).toMatchObject({ state: 'failed', lastError: 'busy' });
  });

  it('forgets a first deployment that its client could mend', async () => {
    const service = begin();
    endpoints.load = () => Promise.reject(new AppError('memory_limit_exceeded', 'too much'));
    await expect(service.deploy({ model_id: 'm' })).rejects.toMatchObject({ status: 400 });
    expect(service.list()).toEqual([]);
  });

  it('goes on with what ran when a swap fails', async () => {
    const service = begin();
    const { endpoint, port } = await service.deploy({ model_id: 'm' });
    jest.spyOn(desired, 'save').mockRejectedValueOnce(new AppError('storage_busy', 'busy'));
    await expect(service.deploy({ model_id: 'm', port: port! + 1 })).rejects.toMatchObject({ code: 'storage_busy' });
    expect(service.find('m')).toMatchObject({ state: 'running', lastError: 'busy', port });
    expect(endpoints.made.map(({ state }) => state)).toEqual(['running', 'stopped']);
    expect(table.get('m')).toBe(endpoint);
    expect([await listens(port!), await listens(port! + 1)]).toEqual([true, false]);
    await service.shutDown(1000);
  });

  it('leaves the port of a stopped deployment to others, and that of one to be brought back to itself', async () => {
    const before = begin();
    const { port } = await before.deploy({ model_id: 'a' });
    await before.stop('a');
    expect((await before.deploy({ model_id: 'b' })).port).toBe(port);
    await before.shutDown(1000);
    const service = begin();
    expect((await service.deploy({ model_id: 'c' })).port).toBe(port! + 1);
    await service.restore();
    expect(service.find('b')?.port).toBe(port);
    await service.shutDown(1000);
  });

  it('brings back what ran as it was deployed, once', async () => {
    const before = begin();
    const { createdAt, deployedAt, port } = await before.deploy({ model_id: 'm' });
    await before.shutDown(1000);
    const service = begin();
    await service.restore();
    expect(service.find('m')).toMatchObject({ state: 'running', createdAt, deployedAt, port });
    await service.restore();
    expect(endpoints.made).toHaveLength(2);
    await service.shutDown(1000);
  });

  it('waits at its end for what an earlier swap has replaced', async () => {
    const service = begin();
    const { endpoint } = await service.deploy({ model_id: 'm' });
    const retired = Promise.withResolvers<void>();
    jest.spyOn(endpoint!, 'retire').mockReturnValue(retired.promise);
    await service.deploy({ model_id: 'm' });
    expect(await service.shutDown(10)).toBe(false);
    retired.resolve();
    expect(await service.shutDown(1000)).toBe(true);
  });

  it('tries again to bring back what may come by itself', async () => {
    const before = begin();
    const { port } = await before.deploy({ model_id: 'm' });
    await before.shutDown(1000);
    const other = createServer().listen(port!, '127.0.0.1');
    await once(other, 'listening');
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const service = begin();
    await service.restore();
    expect(service.find('m')).toMatchObject({ state: 'failed' });
    const again = timers.mock.calls.find(([, delayMs]) => delayMs === 5000)?.[0] as () => void;
    timers.mockRestore();
    other.close();
    await once(other, 'close');
    again();
    await until('it runs', () => service.find('m')?.state === 'running');
    await service.shutDown(1000);
  });
});
