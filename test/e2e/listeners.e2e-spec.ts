import { IRIS_PKL, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { listens, post, send } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const ROUTES = [
  '/models',
  '/models/status',
  '/deployments',
  '/infer',
  '/predict',
  '/preprocess',
  '/batch_preprocess',
  '/preprocessors',
  '/logs',
  '/reports/logs',
  '/reports/metrics',
  '/services',
  '/registry/services',
  '/registry/health',
  '/health/live',
  '/health/ready',
];

describe('listeners', () => {
  let server: TestServer;
  let own: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    own = (await server.deploy('iris')).json.service_url;
  });
  afterAll(() => server.dispose());

  const listeners: [string, () => string, string, string[]][] = [
    ['registry', () => server.registryUrl, 'registry_service', ['/services']],
    ['model', () => own, 'model_service', ['/infer', '/predict']],
    ['preprocessing', () => server.preprocessingUrl, 'preprocessing_service', ['/preprocess', '/batch_preprocess']],
    ['monitoring', () => server.monitoringUrl, 'monitoring_service', ['/logs', '/reports/logs', '/reports/metrics']],
  ];

  it.each(listeners)('%s: says that it is healthy and shows its documentation', async (_name, url, service) => {
    const health = await send(`${url()}/health`);
    expect(health.json).toEqual({ status: 'healthy', service, timestamp: expect.any(String) });
    expect(health.headers['content-type']).toBe('application/json');
    const docs = await send(`${url()}/docs`);
    expect(docs.status).toBe(200);
    expect(docs.text).toMatch(/swagger/i);
  });

  it.each(listeners)('%s: exposes its own routes only', async (_name, url, _service, served) => {
    const statuses = await Promise.all(ROUTES.map(async (route) => [route, (await send(url() + route)).status]));
    const exposed = statuses.filter(([, status]) => status !== 404).map(([route]) => route);
    expect(exposed.sort()).toEqual([...served].sort());
    const stranger = await post(`${url()}/deploy`, { model_id: 'iris' });
    expectProblem(stranger, 404);
  });

  it('documents on a listener only what it serves', async () => {
    for (const [, url, , served] of listeners) {
      const document = await send(`${url()}/docs-json`);
      if (document.status === 404) continue;
      for (const path of Object.keys(document.json.paths)) {
        expect([
          ...served,
          '/health',
          '/metrics',
          '/services/{id}',
          '/services/{id}/heartbeat',
          '/services/{service_id}',
          '/services/{service_id}/heartbeat',
        ]).toContain(path);
      }
    }
  });

  it('main: Swagger UI, the document in both forms, liveness and readiness', async () => {
    expect((await send(`${server.url}/docs`)).status).toBe(200);
    const document = await send(`${server.url}/docs-json`);
    expect(document.json.openapi).toMatch(/^3\./);
    expect(Object.keys(document.json.paths)).toEqual(expect.arrayContaining(['/predict', '/deploy', '/upload_model']));
    expect((await send(`${server.url}/docs-yaml`)).text).toMatch(/^openapi: /m);
    expect((await send(`${server.url}/health`)).json).toMatchObject({ status: 'ok', details: expect.any(Object) });
    expect((await send(`${server.url}/health/live`)).status).toBe(200);
    expect((await send(`${server.url}/health/ready`)).status).toBe(200);
  });

  it('metrics are Prometheus text on main and on the own port', async () => {
    await post(`${own}/infer`, { features: ROW });
    for (const url of [server.url, own]) {
      const reply = await send(`${url}/metrics`);
      expect(reply.headers['content-type']).toMatch(/^text\/plain/);
      expect(reply.text).toMatch(/^predictions_total\{[^}]*model_id="iris"[^}]*\} 1$/m);
    }
  });

  it("a deployment's document shows requests that it answers, and answers of its shape", async () => {
    const { paths } = (await send(`${own}/docs-json`)).json;
    for (const route of ['/infer', '/predict']) {
      const { requestBody, responses } = paths[route].post;
      const { schema, examples } = requestBody.content['application/json'];
      for (const example of Object.values<{ value: unknown }>(examples)) {
        const reply = await post(own + route, example.value);
        expect(reply.status).toBe(200);
        expect(Object.keys(reply.json)).toEqual(Object.keys(responses['200'].content['application/json'].example));
      }
      expect(JSON.stringify(schema)).toContain('"sepal length (cm)":{"type":"number"}');
    }
  });

  it('a request id comes back, the caller’s own where it is a sane one', async () => {
    const own = await send(`${server.url}/health/live`, { headers: { 'x-request-id': 'abc-123' } });
    expect(own.headers['x-request-id']).toBe('abc-123');
    const wild = await send(`${server.url}/health/live`, { headers: { 'x-request-id': 'x'.repeat(5000) } });
    expect(wild.headers['x-request-id']).toMatch(/^[\w-]{8,128}$/);
    const first = await server.predict('iris', ROW);
    const second = await server.predict('iris', ROW);
    expect(first.headers['x-request-id']).toMatch(/^[\w-]{8,}$/);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  });

  it('a deployment moved to another port closes the old one; one without a listener has none', async () => {
    const moved = server.servicePortBase + 5;
    expect((await server.deploy('iris', { port: moved })).json.port).toBe(moved);
    expect((await post(`${server.at(moved)}/infer`, { features: ROW })).json.prediction).toBe(0);
    expect(await listens(server.servicePortBase)).toBe(false);
    expect((await server.deploy('iris', { listener: false })).status).toBe(200);
    expect(await listens(moved)).toBe(false);
    expect((await server.predict('iris', ROW)).json.prediction).toBe(0);
  });

  it('optional listeners are off when their ports are empty', async () => {
    const bare = await TestServer.start({ env: { REGISTRY_PORT: '', PREPROCESSING_PORT: '', MONITORING_PORT: '' } });
    try {
      for (const offset of [1, 2, 3]) expect(await listens(bare.portBase + offset)).toBe(false);
      expect((await send(`${bare.url}/registry/services`)).json).toEqual({ services: [], total: 0 });
    } finally {
      await bare.dispose();
    }
  });
});
