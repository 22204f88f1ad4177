import 'reflect-metadata';
import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModule } from '../../test/support/module-app';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import { RegistryController } from './registry.controller';
import { ServiceForwarder } from './service-forwarder';
import { ServiceRegistry } from './service-registry';

/** Of services that fall silent in a test; the others must not, however slow the machine. */
const SHORT_TTL_MS = 500;
const TTL_MS = 600_000;

let folder: string;
let database: Database;
let app: NestExpressApplication;
let url: string;
let registry: ServiceRegistry;

async function start(ttlMs = TTL_MS): Promise<void> {
  database = await Database.open(folder);
  const config = new AppConfig({ REGISTRY_TTL: String(ttlMs / 1000), DATA_DIR: folder });

  @Module({
    controllers: [RegistryController],
    providers: [
      ServiceRegistry,
      ServiceForwarder,
      { provide: Database, useValue: database },
      { provide: AppConfig, useValue: config },
    ],
  })
  class TestModule {}

  const started = await startModule(TestModule);
  app = started.app;
  url = `${started.url}/registry`;
  registry = app.get(ServiceRegistry);
}

async function stop(): Promise<void> {
  await app.close();
  await database.close();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  await start();
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const EXTERNAL = {
  model_id: 'ext',
  version: 7,
  service_url: 'http://127.0.0.1:9',
  host: '127.0.0.1',
  port: 9,
  environment: 'staging',
  metadata: { language: 'python', nested: { toString: [1, null], size: 1.5 } },
};
const OWN = {
  modelId: 'iris',
  version: 1,
  serviceUrl: 'http://127.0.0.1:8000',
  host: '127.0.0.1',
  port: 8000,
  environment: 'production',
};

/** Asks until the answer is as wanted; the time limit is the test's own. */
async function until(path: string, wanted: (answer: Awaited<ReturnType<typeof call>>) => boolean): Promise<void> {
  while (!wanted(await call('GET', path))) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the registry', () => {
  it('registers an outside service, shows it, finds it by each filter, and deregisters it', async () => {
    const registered = await call('POST', '/services', EXTERNAL);
    expect(registered).toMatchObject({ status: 200, body: { ...EXTERNAL, status: 'healthy' } });
    const id = registered.body.service_id as string;
    expect(Object.keys(registered.body)).toEqual([
      'service_id', 'model_id', 'version', 'service_url', 'host', 'port', 'status', 'environment', 'registered_at', 'last_heartbeat', 'metadata',
    ]); // prettier-ignore
    expect(new Date(registered.body.registered_at).toISOString()).toBe(registered.body.registered_at);
    expect((await call('GET', `/services/${id}`)).body).toEqual(registered.body);
    for (const query of ['', '?model_id=ext', '?status=healthy', '?environment=staging&model_id=ext']) {
      expect((await call('GET', `/services${query}`)).body).toEqual({ services: [registered.body], total: 1 });
    }
    for (const query of ['?model_id=none', '?status=draining', '?environment=production']) {
      expect((await call('GET', `/services${query}`)).body).toEqual({ services: [], total: 0 });
    }
    expect(await call('DELETE', `/services/${id}`)).toMatchObject({ status: 200, body: { service_id: id } });
    expect((await call('DELETE', `/services/${id}`)).status).toBe(404);
    expect((await call('GET', `/services/${id}`)).status).toBe(404);
  });

  it('replaces a record of the same id', async () => {
    await call('POST', '/services', { ...EXTERNAL, service_id: 'same' });
    const { body } = await call('POST', '/services', {
      model_id: 'other',
      host: 'localhost',
      port: 1234,
      service_id: 'same',
    });
    expect(body).toMatchObject({
      model_id: 'other',
      service_url: 'http://localhost:1234',
      version: null,
      metadata: {},
    });
    expect((await call('GET', '/services')).body.total).toBe(1);
    await call('DELETE', '/services/same');
  });

  it.each([
    [{ ...EXTERNAL, colour: 'red' }, 'colour'],
    [{ ...EXTERNAL, registered_at: 'now' }, 'registered_at'],
    [{ ...EXTERNAL, model_id: undefined }, 'model_id'],
    [{ ...EXTERNAL, model_id: 5 }, 'model_id'],
    [{ ...EXTERNAL, service_id: 'a/b' }, 'service_id'],
    [{ ...EXTERNAL, service_url: 'ftp://x' }, 'service_url'],
    [{ model_id: 'ext' }, 'service_url'],
    [{ ...EXTERNAL, port: 0 }, 'port'],
    [{ ...EXTERNAL, port: '9' }, 'port'],
    [{ ...EXTERNAL, status: 'fine' }, 'status'],
    [{ ...EXTERNAL, environment: 'prod' }, 'environment'],
    [{ ...EXTERNAL, metadata: [] }, 'metadata'],
    [{ ...EXTERNAL, metadata: { a: 'x'.repeat(20_000) } }, 'metadata'],
    [{ ...EXTERNAL, version: {} }, 'version'],
    [[], 'object'],
  ])('refuses %j and names %s', async (body, named) => {
    expect(await call('POST', '/services', body)).toMatchObject({
      status: 400,
      body: { code: 'bad_request', error: expect.stringContaining(named) },
    });
  });

  it.each(['?status=fine', '?environment=prod', '?model_id=a&model_id=b', '?model=ext'])(
    'refuses %s',
    async (query) => {
      expect((await call('GET', `/services${query}`)).status).toBe(400);
    },
  );

  it('shows a silent service as unhealthy, removes it later, and forgets it in the database too', async () => {
    await stop();
    await start(SHORT_TTL_MS);
    const { body } = await call('POST', '/services', EXTERNAL);
    const path = `/services/${body.service_id}`;
    for (let beat = 0; beat < 4; beat++) {
      await new Promise((resolve) => setTimeout(resolve, SHORT_TTL_MS / 2));
      expect(await call('PUT', `${path}/heartbeat`, beat % 2 ? {} : undefined)).toMatchObject({
        status: 200,
        body: { status: 'healthy' },
      });
    }
    await until(path, (answer) => answer.body.status === 'unhealthy');
    expect(registry.next('ext')).toBeUndefined();
    await until(path, (answer) => answer.status === 404);
    expect((await call('PUT', `${path}/heartbeat`)).status).toBe(404);
    const rows = () => database.db.selectFrom('services').selectAll().execute();
    while ((await rows()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await stop();
    await start();
  });

  it('remembers over a restart what a service said of itself, not that it was silent', async () => {
    await stop();
    await start(SHORT_TTL_MS);
    await call('POST', '/services', { ...EXTERNAL, service_id: 'quiet', status: 'starting' });
    // Nothing is written in between.
    jest.spyOn(database, 'run').mockRejectedValue(new Error('locked'));
    await call('PUT', '/services/quiet/heartbeat', { status: 'healthy' });
    await until('/services/quiet', (answer) => answer.body.status === 'unhealthy');
    jest.restoreAllMocks();
    await stop();
    await start();
    expect((await call('GET', '/services/quiet')).body.status).toBe('healthy');
    await call('DELETE', '/services/quiet');
  });

  it('takes a status with a heartbeat, and nothing else', async () => {
    await call('POST', '/services', { ...EXTERNAL, service_id: 's', status: 'starting' });
    expect((await call('PUT', '/services/s/heartbeat', { status: 'healthy' })).body.status).toBe('healthy');
    expect((await call('PUT', '/services/s/heartbeat', { colour: 'red' })).status).toBe(400);
    await call('DELETE', '/services/s');
  });

  it('keeps own services own', async () => {
    registry.registerOwn(OWN);
    const { services } = (await call('GET', '/services?model_id=iris')).body;
    expect(services).toMatchObject([{ model_id: 'iris', version: 1, status: 'healthy', port: 8000 }]);
    const id = services[0].service_id as string;
    expect(await call('POST', '/services', { ...EXTERNAL, service_id: id })).toMatchObject({
      status: 409,
      body: { code: 'service_owned' },
    });
    expect((await call('DELETE', `/services/${id}`)).body.code).toBe('service_owned');
    expect((await call('PUT', `/services/${id}/heartbeat`)).status).toBe(200);
    expect((await call('GET', `/services/${id}`)).body.service_url).toBe(OWN.serviceUrl);
    registry.updateOwn('iris', 'draining');
    expect((await call('GET', `/services/${id}`)).body.status).toBe('draining');
    registry.removeOwn('iris');
    expect((await call('GET', `/services/${id}`)).status).toBe(404);
  });

  it('knows outside services after a restart, with their last heartbeat, and own ones only once they run', async () => {
    registry.registerOwn(OWN);
    const { body } = await call('POST', '/services', { ...EXTERNAL, service_id: 'kept', version: 'v7' });
    const beaten = (await call('PUT', '/services/kept/heartbeat')).body;
    await stop();
    await start();
    const { services } = (await call('GET', '/services')).body;
    expect(services).toEqual([{ ...body, last_heartbeat: beaten.last_heartbeat, status: expect.any(String) }]);
    await call('DELETE', '/services/kept');
  });

  it('answers its health', async () => {
    expect(await call('GET', '/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy', service: 'registry_service', timestamp: expect.any(String) },
    });
  });

  it('forwards predictions to the healthy services of a model in turns', async () => {
    const asked: string[] = [];
    const services = ['a', 'b'].map((name) =>
      createServer((req, res) => {
        req.resume().on('end', () => {
          asked.push(name);
          res.end('{"prediction": 42}');
        });
      }),
    );
    for (const server of services) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await call('POST', '/services', {
        model_id: 'turns',
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
      });
    }
    const forwarder = app.get(ServiceForwarder);
    const front = createServer((req, res) => {
      void forwarder.forward('turns', Buffer.from('{"model_id": "turns", "features": [1]}'), req).then((answer) => {
        res.writeHead(answer?.status ?? 404).end(answer?.body);
      });
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
      expect(await response.json()).toEqual({ prediction: 42 });
    }
    expect(asked).toEqual(['a', 'b', 'a', 'b']);
    for (const server of [...services, front]) {
      server.closeAllConnections();
      server.close();
    }
  });
});
