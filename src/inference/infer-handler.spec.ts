import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { ensureBuilt } from '../../test/support/built';
import { endpointOptions, workerModel } from '../../test/support/inference-fixture';
import { AppError } from '../common/errors';
import { type Handlers, Listener } from '../common/http/listener';
import { Metrics } from '../monitoring/metrics';
import { Endpoint } from './endpoint';
import type { EndpointOptions } from './endpoint-options';
import { EndpointTable } from './endpoint-table';
import { frontDoor } from './front-door';
import { type Forward, InferHandler } from './infer-handler';
import { LARGE_ANSWER } from './protocol';
import { createServiceListener } from './service-listener';

const ROW = [5.1, 3.5, 1.4, 0.2];
const NAMES = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'];
const RECORD = Object.fromEntries(NAMES.map((name, i) => [name, ROW[i]]));
/** Steps of the `spin` graph that take some 0.4 s here. */
const LONG = 500_000;

const endings: (() => unknown)[] = [];
beforeAll(ensureBuilt, 120_000);
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
}

/** Whether small requests may be answered past Node's HTTP server. */
type Lane = 'direct' | 'node';

class House {
  readonly table = new EndpointTable();
  readonly metrics = new Metrics();
  readonly handler: InferHandler;
  readonly agent = new Agent({ keepAlive: true });
  main = 0;
  own = 0;

  private constructor(forward?: Forward) {
    this.handler = new InferHandler({
      table: this.table,
      bounds: { maxBytes: 1_000_000, timeoutMs: 2000 },
      metrics: this.metrics,
      log: () => undefined,
      ...(forward && { forward }),
    });
  }

  static async open(lane: Lane, modelId: string, forward?: Forward): Promise<House> {
    const house = new House(forward);
    const text =
      (what: string) =>
      (_: unknown, res: { end: (text: string) => void }): void =>
        res.end(what);
    const { handler, table } = house;
    const main = frontDoor(handler, text('behind'));
    const own = createServiceListener({ modelId, handler, table, metrics: text('metrics'), docs: () => false });
    const direct = lane === 'direct';
    house.main = await bind({ request: main, ...(direct && { direct: handler.directAny() }) });
    house.own = await bind({ request: own, ...(direct && { direct: handler.directOwn(modelId) }) });
    endings.push(() => house.agent.destroy());
    return house;
  }

  async deploy(name: string, overrides: Partial<EndpointOptions> = {}): Promise<Endpoint> {
    const { modelId = name, version = 1, environment = 'production' } = overrides;
    const labels = { service: 'model_service', model_id: modelId, version: String(version), environment };
    const endpoint = new Endpoint(endpointOptions(name, { metrics: this.metrics.forModel(labels), ...overrides }));
    endings.push(() => endpoint.drain());
    await endpoint.start();
    this.table.set(modelId, endpoint);
    return endpoint;
  }

  post(port: number, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send('POST', port, path, typeof body === 'string' ? body : JSON.stringify(body), headers);
  }

  send(method: string, port: number, path: string, body = '', headers: Record<string, string> = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const req = request({ method, port, path, host: '127.0.0.1', agent: this.agent, headers }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json = res.headers['content-type'] === 'application/json';
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: json ? (JSON.parse(text) as Record<string, unknown>) : { text },
          });
        });
      });
      req.on('error', reject);
      req.end(body);
    });
  }
}

async function bind(handlers: Handlers): Promise<number> {
  const listener = await Listener.bind(handlers, '127.0.0.1', 0);
  endings.push(() => listener.close(0));
  return listener.port;
}

