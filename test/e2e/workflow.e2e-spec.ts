import { createHash } from 'node:crypto';
import { golden, IRIS_2_PKL, IRIS_PKL, FLIGHT_DELAY_PKL, FLIGHT_DELAY_SCHEMA, FLIGHT, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { listens, post, send } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('from an upload to predictions', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start()));
  afterAll(() => server.dispose());

  it('takes a pickle and says what it found in it', async () => {
    const reply = await upload(server.url, 'iris', IRIS_PKL, { description: 'a forest' });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json).toMatchObject({
      message: expect.any(String),
      model_id: 'iris',
      version: 1,
      format: 'pickle',
      framework: 'scikit-learn',
      framework_version: '1.5.2',
      sha256: sha256(IRIS_PKL),
      size_bytes: IRIS_PKL.length,
      warnings: expect.any(Array),
      signature: { task: 'classification', classes: [0, 1, 2] },
    });
    const { signature } = reply.json;
    expect(signature.features.map((feature: { name: string }) => feature.name)).toEqual(golden('iris').feature_names);
    for (const tensor of [...signature.inputs, ...signature.outputs]) {
      expect(tensor).toMatchObject({
        name: expect.any(String),
        datatype: expect.any(String),
        shape: expect.any(Array),
      });
    }
  });

  it('answers the same bytes with the version that has them, other bytes with the next', async () => {
    expect((await upload(server.url, 'iris', IRIS_PKL)).json.version).toBe(1);
    const next = await upload(server.url, 'iris', IRIS_2_PKL);
    expect(next.json).toMatchObject({ version: 2, sha256: sha256(IRIS_2_PKL) });
  });

  it('lists models and versions, and gives the files back', async () => {
    const list = await send(`${server.url}/models`);
    expect(list.json).toMatchObject({ total: 1, models: [{ model_id: 'iris' }] });
    expect((await send(`${server.url}/models/iris`)).json).toMatchObject({ model_id: 'iris' });
    expect((await send(`${server.url}/models/iris/versions/1`)).json).toMatchObject({ model_id: 'iris', version: 1 });
    const original = await send(`${server.url}/models/iris/versions/1/download?format=original`);
    expect(original.bytes.equals(IRIS_PKL)).toBe(true);
    const onnx = await send(`${server.url}/models/iris/versions/1/download?format=onnx`);
    expect(onnx.status).toBe(200);
    // An ONNX file is a protobuf ModelProto, whose first field is ir_version: tag 1, wire type varint.
    expect(onnx.bytes[0]).toBe(0x08);
    expectProblem(await send(`${server.url}/models/iris/versions/3`), 404);
    expectProblem(await send(`${server.url}/models/iris/versions/3/download`), 404);
    expectProblem(await send(`${server.url}/models/nobody`), 404);
  });

  it('shows a model as uploaded until it is deployed', async () => {
    expect(await server.statusOf('iris')).toMatchObject({ status: 'uploaded', requests_total: 0 });
    expectProblem(await server.predict('iris', ROW), 404);
  });

  it('deploys a version on a port of its own', async () => {
    const resources = { cpu_limit: '2', memory_limit: '512MB', timeout: 60 };
    const reply = await server.deploy('iris', { version: 1, environment: 'staging', resources });
    const port = server.servicePortBase;
    expect(reply.json).toMatchObject({
      message: 'Model iris deployed successfully',
      model_id: 'iris',
      version: 1,
      service_url: `http://127.0.0.1:${port}`,
      port,
      environment: 'staging',
      resources,
      status: 'running',
    });
    expect([1, 2]).toContain(reply.json.workers);
    expect(reply.status).toBe(200);
    expect((await send(`${server.url}/deployments`)).json).toMatchObject({
      total: 1,
      deployments: [{ model_id: 'iris' }],
    });
    expect((await send(`${server.url}/deployments/iris`)).json).toMatchObject({ model_id: 'iris', version: 1, port });
    expectProblem(await send(`${server.url}/deployments/nobody`), 404);
  });

  it.each(['main', 'own'])('answers every row of iris as scikit-learn does (%s)', async (where) => {
    const { rows, predictions, probabilities } = golden('iris');
    const before = Date.now() / 1000;
    const reply =
      where === 'main'
        ? await server.predict('iris', rows)
        : await post(`${server.at(server.servicePortBase)}/infer`, { features: rows });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ prediction: predictions, model_id: 'iris', version: 1 });
    expect(reply.json.latency).toBeGreaterThan(0);
    expect(reply.json.latency).toBeLessThan(30);
    expect(reply.json.timestamp).toBeGreaterThanOrEqual(before - 1);
    expect(reply.json.timestamp).toBeLessThanOrEqual(Date.now() / 1000 + 1);
    const largest = Math.max(
      ...rows.flatMap((_, row) =>
        (probabilities[row] ?? []).map((wanted, column) => Math.abs(wanted - reply.json.probabilities[row][column])),
      ),
    );
    expect(largest).toBeLessThan(1e-9);
  });

  it('takes a row, a batch of one, a record and a list of records', async () => {
    const { feature_names: names, rows, predictions } = golden('iris');
    const record = (row: number): object =>
      Object.fromEntries(names.map((name, i) => [name, rows[row]?.[i]]).reverse());
    expect((await server.predict('iris', ROW)).json.prediction).toBe(0);
    expect((await server.predict('iris', [ROW])).json).toMatchObject({ prediction: [0], probabilities: [[1, 0, 0]] });
    expect((await server.predict('iris', record(70))).json.prediction).toBe(predictions[70]);
    const many = await server.predict('iris', [5, 75, 125].map(record));
    expect(many.json.prediction).toEqual([5, 75, 125].map((row) => predictions[row]));
  });

  it('keeps what a second deployment does not name, and swaps the version', async () => {
    const reply = await server.deploy('iris');
    expect(reply.json).toMatchObject({ version: 2, environment: 'staging', port: server.servicePortBase });
    expect(reply.json.resources).toMatchObject({ cpu_limit: '2', memory_limit: '512MB', timeout: 60 });
    expect((await server.predict('iris', ROW)).json.version).toBe(2);
  });

  it('counts what it answers', async () => {
    const status = await server.statusOf('iris');
    expect(status).toMatchObject({
      status: 'running',
      version: 2,
      environment: 'staging',
      queue_depth: 0,
      last_error: null,
    });
    expect(status.requests_total).toBeGreaterThan(0);
    expect(status.latency.p50).toBeGreaterThan(0);
    expect(status.latency.p50).toBeLessThanOrEqual(status.latency.p99);
    expect(Date.parse(status.deployed_at)).toBeGreaterThan(Date.parse(status.created_at));
    const { json } = await send(`${server.url}/models/status`);
    expect(json).toMatchObject({ total: 1, active: 1 });
  });

  it('answers a flat record on the own port with the probability of the positive class', async () => {
    const uploaded = await upload(server.url, 'late', FLIGHT_DELAY_PKL, { input_schema: FLIGHT_DELAY_SCHEMA });
    expect(uploaded.status).toBe(200);
    const { json } = await server.deploy('late');
    const { rows, predictions, probabilities } = golden('flight_delay');
    for (const row of [0, 30, 59, 100]) {
      const [dep_hour, distance, weather_delay] = rows[row] ?? [];
      const reply = await post(`${json.service_url}/predict`, { ...FLIGHT, dep_hour, distance, weather_delay });
      expect(reply.json).toEqual({
        prediction: predictions[row],
        probability: Number(probabilities[row]?.[1]?.toFixed(4)),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
        service_version: '1.0',
      });
    }
    expectProblem(await post(`${json.service_url}/predict`, { ...FLIGHT, carrier: 'AAA' }), 422, 'carrier');
    expectProblem(await server.predict('late', [FLIGHT, { ...FLIGHT, dep_hour: 24 }]), 422, 'dep_hour');
  });

  it('answers class names given at upload', async () => {
    await upload(server.url, 'named', IRIS_PKL, { labels: '["setosa", "versicolor", "virginica"]' });
    await server.deploy('named', { listener: false });
    const reply = await server.predict('named', [ROW, [6.7, 3, 5.2, 2.3]]);
    expect(reply.json.prediction).toEqual(['setosa', 'virginica']);
    expect((await send(`${server.url}/deployments/named`)).json.port ?? null).toBeNull();
  });

  it('stops a deployment and keeps its files', async () => {
    const stopped = await send(`${server.url}/stop_deployment/iris`, { method: 'POST' });
    expect(stopped.json).toEqual({ message: expect.any(String), model_id: 'iris' });
    expect(await server.statusOf('iris')).toMatchObject({ status: 'stopped' });
    expect(await listens(server.servicePortBase)).toBe(false);
    expectProblem(await server.predict('iris', ROW), 404);
    expectProblem(await send(`${server.url}/stop_deployment/iris`, { method: 'POST' }), 404);
    expect((await server.deploy('iris', { version: 1 })).json.port).toBe(server.servicePortBase);
  });

  it('deletes a model with its deployment and every file, and numbers from 1 again', async () => {
    for (const model of ['iris', 'late', 'named']) {
      const reply = await send(`${server.url}/delete_model/${model}`, { method: 'DELETE' });
      expect(reply.json).toEqual({ message: expect.any(String), model_id: model });
    }
    expect(server.files()).toEqual([]);
    expect((await send(`${server.url}/models`)).json).toEqual({ models: [], total: 0 });
    expect((await send(`${server.url}/deployments`)).json).toEqual({ deployments: [], total: 0 });
    expectProblem(await send(`${server.url}/delete_model/iris`, { method: 'DELETE' }), 404);
    expect(await listens(server.servicePortBase)).toBe(false);
    expect((await upload(server.url, 'iris', IRIS_2_PKL)).json.version).toBe(1);
  });
});
