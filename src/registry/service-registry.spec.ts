import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import { type Registration, ServiceRegistry } from './service-registry';

const TTL_MS = 30_000;
const SERVICE: Registration = {
  serviceId: 'a',
  modelId: 'm',
  version: 1,
  serviceUrl: 'http://old:1',
  host: 'old',
  port: 1,
  status: 'healthy',
  environment: 'production',
  metadata: {},
};

describe('what the registry writes by and by', () => {
  let folder: string;
  let database: Database;
  let registry: ServiceRegistry;
  let now = 1_000_000_000_000;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'modelport-registry-'));
    database = await Database.open(folder);
    registry = new ServiceRegistry(new AppConfig({ DATA_DIR: folder }), database);
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    await registry.register(SERVICE);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const rows = (): Promise<unknown[]> =>
    database.db.selectFrom('services').select(['host', 'last_heartbeat']).execute();

  /** Has something happen between the decision what to write and the writing. */
  function meanwhile(happens: () => Promise<void>): void {
    const run = database.run.bind(database);
    jest.spyOn(database, 'run').mockImplementationOnce(async (work) => {
      await happens();
      return run(work);
    });
  }

  it('forgets who was silent for too long', async () => {
    now += 4 * TTL_MS;
    await registry.onModuleDestroy();
    expect(await rows()).toEqual([]);
  });

  it('does not forget who has registered again meanwhile', async () => {
    now += 4 * TTL_MS;
    meanwhile(async () => void (await registry.register({ ...SERVICE, host: 'new' })));
    await registry.onModuleDestroy();
    expect(await rows()).toEqual([{ host: 'new', last_heartbeat: now }]);
  });

  it('keeps the newest heartbeat where an older one could not be written', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    now += 1000;
    registry.heartbeat('a');
    meanwhile(() => {
      now += 1000;
      registry.heartbeat('a');
      return Promise.reject(new Error('locked'));
    });
    await registry.onModuleDestroy();
    await registry.onModuleDestroy();
    expect(await rows()).toEqual([{ host: 'old', last_heartbeat: now }]);
  });
});
