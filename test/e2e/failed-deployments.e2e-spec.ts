import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IRIS_PKL, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { post, send, until, type Reply } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

describe('a deployment that cannot be brought back', () => {
  let server: TestServer;
  let graph: string;
  let bytes: Buffer;
  let ownUrl: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'broken', IRIS_PKL);
    graph = join(
      server.dataDir,
      server.files().find((file) => file.endsWith('model.onnx'))!,
    );
    bytes = readFileSync(graph);
    await upload(server.url, 'sound', IRIS_PKL);
    ownUrl = (await server.deploy('broken')).json.service_url as string;
    await server.deploy('sound');
  });
  afterAll(() => server.dispose());

  const ownInfer = (): Promise<Reply> => post(`${ownUrl}/infer`, { features: ROW });

  describe.each([
    ['whose file is gone', () => rmSync(graph), /no longer in DATA_DIR/],
    [
      'whose file is cut off',
      () => writeFileSync(graph, bytes.subarray(0, bytes.length / 2)),
      /could not be loaded: ./,
    ],
  ])('%s', (_what, harm, why) => {
    beforeAll(async () => {
      await server.kill9();
      harm();
      await server.restart();
    });

    it('says why in place of each answer, on main and on its own listener', async () => {
      for (const reply of [await server.predict('broken', ROW), await ownInfer()]) {
        expectProblem(reply, 503, why);
        expect(reply.json.code).toBe('deployment_failed');
      }
    });

    it('says the same in its status, in health and in the log, and the server is ready', async () => {
      const status = await server.statusOf('broken');
      expect(status).toMatchObject({ status: 'failed', last_error: expect.stringMatching(why) as unknown });
      expect(status.service_url).toBe(ownUrl);
      const ready = await send(`${server.url}/health/ready`);
      expect(ready.json.info.deployments.failed).toEqual([{ model_id: 'broken', error: status.last_error }]);
      expect(await send(`${ownUrl}/health`)).toMatchObject({ status: 503, json: { state: 'failed' } });
      await until('the event is stored', async () => {
        const { json } = await send(`${server.url}/reports/logs?level=ERROR`);
        const [newest] = (json as { message: string }[]).slice(-1);
        return why.test(newest?.message ?? '');
      });
    });

    it('leaves the others alone', async () => {
      expect((await server.predict('sound', ROW)).status).toBe(200);
    });

    it('serves again once its file is back and it is deployed again', async () => {
      expectProblem(await server.deploy('broken'), 500, why);
      expectProblem(await server.predict('broken', ROW), 503, why);
      writeFileSync(graph, bytes);
      expect((await server.deploy('broken')).json.service_url).toBe(ownUrl);
      expect([(await server.predict('broken', ROW)).status, (await ownInfer()).status]).toEqual([200, 200]);
    });
  });

  it('is not deployed any more once it is stopped', async () => {
    await server.kill9();
    rmSync(graph);
    await server.restart();
    expectProblem(await server.predict('broken', ROW), 503);
    expect((await post(`${server.url}/stop_deployment/broken`, {})).status).toBe(200);
    expectProblem(await server.predict('broken', ROW), 404, 'not deployed');
    await expect(ownInfer()).rejects.toThrow();
  });
});
