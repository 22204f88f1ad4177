import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IRIS_2_PKL, IRIS_PKL, manyRows, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { listens, post, send, until } from '../support/http-client';
import { filePart, multipart, upload, uploadCutHalfWay } from '../support/multipart';
import { TestServer } from '../support/test-server';

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

describe('faults', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    await server.deploy('iris', { listener: false });
  });
  afterAll(() => server.dispose());

  it('an upload cut off half way leaves nothing', async () => {
    const before = server.files();
    const large = Buffer.concat([IRIS_PKL, Buffer.alloc(5e6)]);
    for (let i = 0; i < 5; i++) await uploadCutHalfWay(server.url, 'cut', large);
    await until('the halves are removed', () => String(server.files()) === String(before), 5000);
    expectProblem(await send(`${server.url}/models/cut`), 404);
    expect((await upload(server.url, 'cut', IRIS_PKL)).json.version).toBe(1);
  });

  it('two uploads of one id at once become two versions, of the same bytes one', async () => {
    const two = await Promise.all([IRIS_PKL, IRIS_2_PKL].map((file) => upload(server.url, 'twice', file)));
    expect(two.map((reply) => reply.json.version).sort()).toEqual([1, 2]);
    const same = await Promise.all(Array.from({ length: 4 }, () => upload(server.url, 'same', IRIS_PKL)));
    expect(same.map((reply) => [reply.status, reply.json.version])).toEqual(same.map(() => [200, 1]));
    expectProblem(await send(`${server.url}/models/same/versions/2`), 404);
  });

  it('deployments of one model at once take turns or are refused, and one remains', async () => {
    await upload(server.url, 'busy', IRIS_PKL);
    const replies = await Promise.all(Array.from({ length: 4 }, () => server.deploy('busy')));
    for (const reply of replies) expect([200, 409]).toContain(reply.status);
    expect(replies.map((reply) => reply.status)).toContain(200);
    expect((await send(`${server.url}/deployments`)).json.total).toBe(2);
    const { port } = (await send(`${server.url}/deployments/busy`)).json;
    expect((await post(`${server.at(port)}/infer`, { features: ROW })).json.prediction).toBe(0);
    const ports = Array.from({ length: 6 }, (_, i) => server.servicePortBase + i);
    const open = await Promise.all(ports.map(listens));
    expect(open.filter(Boolean)).toHaveLength(1);
  });

  it('a model deleted while it predicts answers what is in flight, then is gone', async () => {
    await upload(server.url, 'short', IRIS_PKL);
    await server.deploy('short', { listener: false });
    const slow = server.predict('short', manyRows(100_000));
    await until('the prediction is under way', async () => (await server.statusOf('short')).queue_depth >= 0, 1000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const deleted = await send(`${server.url}/delete_model/short`, { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    const answer = await slow;
    expect([200, 503]).toContain(answer.status);
    expectProblem(await server.predict('short', ROW), 404);
    expect(server.files().filter((file) => file.includes('short'))).toEqual([]);
  });

  it('a port that is taken is 409 when asked for, passed over when not', async () => {
    await upload(server.url, 'ported', IRIS_PKL);
    const wanted = server.servicePortBase + 8;
    const holder = await occupy(wanted);
    try {
      expectProblem(await server.deploy('ported', { port: wanted }), 409, String(wanted));
      expect((await server.statusOf('ported')).status).not.toBe('running');
      expectProblem(await server.predict('ported', ROW), 404);
      expectProblem(await server.deploy('ported', { port: server.portBase }), 409);
    } finally {
      await release(holder);
    }
    expect((await server.deploy('ported', { port: wanted })).json).toMatchObject({ port: wanted, status: 'running' });
    const first = server.servicePortBase + 1;
    const other = await occupy(first).catch(() => undefined);
    try {
      await upload(server.url, 'next', IRIS_PKL);
      const { port } = (await server.deploy('next')).json;
      expect(port).toBeGreaterThan(first);
    } finally {
      if (other) await release(other);
    }
  });

  it('a deployment that fails leaves the old one serving', async () => {
    expectProblem(await server.deploy('iris', { resources: { memory_limit: '1KB' } }), 400);
    expect((await server.predict('iris', ROW)).json).toMatchObject({ prediction: 0, version: 1 });
    expect((await send(`${server.url}/deployments/iris`)).json.resources?.memory_limit).not.toBe('1KB');
    expect(await server.statusOf('iris')).toMatchObject({ status: 'running' });
  });

  it('a prediction past its deadline is 504, and the worker goes on', async () => {
    await upload(server.url, 'slow', IRIS_PKL);
    await server.deploy('slow', { listener: false, resources: { timeout: 0.05 } });
    expectProblem(await server.predict('slow', manyRows(200_000)), 504);
    await until('the worker is free again', async () => (await server.predict('slow', ROW)).status === 200, 20_000);
  });

  it('a queue that is full is 429 at once', async () => {
    await upload(server.url, 'full', IRIS_PKL);
    await server.deploy('full', {
      listener: false,
      batching: { max_queue: 2, max_size: 1 },
      resources: { cpu_limit: 1 },
    });
    const waiting = (count: number) => async () => (await server.statusOf('full')).queue_depth === count;
    const slow = [0, 1].map(() => server.predict('full', manyRows(300_000)));
    await until('one runs and one waits', waiting(1), 20_000);
    slow.push(server.predict('full', manyRows(300_000)));
    await until('one runs and two wait', waiting(2), 20_000);
    const replies = await Promise.all(Array.from({ length: 20 }, () => server.predict('full', ROW)));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    for (const reply of refused) expectProblem(reply, 429);
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await server.predict('full', ROW)).status).toBe(200);
  });

  it('a database locked by another process: predictions go on, changes wait or are 503', async () => {
    const database = new DatabaseSync(join(server.dataDir, 'modelport.db'));
    database.exec('BEGIN IMMEDIATE');
    try {
      expect((await server.predict('iris', ROW)).json.prediction).toBe(0);
      const changes = [server.deploy('iris', { version: 1 }), upload(server.url, 'locked', IRIS_2_PKL)];
      const whileWaiting = await server.predict('iris', ROW);
      expect(whileWaiting.json.prediction).toBe(0);
      expect(whileWaiting.json.latency).toBeLessThan(1);
      for (const change of changes) expectProblem(await change, 503);
      expect((await send(`${server.url}/health/live`)).status).toBe(200);
    } finally {
      database.exec('ROLLBACK');
      database.close();
    }
    expect(server.files().filter((file) => file.includes('locked'))).toEqual([]);
    expect((await server.deploy('iris', { version: 1 })).status).toBe(200);
    expect((await upload(server.url, 'locked', IRIS_2_PKL)).json.version).toBe(1);
  });

  it('a deletion that fails deletes nothing: the model is served on, and after a kill too', async () => {
    await upload(server.url, 'kept', IRIS_PKL);
    const { port } = (await server.deploy('kept')).json;
    const database = new DatabaseSync(join(server.dataDir, 'modelport.db'));
    const remove = () => send(`${server.url}/delete_model/kept`, { method: 'DELETE' });
    database.exec("CREATE TRIGGER broken BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'broken'); END");
    try {
      expectProblem(await remove(), 500);
    } finally {
      database.exec('DROP TRIGGER broken');
      database.close();
    }
    const served = async () => (await post(`${server.at(port as number)}/infer`, { features: ROW })).json.prediction;
    expect(await served()).toBe(0);
    await server.kill9();
    await server.restart();
    expect((await send(`${server.url}/deployments/kept`)).json).toMatchObject({ port, status: 'running' });
    expect(await served()).toBe(0);
    expect((await remove()).status).toBe(200);
    expectProblem(await send(`${server.url}/models/kept`), 404);
  });

  it('a main port that is taken ends the start with a sentence, not a stack', async () => {
    const second = await TestServer.prepare({ env: { PORT: String(server.portBase) } });
    try {
      expect(await second.launch()).toBe(1);
      expect(second.output).toMatch(
        new RegExp(`${server.portBase}.*(taken|in use)|(taken|in use).*${server.portBase}`, 'i'),
      );
    } finally {
      await second.dispose();
    }
  });

  it('a setting that is wrong ends the start and is named', async () => {
    const wrong = await TestServer.prepare({ env: { MAX_JSON: 'lots', REGISTRY_TTL: '-1' } });
    try {
      expect(await wrong.launch()).toBe(1);
      expect(wrong.output).toMatch(/MAX_JSON/);
    } finally {
      await wrong.dispose();
    }
  });
});

