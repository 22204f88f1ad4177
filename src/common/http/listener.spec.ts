import * as http from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Listener } from './listener';

const HOST = '127.0.0.1';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function ask(port: number, agent?: http.Agent): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { host: HOST, port, agent: agent ?? false };
    const req = http.get(options, (res) => {
      res.resume();
      res.once('end', () => resolve({ status: res.statusCode ?? 0, connection: res.headers.connection }));
    });
    req.once('error', reject);
  });
}

describe('Listener', () => {
  it('binds a free port, and says when one is taken', async () => {
    const first = await Listener.bind({ request: (_req, res) => res.end('ok') }, HOST, 0);
    expect((await ask(first.port)).status).toBe(200);
    await expect(Listener.bind({ request: (_req, res) => res.end() }, HOST, first.port)).rejects.toMatchObject({
      code: 'port_taken',
    });
    await first.close(1000);
    await expect(ask(first.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const again = await Listener.bind({ request: (_req, res) => res.end() }, HOST, first.port);
    await again.close(1000);
  });

  const raw = (port: number, request: string) => text(connect(port, HOST).end(request));

  it('refuses a request of HTTP/1.1 without a host in words, and takes one of HTTP/1.0', async () => {
    const listener = await Listener.bind({ request: (_req, res) => res.end('ok') }, HOST, 0);
    const refused = await raw(listener.port, 'GET / HTTP/1.1\r\n\r\n');
    expect(refused).toMatch(/^HTTP\/1\.1 400 [^]*content-type: application\/json\r\n[^]*connection: close\r\n/i);
    expect(JSON.parse(refused.slice(refused.indexOf('\r\n\r\n')))).toMatchObject({
      code: 'bad_request',
      error: expect.stringContaining('"Host"') as string,
    });
    expect(await raw(listener.port, 'GET / HTTP/1.0\r\n\r\n')).toContain('200 OK');
    await listener.close(1000);
  });

  it('passes over an expectation that it does not know', async () => {
    const listener = await Listener.bind({ request: (_req, res) => res.end('ok') }, HOST, 0);
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n';
    expect(await raw(listener.port, head)).toContain('200 OK');
    await listener.close(1000);
  });

  it('answers a kept connection once more while it closes, and tells it to go', async () => {
    const listener = await Listener.bind({ request: (_req, res) => res.end('ok') }, HOST, 0);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(listener.port, agent)).connection).toBe('keep-alive');
    const closed = listener.close(5000);
    expect((await ask(listener.port, agent)).connection).toBe('close');
    await closed;
    agent.destroy();
  });

  it('lets a request in flight end', async () => {
    let arrived: () => void = () => undefined;
    let answer: () => void = () => undefined;
    const inFlight = new Promise<void>((resolve) => (arrived = resolve));
    const listener = await Listener.bind(
      {
        request: (_req, res) => {
          answer = () => void res.end('late');
          arrived();
        },
      },
      HOST,
      0,
    );
    const reply = ask(listener.port);
    await inFlight;
    const closed = listener.close(5000);
    answer();
    expect((await reply).status).toBe(200);
    await closed;
  });

  it('cuts what is left after its grace', async () => {
    let arrived: () => void = () => undefined;
    const inFlight = new Promise<void>((resolve) => (arrived = resolve));
    const listener = await Listener.bind({ request: () => arrived() }, HOST, 0);
    const reply = ask(listener.port);
    await inFlight;
    await Promise.all([expect(reply).rejects.toThrow(), listener.close(50)]);
  });

  it('leaves nothing behind that holds what it served', async () => {
    const served = await (async () => {
      const request = (): undefined => undefined;
      const listener = await Listener.bind({ request, direct: () => null }, HOST, 0);
      await listener.close(10);
      return new WeakRef(request);
    })();
    for (let i = 0; i < 10 && served.deref(); i++) {
      await nextTurn();
      collect();
    }
    expect(served.deref()).toBeUndefined();
  });
});
