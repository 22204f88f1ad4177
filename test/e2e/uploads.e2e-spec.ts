import { request } from 'node:http';
import { expectProblem } from '../support/expect-problem';
import { forestPickle } from '../support/forest-pickle';
import { IRIS_PKL, ROW } from '../support/fixtures';
import { send, until } from '../support/http-client';
import { filePart, multipart, upload, uploadParts } from '../support/multipart';
import { TestServer } from '../support/test-server';

/** 28 trees of 2^15 - 1 nodes: 66 MB. */
const BIG_FOREST = forestPickle(28, 14);
const ORDER = ['receiving', 'reading', 'compiling', 'proving', 'storing', 'done'];

/** Of the control plane, as a test sends them. */
function sendUpload(url: string, modelId: string, file: Uint8Array, headers: Record<string, string>) {
  const { body, contentType } = multipart([{ name: 'model_id', value: modelId }, filePart(Buffer.from(file))]);
  return send(`${url}/upload_model`, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType, ...headers },
    timeoutMs: 120_000,
  });
}

describe('the progress of an upload', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start()));
  afterAll(() => server.dispose());

  const statusOf = (id: string) => send(`${server.url}/uploads/${encodeURIComponent(id)}`);

  it('begins at a path with a slash at its end, too', async () => {
    const { body, contentType } = multipart([{ name: 'model_id', value: 'slash' }, filePart(IRIS_PKL)]);
    const headers = { 'content-type': contentType };
    const reply = await send(`${server.url}/upload_model/`, { method: 'POST', body, headers });
    expect(reply.json).toMatchObject({ model_id: 'slash', version: 1 });
  });

  it('of a large forest can be watched, stage by stage, while another model answers', async () => {
    await upload(server.url, 'iris', IRIS_PKL);
    await server.deploy('iris');
    let ended = false;
    const answer = sendUpload(server.url, 'forest', BIG_FOREST, { 'x-request-id': 'big/1' }).finally(
      () => (ended = true),
    );
    const seen: { stage: string; progress: number; bytes_received: number }[] = [];
    await until('the upload is known', async () => (await statusOf('big/1')).status === 200);
    while (!ended) {
      seen.push((await statusOf('big/1')).json);
      expect((await server.predict('iris', [ROW])).status).toBe(200);
    }
    const reply = await answer;
    expect(reply.json).toMatchObject({ model_id: 'forest', version: 1, upload_id: 'big/1' });
    expect(reply.headers['x-request-id']).toBe('big/1');
    const stages = [...new Set(seen.map(({ stage }) => stage))];
    expect(stages).toEqual(ORDER.filter((stage) => stages.includes(stage)));
    expect(stages).toEqual(expect.arrayContaining(['reading', 'compiling', 'proving']));
    const shares = seen.map(({ progress }) => progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(new Set(shares).size).toBeGreaterThanOrEqual(5);
    expect((await statusOf('big/1')).json).toEqual({
      id: 'big/1',
      model_id: 'forest',
      stage: 'done',
      progress: 1,
      bytes_received: expect.any(Number),
      bytes_total: expect.any(Number),
      started_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      elapsed: expect.any(Number),
      version: 1,
      error: null,
    });
  });

  it('shows what has arrived of a body that is still coming', async () => {
    const { body, contentType } = multipart([{ name: 'model_id', value: 'slow' }, filePart(IRIS_PKL)]);
    const half = Math.floor(body.length / 2);
    const req = request(`${server.url}/upload_model`, {
      method: 'POST',
      headers: { 'content-type': contentType, 'content-length': body.length, 'x-request-id': 'slow-1' },
    });
    const replied = new Promise<number>((resolve) => req.on('response', (res) => resolve(res.resume().statusCode!)));
    req.write(body.subarray(0, half));
    await until('half has arrived', async () => (await statusOf('slow-1')).json.bytes_received === half);
    expect((await statusOf('slow-1')).json).toMatchObject({
      stage: 'receiving',
      model_id: 'slow',
      bytes_total: body.length,
      progress: expect.closeTo(0.1, 2),
    });
    const { json } = await send(`${server.url}/uploads`);
    expect(json.active).toBe(1);
    expect(json.uploads[0]).toMatchObject({ id: 'slow-1', stage: 'receiving' });
    req.end(body.subarray(half));
    expect(await replied).toBe(200);
  });

  it('keeps the reason of a refusal under the id of the request', async () => {
    const reply = await upload(server.url, 'broken', Buffer.from('not a model'));
    expectProblem(reply, 422, 'format_unknown');
    const status = await statusOf(reply.json.request_id);
    expect(status.json).toMatchObject({
      stage: 'failed',
      version: null,
      error: { error: reply.json.error, code: 'format_unknown' },
    });
    expectProblem(await uploadParts(server.url, [filePart(IRIS_PKL)]), 400, 'bad_request');
  });

  it('says of the same bytes again that they are done', async () => {
    const reply = await sendUpload(server.url, 'iris', IRIS_PKL, { 'x-request-id': 'again' });
    expect(reply.json.version).toBe(1);
    expect((await statusOf('again')).json).toMatchObject({ stage: 'done', version: 1, progress: 1 });
  });

  it('answers 202 with the resource to a client that prefers not to wait', async () => {
    const reply = await sendUpload(server.url, 'later', IRIS_PKL, {
      prefer: 'respond-async',
      'x-request-id': 'later-1',
    });
    expect(reply.status).toBe(202);
    expect(reply.headers).toMatchObject({ location: '/uploads/later-1', 'preference-applied': 'respond-async' });
    expect(reply.json).toMatchObject({ id: 'later-1', model_id: 'later', version: null });
    await until('the upload is done', async () => (await statusOf('later-1')).json.stage === 'done');
    expect((await send(`${server.url}/models/later`)).json).toMatchObject({ latest_version: 1 });
  });

  it('answers at once what is wrong with the body itself, and keeps later refusals in the resource', async () => {
    const asynchronous = { prefer: 'respond-async' };
    expectProblem(await sendUpload(server.url, '.bad', IRIS_PKL, asynchronous), 400, 'bad_request');
    const reply = await sendUpload(server.url, 'refused', Buffer.from('not a model'), asynchronous);
    expect(reply.status).toBe(202);
    await until('it has failed', async () => (await statusOf(reply.json.id)).json.stage === 'failed');
    expect((await statusOf(reply.json.id)).json.error.code).toBe('format_unknown');
    expect(server.files().filter((file) => file.startsWith('tmp'))).toEqual([]);
  });

  it('does not know other ids', async () => {
    expectProblem(await statusOf('nobody'), 404, 'upload_not_found');
  });
});