/** A file system of its own, small enough to fill; null where this user may not mount one. */
function mountSmallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  if (mounted.status === 0) return folder;
  rmSync(folder, { recursive: true });
  return null;
}

describe('a full disk', () => {
  const disk = mountSmallDisk();
  let server: TestServer | undefined;
  afterAll(async () => {
    await server?.dispose();
    if (disk) execFileSync('umount', ['-l', disk]);
    if (disk) rmSync(disk, { recursive: true, force: true });
  });

  (disk ? it : it.skip)('an upload that does not fit is refused and leaves room again', async () => {
    server = await TestServer.start({ dataDir: disk ?? '' });
    expect((await upload(server.url, 'iris', IRIS_PKL)).status).toBe(200);
    expect((await server.deploy('iris', { listener: false })).status).toBe(200);
    const before = server.files();
    const { body, contentType } = multipart([{ name: 'model_id', value: 'large' }, filePart(Buffer.alloc(8e6, 1))]);
    const url = `${server.url}/upload_model`;
    expectProblem(await send(url, { body, headers: { 'content-type': contentType } }), 507);
    expect(server.files()).toEqual(before);
    expect((await server.predict('iris', ROW)).status).toBe(200);
    expect((await upload(server.url, 'small', IRIS_2_PKL)).json.version).toBe(1);
  });
});
