import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModule } from '../../test/support/module-app';
import { AppConfig } from '../common/config';
import { CoreModule } from '../common/core.module';
import { Database } from '../common/database/database';
import { AppLogger } from '../common/logger';
import { EventLog } from './event-log';
import { Metrics } from './metrics';
import { MonitoringModule } from './monitoring.module';

const LOG = { service: 's', level: 'INFO', message: 'm', timestamp: '2026-01-01T00:00:00Z' };
const REPORT = { service: 's', metric_name: 'accuracy', value: 0.5, timestamp: '2026-01-01T00:00:00Z' };

describe('MonitoringController', () => {
  let dataDir: string;
  let database: Database;
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'modelport-monitoring-'));
    database = await Database.open(dataDir);
    const core = { config: new AppConfig({ DATA_DIR: dataDir }), database, logger: new AppLogger('silent') };
    const module = { module: class Root {}, imports: [CoreModule.of(core), MonitoringModule] };
    ({ app, url } = await startModule(module));
  });

  afterEach(async () => {
    await app.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const send = (path: string, text: string) =>
    fetch(url + path, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } });
  const post = async (path: string, body: unknown) => {
    const response = await send(path, JSON.stringify(body));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as never };
  };

  it('stores one entry or an array, and answers the newest, oldest first', async () => {
    expect(await post('/logs', LOG)).toEqual({ status: 200, body: { status: 'logged' } });
    const many = Array.from({ length: 120 }, (_, i) => ({
      ...LOG,
      message: `m${i}`,
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, i + 1)).toISOString(),
    }));
    expect(await post('/logs', many)).toEqual({ status: 200, body: { status: 'logged' } });
    const { body } = await get('/reports/logs?service=s');
    expect(body).toHaveLength(100);
    expect(body[0]).toEqual({ service: 's', level: 'INFO', message: 'm20', timestamp: '2026-01-01T00:00:21.000Z' });
    expect((await get('/reports/logs?limit=10000')).body).toHaveLength(121);
    expect((await get('/reports/logs?level=ERROR')).body).toEqual([]);
    expect((await get('/reports/logs?since=2026-01-01T00:01:59Z')).body).toHaveLength(2);
  });

  it('takes the time of arrival where none is said', async () => {
    const before = Date.now();
    await post('/logs', { service: 's', level: 'INFO', message: 'now' });
    const { body } = await get('/reports/logs');
    const time = Date.parse((body[0] as { timestamp: string }).timestamp);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('shows an event of the server at once', async () => {
    app.get(EventLog).event('WARNING', 'slow prediction', { model_id: 'iris' });
    expect((await get('/reports/logs?service=modelport')).body).toMatchObject([
      { level: 'WARNING', message: 'slow prediction', attributes: { model_id: 'iris' } },
    ]);
  });

  it('groups metric reports by service, whatever it is called', async () => {
    expect(await post('/metrics', REPORT)).toEqual({ status: 200, body: { status: 'recorded' } });
    await post('/metrics', [
      { ...REPORT, value: 2 },
      { ...REPORT, service: '__proto__', value: -3 },
    ]);
    const shown = (value: number) => ({ metric: 'accuracy', value, timestamp: '2026-01-01T00:00:00.000Z' });
    const text = await (await fetch(`${url}/reports/metrics`)).text();
    expect(JSON.parse(text)).toEqual(
      JSON.parse(JSON.stringify({ s: [shown(0.5), shown(2)], ['__proto__']: [shown(-3)] })),
    );
    expect((await get('/reports/metrics?service=nobody')).body).toEqual({});
  });

  it.each([
    ['an unknown level', { ...LOG, level: 'LOUD' }, 'level'],
    ['a level that is no text', { ...LOG, level: 5 }, 'level'],
    ['no message', { ...LOG, message: null }, 'message'],
    ['a service that is no text', { ...LOG, service: null }, 'service'],
    ['an unknown member', { ...LOG, colour: 'red' }, 'colour'],
    ['a time that is none', { ...LOG, timestamp: 'yesterday' }, 'timestamp'],
    ['a day that does not exist', { ...LOG, timestamp: '2026-02-30T00:00:00Z' }, 'timestamp'],
  ])('refuses an entry with %s and names the member', async (_, body, field) => {
    const reply = await post('/logs', body);
    expect(reply).toMatchObject({ status: 400, body: { code: 'bad_request', details: [{ field }] } });
    expect(String(reply.body.error)).toContain(field);
    expect((await get('/reports/logs')).body).toEqual([]);
  });

  it('refuses an array for one wrong item, names it and stores nothing', async () => {
    const reply = await post('/logs', [LOG, { ...LOG, level: 'LOUD' }, 7]);
    expect(reply).toMatchObject({
      status: 400,
      body: {
        details: [
          { index: 1, field: 'level' },
          { index: 2, message: 'expected a JSON object, found 7' },
        ],
      },
    });
    expect((await get('/reports/logs')).body).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('refuses the member %s of one item and of many', async (name) => {
    const odd = JSON.stringify(LOG).replace('{', `{"${name}":1,`);
    for (const body of [odd, `[${odd}]`]) {
      const reply = await send('/logs', body);
      expect(reply.status).toBe(400);
      expect(await reply.text()).toContain(`unknown member ${name}`);
    }
    expect((await get('/reports/logs')).body).toEqual([]);
  });

  it.each(['2026-01-15T10:30:00+00:00', '2026-01-15 10:30:00.000000+00:00', '2026-01-15T10:30Z', '2026-01-15 10:30'])(
    'finds entries since %s, whether or not its plus sign is encoded',
    async (since) => {
      const at = (timestamp: string) => ({ ...LOG, message: timestamp, timestamp });
      await post('/logs', [at('2026-01-15T10:29:59Z'), at('2026-01-15T10:30:00Z')]);
      for (const query of [since, encodeURIComponent(since)]) {
        const { body } = await get(`/reports/logs?since=${query}`);
        expect(body).toMatchObject([{ message: '2026-01-15T10:30:00Z' }]);
      }
    },
  );

  it('refuses empty and endless arrays, and bodies that are no objects', async () => {
    for (const body of [[], Array(10_001).fill(1), 'text', 5, null])
      expect((await post('/logs', body)).status).toBe(400);
    expect((await post('/metrics', { ...REPORT, value: 'high' })).status).toBe(400);
    expect((await post('/metrics', { ...REPORT, value: null })).status).toBe(400);
    const infinite = await send('/metrics', '{"service":"s","metric_name":"a","value":1e999}');
    expect(infinite.status).toBe(400);
  });

  it.each([
    'limit=0',
    'limit=10001',
    'limit=1.5',
    'limit=many',
    'limit=',
    'level=LOUD',
    'since=soon',
    'service=a&service=b',
  ])('refuses a report of logs with %s', async (query) => {
    expect(await get(`/reports/logs?${query}`)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('serves Prometheus text with the defaults of the process', async () => {
    const model = app
      .get(Metrics)
      .forModel({ service: 's', model_id: 'iris', version: '1', environment: 'production' });
    model.record({ outcome: 'ok', rows: 1, latencyS: 0.01 });
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain(
      'predictions_total{service="s",model_id="iris",version="1",environment="production",outcome="ok"} 1\n',
    );
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds'])
      expect(text).toMatch(new RegExp(`^${name} \\S+$`, 'm'));
  });

  it('documents both methods of /metrics and an example for each body', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(document.paths['/metrics']!).sort()).toEqual(['get', 'post']);
    expect(JSON.stringify(document.paths['/logs'])).toContain('"examples"');
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(
      expect.arrayContaining(['LogDto', 'MetricReportDto']),
    );
  });
});
