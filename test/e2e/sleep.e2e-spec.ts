import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expectProblem } from '../support/expect-problem';
import { IRIS_2_PKL, IRIS_PKL, manyRows, ROW } from '../support/fixtures';
import { post, send, until } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const SLEEPY = { idle_timeout: 0.2 };

/** contract: section 12, `resources.idle_timeout`. */
describe('a deployment that sleeps', () => {
  let server: TestServer;
  let url: string;

  beforeEach(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    const deployed = await server.deploy('iris', { resources: SLEEPY });
    expect(deployed.json).toMatchObject({ status: 'running', workers: 1, resources: { idle_timeout: 0.2 } });
    url = `${server.at(deployed.json.port as number)}/infer`;
  });
  afterEach(() => server.dispose());

  const shown = async () => (await send(`${server.url}/deployments/iris`)).json;
  const asleep = () => until('it sleeps', async () => (await shown()).workers === 0, 10_000);
  const infer = () => post(url, { features: ROW });

  it('stays running without workers, and answers whoever asks, all at once after one wake', async () => {
    await asleep();
    expect(await shown()).toMatchObject({ status: 'running', workers: 0, last_error: null });
    expect(await server.statusOf('iris')).toMatchObject({ status: 'running', workers: 0, queue_depth: 0 });
    expect((await send(`${server.url}/health/ready`)).status).toBe(200);
    expect((await send(url.replace('/infer', '/health'))).json.status).toBe('healthy');
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 ? infer() : server.predict('iris', ROW))),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(replies[0]?.json.prediction).toBe(0);
    const metrics = (await send(`${server.url}/metrics`)).text;
    expect(metrics).toMatch(/^model_wakes_total\{.*model_id="iris".*\} 1$/m);
    expect(metrics).toMatch(/^model_services_active 1$/m);
    await asleep();
    const after = (await send(`${server.url}/metrics`)).text;
    expect(after).toMatch(/^model_workers\{.*model_id="iris".*\} 0$/m);
    expect(after).toMatch(/^model_memory_bytes\{.*model_id="iris".*\} 0$/m);
    expect(Number(/^model_asleep_seconds_total\{.*model_id="iris".*\} (\S+)$/m.exec(after)?.[1])).toBeGreaterThan(0);
  });

  it('sleeps and wakes many times without a failed request', async () => {
    for (let i = 0; i < 12; i++) {
      expect((await infer()).status).toBe(200);
      // Just when it falls asleep, and a little before and after.
      await new Promise((resolve) => setTimeout(resolve, 190 + 3 * i));
    }
  });

  it('comes back asleep after a kill, on the same port, and answers', async () => {
    await asleep();
    await server.kill9();
    await server.restart();
    expect(await shown()).toMatchObject({ status: 'running', workers: 0 });
    expect((await infer()).json).toMatchObject({ prediction: 0, version: 1 });
    expect((await shown()).workers).toBe(1);
    const waking = asleep().then(infer);
    expect((await waking).status).toBe(200);
  });

  it('ends in order while it sleeps, and while it wakes', async () => {
    await asleep();
    expect(await server.stop()).toBe(0);
    await server.restart();
    const reply = infer().catch(() => undefined);
    expect(await server.stop()).toBe(0);
    // Taken in before the end, it is answered; after, there is nobody to take it.
    expect([200, 503, undefined]).toContain((await reply)?.status);
    await server.restart();
    expect((await infer()).status).toBe(200);
  });

  it('is stopped, deleted and swapped while it sleeps or wakes', async () => {
    await upload(server.url, 'iris', IRIS_2_PKL);
    await asleep();
    const [before, swapped] = await Promise.all([infer(), server.deploy('iris')]);
    expect([before.status, swapped.status]).toEqual([200, 200]);
    expect(swapped.json).toMatchObject({ version: 2, workers: 1, resources: { idle_timeout: 0.2 } });
    await asleep();
    const [waking, stopped] = await Promise.all([infer(), post(`${server.url}/stop_deployment/iris`, {})]);
    expect([200, 503, 404]).toContain(waking.status);
    expect(stopped.status).toBe(200);
    expect((await server.deploy('iris')).json.workers).toBe(1);
    await asleep();
    expect((await send(`${server.url}/delete_model/iris`, { method: 'DELETE' })).status).toBe(200);
    expectProblem(await server.predict('iris', ROW), 404);
    expect(server.files()).toEqual([]);
  });

  it('a wake that fails is 503 and in the status, and the next request tries again', async () => {
    await asleep();
    const graph = join(server.dataDir, server.files().find((file) => file.endsWith('.onnx')) as string);
    renameSync(graph, `${graph}.away`);
    const failed = await infer();
    expectProblem(failed, 503, 'could not be woken');
    expect(failed.headers['retry-after']).toBeDefined();
    expect(JSON.stringify(failed.json)).not.toContain(server.dataDir);
    expect(await shown()).toMatchObject({
      status: 'running',
      workers: 0,
      last_error: expect.stringContaining('could not be woken') as string,
    });
    renameSync(`${graph}.away`, graph);
    expect((await infer()).status).toBe(200);
  });

  it('holds its deadline: what wakes too slowly is 504, and what runs long is no sleep', async () => {
    const timeout = { resources: { ...SLEEPY, timeout: 0.01 } };
    await server.deploy('iris', timeout);
    await asleep();
    expectProblem(await infer(), 504);
    await server.deploy('iris', { resources: { timeout: 60 } });
    expect((await server.predict('iris', manyRows(200_000))).status).toBe(200);
  });

  it('never sleeps again when the timeout is null', async () => {
    const { json } = await server.deploy('iris', { resources: { idle_timeout: null } });
    expect(json.resources.idle_timeout).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await shown()).workers).toBe(1);
  });

  it('refuses an idle_timeout that is no number of seconds from 0.1 to a week', async () => {
    for (const idle_timeout of [0, -1, '5', 1e9, true]) {
      expectProblem(await server.deploy('iris', { resources: { idle_timeout } }), 400, 'idle_timeout');
    }
  });
});
