import { createServer, type Server } from 'node:http';
import { IRIS_2_PKL, IRIS_PKL, ROW } from '../support/fixtures';
import { post, send, until } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** What the contract leaves open: docs/adr/0010-what-is-answered-where-nothing-was-said.md. */
describe('small decisions', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
  });
  afterEach(() => server.dispose());

  it('a repeated upload says what of it is not applied', async () => {
    const again = await upload(server.url, 'iris', IRIS_PKL, { description: 'now with words' });
    expect(again).toMatchObject({ status: 200, json: { version: 1, description: null } });
    expect(again.json.warnings).toEqual(['these bytes are version 1 already; description of this upload not applied']);
    expect((await upload(server.url, 'iris', IRIS_PKL)).json.warnings).toEqual([]);
  });

  it('a repeated upload of an older version says that another one is deployed by default', async () => {
    await upload(server.url, 'iris', IRIS_2_PKL);
    const again = await upload(server.url, 'iris', IRIS_PKL, { description: 'back to it' });
    expect(again).toMatchObject({ status: 200, json: { version: 1 } });
    expect(again.json.warnings).toEqual([
      'these bytes are version 1 already; description of this upload not applied',
      'the newest is version 2, and what is deployed by default; deploy with "version": 1 for this one',
    ]);
    expect((await upload(server.url, 'iris', IRIS_2_PKL)).json.warnings).toEqual([]);
    expect((await server.deploy('iris')).json.version).toBe(2);
  });

  it('a second process refuses to start on the same data folder', async () => {
    const second = await TestServer.prepare({ dataDir: server.dataDir });
    expect(await second.launch()).toBe(1);
    expect(second.output).toContain('is in use by another process');
    expect((await send(`${server.url}/models`)).json.total).toBe(1);
  });

  it('a deployment whose port is taken after a restart fails visibly, and comes back when the port is free', async () => {
    const { port } = (await server.deploy('iris')).json;
    await server.stop();
    const thief = await occupy(port as number);
    await server.restart();
    const status = async () => (await send(`${server.url}/deployments/iris`)).json;
    expect(await status()).toMatchObject({ status: 'failed', last_error: expect.stringContaining('in use') as string });
    await new Promise<void>((resolve) => void thief.close(() => resolve()));
    await until('it is tried again', async () => (await status()).status === 'running', 15_000);
    expect((await post(`${server.at(port as number)}/infer`, { features: ROW })).json.prediction).toBe(0);
  });

  it('a deployment without a port of its own asking takes the next free one when its old port is taken', async () => {
    const { port } = (await server.deploy('iris')).json;
    await post(`${server.url}/stop_deployment/iris`, {});
    const thief = await occupy(port as number);
    const again = (await server.deploy('iris')).json;
    expect(again).toMatchObject({ status: 'running' });
    expect(again.port).not.toBe(port);
    await new Promise<void>((resolve) => void thief.close(() => resolve()));
  });
});
