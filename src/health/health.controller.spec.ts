import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppConfig } from '../common/config';
import { CoreModule } from '../common/core.module';
import { Database } from '../common/database/database';
import { AppLogger } from '../common/logger';
import { JsonExpressAdapter } from '../common/nest/json-express-adapter';
import { Readiness } from '../common/readiness';
import { DeploymentsService } from '../deployments/deployments.service';
import { DatabaseProbe } from './database-probe';
import { HealthController } from './health.controller';

describe('HealthController', () => {
  let dataDir: string;
  let database: Database;
  let app: INestApplication;
  let deployments: ReturnType<DeploymentsService['health']>;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'modelport-health-'));
    database = await Database.open(dataDir);
    deployments = [{ modelId: 'iris', state: 'running', lastError: null }];
    const core = { config: new AppConfig({ DATA_DIR: dataDir }), database, logger: new AppLogger('silent') };
    const module = {
      module: class Root {},
      imports: [CoreModule.of(core), TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        { provide: DeploymentsService, useValue: { health: () => deployments } },
        { provide: DatabaseProbe, useValue: new DatabaseProbe(database) },
      ],
    };
    app = await NestFactory.create(module, new JsonExpressAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    await app.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const get = async (path: string) => {
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    expect(response.headers.get('content-type')).toBe('application/json');
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('is not ready before everything is started, ready then, and not again once it shuts down', async () => {
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'error' } });
    app.get(Readiness).ready();
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    app.get(Readiness).shuttingDown();
    expect(await get('/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'error', error: { process: { status: 'down', state: 'shutting-down' } } },
    });
    app.get(Readiness).ready();
    expect((await get('/health')).status).toBe(503);
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('answers in the form of Terminus', async () => {
    app.get(Readiness).ready();
    const up = { status: 'up' };
    const details = {
      process: { ...up, state: 'ready' },
      deployments: { ...up, running: 1, failed: [], stuck: [] },
      database: up,
    };
    expect(await get('/health')).toEqual({ status: 200, body: { status: 'ok', info: details, error: {}, details } });
  });

  it('shows a failed deployment and stays ready; a stuck one makes it not ready', async () => {
    app.get(Readiness).ready();
    deployments.push({ modelId: 'broken', state: 'failed', lastError: 'no memory' });
    expect(await get('/health/ready')).toMatchObject({
      status: 200,
      body: { info: { deployments: { failed: [{ model_id: 'broken', error: 'no memory' }] } } },
    });
    deployments.push({ modelId: 'loop', state: 'stuck', lastError: null });
    expect(await get('/health/ready')).toMatchObject({
      status: 503,
      body: { error: { deployments: { status: 'down', stuck: ['loop'] } } },
    });
  });

  it('says that the database is locked, and stays ready for predictions', async () => {
    app.get(Readiness).ready();
    const other = new DatabaseSync(database.file);
    other.exec('BEGIN IMMEDIATE');
    const health = await get('/health');
    other.exec('ROLLBACK');
    other.close();
    expect(health).toMatchObject({
      status: 503,
      body: { error: { database: { status: 'down', message: expect.stringContaining('locked') as unknown } } },
    });
    expect((await get('/health/ready')).status).toBe(200);
    expect((await get('/health')).status).toBe(200);
  });
});
