import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerClientErrors } from './client-error';
import { requestIdOf } from './request-id';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

interface Refusal {
  code: string;
  status: number;
  id: string;
}

async function serve(request: RequestListener, options: ServerOptions = {}) {
  const server = createServer({ keepAliveTimeout: 100, ...options }, request);
  servers.push(server);
  const refusals: Refusal[] = [];
  answerClientErrors(server, ({ code, status }, id) => refusals.push({ code, status, id }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = (bytes: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(bytes);
    return text(socket).finally(() => socket.destroy());
  };
  return { ask, refusals };
}

/** Status, headers and body of the last reply in what a connection answered. */
function last(answered: string): { status: number; headers: Record<string, string>; body: Record<string, unknown> } {
  const reply = answered.slice(answered.lastIndexOf('HTTP/1.1 '));
  const [head, body] = reply.split('\r\n\r\n') as [string, string];
  const [line, ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => field.toLowerCase().split(': ') as [string, string]));
  return { status: Number(line!.split(' ')[1]), headers, body: JSON.parse(body) as Record<string, unknown> };
}

const HOST = 'Host: a\r\n';
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nX-Request-Id: mine\r\n\r\n`;

describe(answerClientErrors, () => {
  test.each([
    ['no HTTP', 'FOO BAR\r\n\r\n', 400, 'bad_request'],
    ['two lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'bad_request'],
    ['a large header', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'head_too_large'],
    ['a huge header', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(4_000_000)}\r\n\r\n`, 431, 'head_too_large'],
    ['chunk extensions', `${CHUNKED}1;${'a'.repeat(20_000)}\r\na\r\n0\r\n\r\n`, 413, 'body_too_large'],
  ])('answers %s as any other error, once', async (_what, bytes, status, code) => {
    const { ask, refusals } = await serve((req) => void req.resume());
    const reply = last(await ask(bytes));
    const id = reply.headers['x-request-id'];
    expect(reply).toMatchObject({ status, headers: { 'content-type': 'application/json', connection: 'close' } });
    expect(reply.body).toEqual({ error: expect.any(String) as string, code, request_id: id });
    expect(refusals).toEqual([{ code, status, id }]);
  });

  test('answers a head that does not come', async () => {
    const { ask } = await serve(() => undefined, {
      requestTimeout: 0,
      headersTimeout: 50,
      connectionsCheckingInterval: 20,
    });
    expect(last(await ask(`GET / HTTP/1.1\r\n${HOST}`))).toMatchObject({ status: 408, body: { code: 'head_timeout' } });
  });

  test('a body that cannot be read is answered with the id of its request', async () => {
    const { ask } = await serve((req) => void req.resume());
    expect(last(await ask(`${CHUNKED}ZZ\r\n`)).body).toMatchObject({ code: 'bad_request', request_id: 'mine' });
  });

  test('a body that cannot be read is not answered a second time', async () => {
    const { ask, refusals } = await serve((req, res) => res.end(requestIdOf(req)));
    const answered = await ask(`${CHUNKED}ZZ\r\n`);
    expect(answered.match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(refusals).toEqual([]);
  });

  test('a request before it is answered first, however long that takes', async () => {
    const { ask } = await serve((_req, res) => {
      res.write('begun, ');
      setImmediate(() => res.end('ended'));
    });
    const answered = await ask(`GET / HTTP/1.1\r\n${HOST}\r\nFOO BAR\r\n\r\n`);
    expect(answered).toMatch(/^HTTP\/1.1 200 [^]*begun, [^]*ended[^]*HTTP\/1.1 400 /);
    expect(last(answered).body.code).toBe('bad_request');
  });
});
