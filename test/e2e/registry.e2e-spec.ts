import { IRIS_PKL, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { post, send, until, type Reply } from '../support/http-client';
import { upload } from '../support/multipart';
import { OutsideService, says, type Answer } from '../support/outside-service';
import { TestServer } from '../support/test-server';

const GOOD = { prediction: 42, latency: 0.001, model_id: 'outside', version: 3, timestamp: 1_767_225_600.5 };

describe('the registry', () => {
  let server: TestServer;
  const services: OutsideService[] = [];
  const outside = async (answer: Answer): Promise<OutsideService> => {
    const service = await OutsideService.start(answer);
    services.push(service);
    return service;
  };
  const register = (body: object): Promise<Reply> => post(`${server.registryUrl}/services`, body);
  const heartbeat = (id: string): Promise<Reply> =>
    send(`${server.registryUrl}/services/${id}/heartbeat`, { method: 'PUT' });
  const look = (id: string): Promise<Reply> => send(`${server.registryUrl}/services/${id}`);

  beforeAll(async () => {
    server = await TestServer.start({ env: { REGISTRY_TTL: '2', FORWARD_TIMEOUT: '0.7' } });
    await upload(server.url, 'iris', IRIS_PKL);
    await server.deploy('iris', { environment: 'staging' });
  });
  afterAll(async () => {
    await server.dispose();
    await Promise.all(services.map((service) => service.stop()));
  });

  it('has a record of each own deployment, on its listener and on main', async () => {
    for (const url of [`${server.registryUrl}/services`, `${server.url}/registry/services`]) {
      const { json } = await send(url);
      expect(json).toMatchObject({
        total: 1,
        services: [
          {
            model_id: 'iris',
            version: 1,
            port: server.servicePortBase,
            host: '127.0.0.1',
            service_url: server.at(server.servicePortBase),
            status: 'healthy',
            environment: 'staging',
          },
        ],
      });
      for (const member of ['service_id', 'registered_at', 'last_heartbeat', 'metadata']) {
        expect(json.services[0]).toHaveProperty(member);
      }
    }
    const { status, json } = await send(`${server.url}/registry/health`);
    expect([status, json.service]).toEqual([200, 'registry_service']);
  });

  it('forwards no prediction to another version than the one asked for', async () => {
    const service = await outside(says(200, GOOD));
    await register({ service_id: 'pinned', model_id: 'pinned', service_url: service.url, version: 3 });
    const ask = (version: unknown) => post(`${server.url}/predict`, { model_id: 'pinned', features: ROW, version });
    for (const version of [3, '3', '3.0', null]) expect((await ask(version)).json).toMatchObject({ prediction: 42 });
    expectProblem(await ask(2), 404, 'deployment_not_found');
    await send(`${server.registryUrl}/services/pinned`, { method: 'DELETE' });
  });

  it('guards the record of an own deployment', async () => {
    const own = (await send(`${server.registryUrl}/services?model_id=iris`)).json.services[0];
    expectProblem(await send(`${server.registryUrl}/services/${own.service_id}`, { method: 'DELETE' }), 409);
    const taken = { service_id: own.service_id, model_id: 'iris', service_url: 'http://127.0.0.1:1' };
    expectProblem(await register(taken), 409);
    expect((await look(own.service_id)).json).toMatchObject({ service_url: own.service_url });
  });

  it('forwards to an outside service, and shows it by filters', async () => {
    const service = await outside(says(200, GOOD));
    const reply = await register({ model_id: 'outside', service_url: service.url, metadata: { language: 'python' } });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ model_id: 'outside', metadata: { language: 'python' }, status: 'healthy' });
    const answer = await server.predict('outside', [ROW, ROW]);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ prediction: 42, model_id: 'outside' });
    expect(service.asked[0]?.path).toBe('/infer');
    expect(JSON.parse(service.asked[0]?.body ?? '')).toMatchObject({ features: [ROW, ROW] });
    for (const [query, total] of Object.entries({
      'model_id=outside': 1,
      'status=healthy': 2,
      'environment=development': 0,
    })) {
      expect([query, (await send(`${server.registryUrl}/services?${query}`)).json.total]).toEqual([query, total]);
    }
    expect((await send(`${server.registryUrl}/services/${reply.json.service_id}`, { method: 'DELETE' })).status).toBe(
      200,
    );
    expectProblem(await server.predict('outside', ROW), 404);
  });

  it('takes host and port for the address, and replaces a record of the same id', async () => {
    const service = await outside(says(200, GOOD));
    const { port, hostname } = new URL(service.url);
    await register({ service_id: 'fixed', model_id: 'moved', service_url: 'http://127.0.0.1:9' });
    const reply = await register({ service_id: 'fixed', model_id: 'moved', host: hostname, port: Number(port) });
    expect(reply.json).toMatchObject({ service_id: 'fixed', service_url: service.url, port: Number(port) });
    expect((await send(`${server.registryUrl}/services?model_id=moved`)).json.total).toBe(1);
    expect((await server.predict('moved', ROW)).json.prediction).toBe(42);
  });

  it('own deployments come first', async () => {
    const service = await outside(says(200, GOOD));
    await register({ model_id: 'iris', service_url: service.url });
    for (let i = 0; i < 5; i++) expect((await server.predict('iris', ROW)).json.prediction).toBe(0);
    expect(service.asked).toEqual([]);
  });

  it('shows a silent service as unhealthy, then removes it; a heartbeat keeps it', async () => {
    const service = await outside(says(200, GOOD));
    const silent = (await register({ model_id: 'silent', service_url: service.url })).json.service_id;
    const alive = (await register({ model_id: 'alive', service_url: service.url })).json.service_id;
    const started = Date.now();
    const beat = async (): Promise<void> => expect((await heartbeat(alive)).status).toBe(200);
    await until(
      'it is shown as unhealthy',
      async () => (await beat(), (await look(silent)).json.status === 'unhealthy'),
      30_000,
    );
    expect(Date.now() - started).toBeGreaterThan(1600);
    expectProblem(await server.predict('silent', ROW), [404, 503]);
    await until('it is removed', async () => (await beat(), (await look(silent)).status === 404), 60_000);
    expect((await look(alive)).json.status).toBe('healthy');
    expectProblem(await heartbeat(silent), 404);
  });

  it.each<[string, Answer, number | number[]]>([
    ['refuses with 400', says(400, { error: 'expected 9 features' }), 400],
    ['says 422', says(422, { error: 'no', details: [] }), 422],
    ['fails with 500', says(500, { error: 'boom' }), 502],
    ['answers text', (res) => res.end('hello'), 502],
    [
      'answers half of an object',
      (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"predi'),
      502,
    ],
    ['answers a list', says(200, [1]), 502],
    ['answers an object without a prediction', says(200, { hello: 1 }), 502],
    ['redirects', (res) => res.writeHead(302, { location: '/elsewhere' }).end(), 502],
    ['cuts the connection', (res) => res.destroy(), 502],
    ['hangs', () => undefined, 504],
    [
      'drips one byte after the other',
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => res.write(' '), 100);
        res.once('close', () => clearInterval(drip));
      },
      504,
    ],
  ])('an outside service that %s', async (what, answer, status) => {
    const service = await outside(answer);
    const model = `m-${what.replaceAll(' ', '-')}`;
    await register({ model_id: model, service_url: service.url });
    const reply = await server.predict(model, ROW, 5000);
    if (status === 400 || status === 422) expect([reply.status, typeof reply.json.error]).toEqual([status, 'string']);
    else expectProblem(reply, status);
  });

  it('an outside service that does not listen is 502', async () => {
    await register({ model_id: 'nobody-there', service_url: 'http://127.0.0.1:9' });
    expectProblem(await server.predict('nobody-there', ROW), [502, 503]);
  });
});