/** Waits until the endpoint shows it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe.each<Lane>(['direct', 'node'])('predictions over HTTP, %s', (lane) => {
  test('answers a large request whole, and the next on its connection', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest');
    const rows = 8000;
    const large = { features: Array.from({ length: rows }, () => ROW) };
    for (const [sent, count] of [
      [large, rows],
      [{ features: [ROW] }, 1],
      [large, rows],
    ] as const) {
      const { status, headers, body } = await house.post(house.own, '/infer', sent);
      expect(status).toBe(200);
      expect(body['prediction']).toHaveLength(count);
      expect(body).toMatchObject({ model_id: 'forest', version: 1 });
      if (count > 1) expect(Number(headers['content-length'])).toBeGreaterThan(LARGE_ANSWER);
    }
  });

  test('main, own /infer and own /predict answer the same', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest', { version: 3 });
    const main = await house.post(
      house.main,
      '/predict',
      { model_id: 'forest', features: ROW },
      { 'x-request-id': 'mine' },
    );
    expect(main.status).toBe(200);
    expect(main.headers).toMatchObject({ 'content-type': 'application/json', 'x-request-id': 'mine' });
    expect(main.body).toEqual({
      prediction: 0,
      probabilities: [expect.closeTo(1, 5), 0, 0],
      latency: expect.any(Number) as number,
      model_id: 'forest',
      version: 3,
      timestamp: expect.any(Number) as number,
    });
    expect(Math.abs(Number(main.body['timestamp']) - Date.now() / 1000)).toBeLessThan(5);
    const infer = await house.post(house.own, '/infer/?x=1', { features: [ROW] });
    expect(infer.body).toMatchObject({ prediction: [0], version: 3 });
    const flat = await house.post(house.own, '/predict', RECORD);
    expect(flat.body).toEqual({
      prediction: 0,
      probability: 1,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      service_version: '3.0',
    });
  });

  test('serves the version that a body asks for, and no other', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest', { version: 3, model: workerModel('forest', { version: 3 }) });
    for (const [port, path] of [
      [house.main, '/predict'],
      [house.own, '/infer'],
    ] as const) {
      const ask = (version: unknown): Promise<Reply> =>
        house.post(port, path, { model_id: 'forest', version, features: ROW });
      for (const version of [3, '3', '3.0', null, undefined]) {
        expect(await ask(version)).toMatchObject({ status: 200, body: { prediction: 0, version: 3 } });
      }
      const spelled = await house.post(port, path, `{"model_id":"forest","features":[1,2,3,4],"version":3.0}`);
      expect(spelled.status).toBe(200);
      const escaped = await house.post(port, path, `{"model_id":"forest","features":[1,2,3,4],"versi\\u006fn":"2"}`);
      expect(escaped.status).toBe(404);
      for (const version of [2, '2', '2.0', 0, 3.5, '', '03', 'latest']) {
        const { status, body } = await ask(version);
        expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'version_not_found' });
        expect(body['error']).toContain(`version ${JSON.stringify(version)}`);
        expect(body['error']).toContain('version 3 is deployed');
      }
      for (const version of [true, [3], { version: 3 }]) {
        expect(await ask(version)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
      // Only the member of the body itself says it.
      const record = { ...RECORD, version: 2 };
      const inRecord = await house.post(port, path, { model_id: 'forest', features: record });
      expect(inRecord).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    }
    const flat = await house.post(house.own, '/predict', { ...RECORD, version: 2 });
    expect(flat).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  test('tells what is wrong, with the status that belongs to it', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest');
    const cases: [number, string, unknown, number, string][] = [
      [house.main, '/predict', { features: ROW }, 400, 'bad_request'],
      [house.main, '/predict', { model_id: 5, features: ROW }, 400, 'bad_request'],
      [house.main, '/predict', '{"model_id', 400, 'malformed_json'],
      [house.main, '/predict', '', 400, 'malformed_json'],
      [house.main, '/predict', { model_id: 'nobody', features: ROW }, 404, 'deployment_not_found'],
      [house.main, '/predict', { model_id: '__proto__', features: ROW }, 404, 'deployment_not_found'],
      [house.main, '/predict', { model_id: 'forest', features: [1] }, 400, 'invalid_input'],
      [house.own, '/infer', { inputs: ROW, features: ROW }, 400, 'bad_request'],
      [house.own, '/infer', {}, 400, 'bad_request'],
      [house.own, '/infer', 'x'.repeat(1_000_001), 413, 'body_too_large'],
      [house.own, '/nowhere', {}, 404, 'not_found'],
    ];
    for (const [port, path, body, status, code] of cases) {
      const reply = await house.post(port, path, body);
      expect(reply).toMatchObject({ status, body: { code, error: expect.any(String) as string } });
      expect(reply.headers['content-type']).toBe('application/json');
    }
    expect(await house.post(house.own, '/infer', '{}', { 'content-type': 'text/csv' })).toMatchObject({ status: 415 });
    for (const [port, path, method, allow] of [
      [house.main, '/predict', 'GET', 'POST'],
      [house.own, '/infer', 'OPTIONS', 'POST'],
      [house.own, '/health', 'DELETE', 'GET, HEAD'],
    ] as const) {
      expect(await house.send(method, port, path)).toMatchObject({ status: 405, headers: { allow } });
    }
    expect((await house.send('GET', house.own, '/health')).body).toMatchObject({
      status: 'healthy',
      service: 'model_service',
    });
    expect((await house.send('GET', house.main, '/other')).body).toEqual({ text: 'behind' });
  });

  test('shows the reason of a failure in development only', async () => {
    for (const environment of ['development', 'production']) {
      const house = await House.open(lane, 'lookup');
      await house.deploy('lookup', { environment });
      const { status, body } = await house.post(house.own, '/infer', { features: [7] });
      expect(status).toBe(500);
      expect('reason' in body).toBe(environment === 'development');
    }
  });

  test('passes a model that is not here on, and what comes back as it is', async () => {
    const house = await House.open(lane, 'ext', (modelId, body) => {
      if (modelId === 'late') return Promise.reject(new AppError('upstream_timeout', 'late'));
      if (modelId !== 'ext') return Promise.resolve(undefined);
      return Promise.resolve({ status: 418, body: Buffer.from(JSON.stringify({ got: Buffer.from(body).toString() })) });
    });
    const ask = (modelId: string): Promise<Reply> =>
      house.post(house.main, '/predict', { model_id: modelId, features: ROW });
    expect(await ask('ext')).toMatchObject({
      status: 418,
      body: { got: expect.stringContaining('"features":[5.1') as string },
    });
    expect(await ask('late')).toMatchObject({ status: 504 });
    expect(await ask('nobody')).toMatchObject({ status: 404 });
  });

  test('a swap under load fails no request', async () => {
    const house = await House.open(lane, 'forest');
    let old = await house.deploy('forest');
    let going = true;
    const seen = new Map<number, number>();
    const clients = Array.from({ length: 8 }, async (_, i) => {
      while (going) {
        const own = i % 2 === 0;
        const reply = await house.post(own ? house.own : house.main, own ? '/infer' : '/predict', {
          model_id: 'forest',
          features: ROW,
        });
        expect(reply.status).toBe(200);
        const version = reply.body['version'] as number;
        seen.set(version, (seen.get(version) ?? 0) + 1);
      }
    });
    for (let version = 2; version <= 5; version++) {
      const next = await house.deploy('forest', { version });
      await old.retire();
      expect(old.state).toBe('stopped');
      old = next;
    }
    going = false;
    await Promise.all(clients);
    expect([...seen.keys()].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  test('a drain under load answers or refuses every request, and the process lives', async () => {
    const house = await House.open(lane, 'spin');
    const endpoint = await house.deploy('spin', { workers: 2, batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 50 } });
    const asked = Array.from({ length: 12 }, () => house.post(house.own, '/infer', { features: [LONG] }));
    await until(() => endpoint.stats().queueDepth === 10);
    await endpoint.drain();
    house.table.delete('spin');
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, ...Array<number>(10).fill(503)]);
    expect(await house.post(house.own, '/infer', { features: [1] })).toMatchObject({ status: 404 });
    await (await house.deploy('forest')).drain();
  });

  test('beyond the queue 429 comes at once, also to one whose body has not been sent; slow bodies take no place', async () => {
    const house = await House.open(lane, 'spin');
    const endpoint = await house.deploy('spin', { batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 1 } });
    const slow = Array.from({ length: 5 }, () => {
      const socket = connect(house.own, '127.0.0.1');
      socket.write('POST /infer HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\n{"features"');
      return socket;
    });
    const first = house.post(house.own, '/infer', { features: [LONG] });
    await until(() => endpoint.stats().queueDepth === 0 && endpoint['dispatcher'].running === 1);
    const second = house.post(house.own, '/infer', { features: [1] });
    await until(() => endpoint.stats().queueDepth === 1);
    const startedAt = performance.now();
    const refused = await house.post(house.own, '/infer', { features: [1] });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, body: { code: 'queue_full' } });
    const unsent = connect(house.own, '127.0.0.1');
    unsent.write('POST /infer HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n');
    expect(String(await new Promise((resolve) => unsent.once('data', resolve)))).toMatch(/^HTTP\/1.1 429 /);
    expect(performance.now() - startedAt).toBeLessThan(300);
    unsent.destroy();
    // A body that began before the queue was full is refused when it is complete.
    const late = slow.pop();
    late?.write(':[1]}');
    expect(String(await new Promise((resolve) => late?.once('data', resolve)))).toMatch(/^HTTP\/1.1 429 /);
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    for (const socket of [...slow, late]) socket?.destroy();
  });

  test('504 at the deadline', async () => {
    const house = await House.open(lane, 'spin');
    const endpoint = await house.deploy('spin', { timeoutMs: 100 });
    const late = house.post(house.own, '/infer', { features: [LONG] });
    expect(await late).toMatchObject({ status: 504, body: { code: 'deadline_exceeded' } });
    await until(() => endpoint['dispatcher'].running === 0);
    expect(endpoint.stats()).toMatchObject({ requestsTotal: 1, errorsTotal: 1 });
    expect(await house.post(house.own, '/infer', { features: [2] })).toMatchObject({ status: 200 });
  });

  test('a client that has gone is not worked for', async () => {
    const house = await House.open(lane, 'spin');
    const endpoint = await house.deploy('spin', { batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 9 } });
    const first = house.post(house.own, '/infer', { features: [LONG] });
    await until(() => endpoint['dispatcher'].running === 1);
    const socket = connect(house.own, '127.0.0.1');
    socket.write('POST /infer HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n{"features":[9000000]}');
    await until(() => endpoint.stats().queueDepth === 1);
    socket.destroy();
    await until(() => endpoint.stats().queueDepth === 0);
    expect(await first).toMatchObject({ status: 200 });
    await until(() => endpoint['dispatcher'].running === 0);
    expect(endpoint.stats()).toMatchObject({ requestsTotal: 1, errorsTotal: 0 });
  });

  test('while the process shuts down every request is 503 and its connection closed', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest');
    house.handler.shutDown();
    for (const port of [house.main, house.own]) {
      const reply = await house.post(port, '/predict', { model_id: 'forest', features: ROW });
      expect(reply).toMatchObject({ status: 503, headers: { connection: 'close', 'retry-after': '1' } });
    }
  });

  test('counts every request once', async () => {
    const house = await House.open(lane, 'forest');
    await house.deploy('forest');
    for (let i = 0; i < 5; i++) await house.post(house.own, '/infer', { features: [ROW, ROW] });
    await house.post(house.main, '/predict', { model_id: 'forest', features: [1] });
    await house.post(house.own, '/infer', '{}', { 'content-type': 'text/csv' });
    const text = await house.metrics.render();
    const value = (pattern: string): number => Number(new RegExp(`^${pattern} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('predictions_total\\{.*outcome="ok"\\}')).toBe(5);
    expect(value('predictions_total\\{.*outcome="invalid"\\}')).toBe(2);
    expect(value('prediction_rows_total\\{.*\\}')).toBe(10);
    expect(value('prediction_batch_size_sum\\{.*\\}')).toBe(10);
    expect(value('http_requests_total\\{.*route="/infer".*status="200".*\\}')).toBe(5);
    expect(value('http_requests_total\\{.*route="/predict".*status="400".*\\}')).toBe(1);
  });
});
