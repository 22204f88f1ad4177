import { IRIS_2_PKL, IRIS_PKL, manyRows, ROW } from '../support/fixtures';
import { listens, post, send, until } from '../support/http-client';
import { Load } from '../support/load';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

describe('under load', () => {
  let server: TestServer;
  let own: string;
  const targets = () => [
    { url: `${server.url}/predict`, json: { model_id: 'iris', features: ROW } },
    { url: `${own}/infer`, json: { features: [ROW, ROW] } },
  ];

  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    await upload(server.url, 'iris', IRIS_2_PKL);
    own = (await server.deploy('iris', { version: 1 })).json.service_url;
  });
  afterAll(() => server.dispose());

  it('swaps versions without a failed request', async () => {
    const load = new Load(targets(), 8);
    await load.answered(200);
    for (const version of [2, 1, 2, 1, 2]) {
      expect((await server.deploy('iris', { version })).json).toMatchObject({ version, status: 'running' });
      // From its reply on, the new version answers; nothing older does.
      expect((await server.predict('iris', ROW)).json.version).toBe(version);
      await load.answered(100);
    }
    const result = await load.stop();
    expect(result).toMatchObject({ failures: {}, refusals: [] });
    expect(Object.keys(result.statuses)).toEqual(['200']);
    expect(Object.keys(result.versions).sort()).toEqual(['1', '2']);
    expect(result.total).toBeGreaterThan(700);
  });

  it('stops one deployment: everybody is answered, with 503 or 404 from then on', async () => {
    await upload(server.url, 'brief', IRIS_PKL);
    await server.deploy('brief', { listener: false });
    const load = new Load([{ url: `${server.url}/predict`, json: { model_id: 'brief', features: ROW } }], 8);
    await load.answered(100);
    expect((await send(`${server.url}/stop_deployment/brief`, { method: 'POST' })).status).toBe(200);
    await load.answered(50);
    const result = await load.stop();
    expect(result.failures).toEqual({});
    expect(Object.keys(result.statuses).filter((status) => !['200', '404', '503'].includes(status))).toEqual([]);
    expect(result.statuses[404]).toBeGreaterThan(0);
  });

  it('comes back after kill -9 with the same deployments on the same ports', async () => {
    const entry = { service: 'before-kill', level: 'INFO', message: 'logged', timestamp: '2026-01-01T00:00:00Z' };
    expect((await post(`${server.url}/logs`, entry)).json).toEqual({ status: 'logged' });
    const before = (await send(`${server.url}/deployments`)).json;
    const load = new Load(targets(), 8);
    await load.answered(200);
    await server.kill9();
    await load.ended();
    await server.restart();
    await until('it runs again', async () => (await server.statusOf('iris')).status === 'running');
    const after = (await send(`${server.url}/deployments`)).json;
    const essence = (list: { deployments: Record<string, unknown>[] }) =>
      list.deployments.map(({ model_id, version, port, environment }) => ({ model_id, version, port, environment }));
    expect(essence(after)).toEqual(essence(before));
    expect((await server.predict('iris', ROW)).json.version).toBe(2);
    expect((await post(`${own}/infer`, { features: ROW })).json.prediction).toBe(0);
    const logs = await send(`${server.url}/reports/logs?service=before-kill`);
    expect(logs.json).toMatchObject([{ level: 'INFO', message: 'logged' }]);
  });

  it('comes back when it is killed while it deploys and uploads', async () => {
    const changes = [server.deploy('iris', { version: 1 }), upload(server.url, 'torn', IRIS_2_PKL)];
    const ended = Promise.allSettled(changes);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await server.kill9();
    await ended;
    await server.restart();
    await until('it runs again', async () => (await server.statusOf('iris')).status === 'running');
    expect([1, 2]).toContain((await server.predict('iris', ROW)).json.version);
    const torn = await send(`${server.url}/models/torn`);
    expect([200, 404]).toContain(torn.status);
    expect((await upload(server.url, 'torn', IRIS_2_PKL)).json.version).toBe(1);
    await send(`${server.url}/delete_model/torn`, { method: 'DELETE' });
    expect(server.files().filter((file) => file.includes('torn') || /tmp|partial|incoming/.test(file))).toEqual([]);
  });

  it('drains on SIGTERM: what is in flight is answered, the process ends with 0', async () => {
    const load = new Load(targets(), 8);
    const slow = server.predict('iris', manyRows(100_000));
    await load.answered(200);
    const code = await server.stop();
    const result = await load.ended();
    expect(code).toBe(0);
    expect((await slow).status).toBe(200);
    expect(Object.keys(result.statuses).filter((status) => !['200', '503'].includes(status))).toEqual([]);
    for (const reply of result.refusals) {
      expect(reply.headers['connection']).toBe('close');
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    }
    // A keep-alive connection may be closed in the instant in which its client sends; at most once a loop.
    const { ECONNREFUSED: _refused, ...other } = result.failures;
    expect(Object.values(other).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(16);
    expect(server.output).not.toMatch(/terminate called|Napi::Error|UnhandledPromiseRejection/);
  });

  it('ends on SIGTERM while it brings back what should run', async () => {
    const ended = server.launch();
    await until('it listens', () => listens(server.portBase), 20_000);
    await server.stop(10_000);
    expect(await ended).toBe(0);
  });

  it('keeps logs, metric reports and desired state over a restart', async () => {
    await server.restart();
    const at = '2026-01-02T03:04:05.000Z';
    const logs = Array.from({ length: 5 }, (_, i) => ({
      service: 'keeper',
      level: 'INFO',
      message: `m${i}`,
      timestamp: at,
    }));
    await post(`${server.url}/logs`, logs);
    await post(`${server.url}/metrics`, { service: 'keeper', metric_name: 'accuracy', value: 0.5, timestamp: at });
    expect(await server.stop()).toBe(0);
    await server.restart();
    const kept = await send(`${server.url}/reports/logs?service=keeper`);
    expect(kept.json.map((entry: { message: string }) => entry.message)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    const metrics = await send(`${server.url}/reports/metrics?service=keeper`);
    expect(metrics.json).toEqual({
      keeper: [{ metric: 'accuracy', value: 0.5, timestamp: expect.stringContaining('2026-01-02T03:04:05') }],
    });
    expect((await server.predict('iris', ROW)).status).toBe(200);
  });

  it('a stopped deployment stays stopped over a restart', async () => {
    expect(await server.statusOf('brief')).toMatchObject({ status: 'stopped' });
    expect((await server.predict('brief', ROW)).status).toBe(404);
  });
});
