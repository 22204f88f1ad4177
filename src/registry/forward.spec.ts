import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { AppError } from '../common/errors';
import { SELF_SIGNED } from '../../test/support/self-signed-certificate';
import { askedVersion, forwardPrediction, toInferBody } from './forward';

const servers: { close: () => unknown; closeAllConnections?: () => void }[] = [];
const sockets = new Set<Socket>();

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function listening(server: Server | SecureServer | TcpServer): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const service = (listener: RequestListener) => listening(createServer(listener));

/** A service that answers these bytes, whatever is asked, and then ends the connection. */
const raw = (answer: string | Buffer) =>
  listening(createTcpServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer))));

const bodyOf = async (req: IncomingMessage) => Buffer.concat(await req.toArray()).toString();

const BODY = Buffer.from('{"features":[[1]]}');
const ask = (serviceUrl: string, timeoutMs = 5000, signal?: AbortSignal) =>
  forwardPrediction({ serviceId: 'ext', serviceUrl }, BODY, { timeoutMs, ...(signal && { signal }) });

async function failure(serviceUrl: string, timeoutMs?: number): Promise<AppError> {
  const error: unknown = await ask(serviceUrl, timeoutMs).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Once it is closed, whether by a reset or in order. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe(toInferBody.name, () => {
  it('passes on features and inputs byte for byte', () => {
    const to = (text: string) => Buffer.from(toInferBody(Buffer.from(text))).toString();
    expect(to('{"model_id": "m", "features": [1e400, 0.10, 12345678901234567890]}')).toBe(
      '{"features":[1e400, 0.10, 12345678901234567890]}',
    );
    expect(to('{"inputs": {"a": "}"}, "model_id": "m"}')).toBe('{"inputs":{"a": "}"}}');
    expect(to('\ufeff{"features": [1]}')).toBe('{"features":[1]}');
  });

  it('passes on the version that is asked for, which a service may check', () => {
    const asked = Buffer.from('{"version": "2", "model_id": "m", "features": [1]}');
    expect(Buffer.from(toInferBody(asked)).toString()).toBe('{"features":[1],"version":"2"}');
    expect(() => toInferBody(Buffer.from('{"version": 2}'))).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it.each([
    ['{"version": 2}', '2'],
    ['{"version": "2.0"}', '2.0'],
    ['{"version": null}', null],
    ['{"version": ', null],
    ['{}', null],
  ])('finds in %s the version %j', (text, version) => {
    expect(askedVersion(Buffer.from(text))).toBe(version);
  });

  it.each([
    ['{"model_id": "m"', 'malformed_json'],
    ['[]', 'malformed_json'],
    ['{"model_id": "m"}', 'bad_request'],
    ['{"features": [1], "inputs": [1]}', 'bad_request'],
  ])('refuses %s', (text, code) => {
    expect(() => toInferBody(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
  });
});

describe(forwardPrediction.name, () => {
  it('posts JSON to /infer below the address and passes the answer on byte for byte', async () => {
    let asked: unknown;
    const answer = '{"prediction": 0.10, "other": 12345678901234567890}';
    const url = await service((req, res) => {
      void bodyOf(req).then((body) => {
        asked = { method: req.method, url: req.url, type: req.headers['content-type'], body };
        res.end(answer);
      });
    });
    const { status, body } = await ask(`${url}/base`);
    expect({ status, body: Buffer.from(body).toString() }).toEqual({ status: 200, body: answer });
    expect(asked).toEqual({ method: 'POST', url: '/base/infer', type: 'application/json', body: BODY.toString() });
  });

  it('passes a refusal on under its own status, with its reason and Retry-After', async () => {
    const url = await service((_req, res) => {
      res.writeHead(429, { 'retry-after': '7' }).end('{"error": "too many", "code": "theirs"}');
    });
    const { status, body, headers } = await ask(url);
    expect(status).toBe(429);
    expect(Buffer.from(body).toString()).toBe('{"error": "too many", "code": "theirs"}');
    expect(headers).toEqual({ 'retry-after': '7' });
  });

  it.each([
    ['no "error"', '{"detail": [{"msg": "too short"}]}', { detail: [{ msg: 'too short' }] }],
    ['an "error" that is no text', '{"error": {"message": "no"}, "id": 1}', { id: 1 }],
  ])('keeps what a refusal with %s says beside a sentence of its own', async (_name, text, kept) => {
    const url = await service((_req, res) => void res.writeHead(422).end(text));
    const { status, body } = await ask(url);
    expect(status).toBe(422);
    const error: unknown = expect.stringContaining('refused the request with 422');
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({ ...kept, error });
  });

  it('leaves out a byte order mark', async () => {
    const url = await service((_req, res) => void res.end('\ufeff{"prediction": 1}'));
    expect(Buffer.from((await ask(url)).body).toString()).toBe('{"prediction": 1}');
  });

  it.each(['<html>no</html>', '', '[]'])('gives a refusal of %j a sentence of its own', async (text) => {
    const url = await service((_req, res) => void res.writeHead(404).end(text));
    const { status, body } = await ask(url);
    expect(status).toBe(404);
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      error: expect.stringContaining('refused the request with 404'),
    });
  });

  it.each<[string, RequestListener]>([
    ['html', (_req, res) => res.end('<html>hello</html>')],
    ['half json', (_req, res) => res.end('{"prediction": ')],
    ['binary', (_req, res) => res.end(Buffer.from([0xff, 0, 0xfe]))],
    ['invalid UTF-8 in JSON', (_req, res) => res.end(Buffer.from('{"prediction":"\xff"}', 'latin1'))],
    ['nothing', (_req, res) => res.end()],
    ['a list', (_req, res) => res.end('[1]')],
    ['null', (_req, res) => res.end('null')],
    ['no prediction', (_req, res) => res.end('{"result": 1}')],
    ['an inherited prediction', (_req, res) => res.end('{"__proto__": {"prediction": 1}}')],
    ['500', (_req, res) => res.writeHead(500).end('{"error": "boom"}')],
    ['503', (_req, res) => res.writeHead(503).end('{"error": "later"}')],
    ['a redirect', (_req, res) => res.writeHead(307, { location: '/other' }).end('{"prediction": 1}')],
    ['204', (_req, res) => res.writeHead(204).end()],
    [
      'a compressed answer that was not asked for',
      (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end('\x1f\x8b'),
    ],
    ['more than the bound', (_req, res) => res.end(Buffer.alloc(33e6, 0x20))],
    ['a closed connection', (req) => req.socket.destroy()],
    [
      'a connection closed in mid-answer',
      (req, res) => {
        res.writeHead(200, { 'content-length': '500' });
        res.write('{', () => req.socket.destroy());
      },
    ],
  ])('answers 502 to %s', async (_name, listener) => {
    const error = await failure(await service(listener));
    expect([error.code, error.status]).toEqual(['upstream_invalid', 502]);
    expect(error.message).toMatch(/^The service ext /);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['an answer that is cut', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{'],
    ['chunks that are cut', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"pre'],
    ['an endless header', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n{"prediction":1}`],
  ])('answers 502 to %s', async (_name, answer) => {
    expect((await failure(await raw(answer))).code).toBe('upstream_invalid');
  });

  it("answers 502 when nobody listens, and keeps the system's words out of the sentence", async () => {
    const server = createTcpServer();
    const url = await listening(server);
    server.close();
    await once(server, 'close');
    const error = await failure(url);
    expect(error.message).toBe('The service ext cannot be reached');
    expect(error.reason).toContain('ECONNREFUSED');
  });

  it('says that an answer is too large', async () => {
    const error = await failure(await service((_req, res) => void res.end(Buffer.alloc(33e6, 0x20))));
    expect(error.message).toBe('The service ext gave an answer of more than 32 MB');
  });

  it('says that a service speaks no TLS', async () => {
    const url = await service((_req, res) => void res.end('{"prediction": 1}'));
    const error = await failure(url.replace('http:', 'https:'));
    expect(error.message).toBe('The service ext and this server could not agree on a secure connection');
  });

  it('says that a certificate is not trusted, and why', async () => {
    const url = await listening(createSecureServer(SELF_SIGNED, (_req, res) => void res.end('{"prediction": 1}')));
    const error = await failure(url.replace('http:', 'https:'));
    expect(error.message).toBe(
      'The service ext has a certificate that this server does not trust (DEPTH_ZERO_SELF_SIGNED_CERT)',
    );
  });

  it.each<[string, RequestListener]>([
    ['silence', () => undefined],
    ['silence after the head', (_req, res) => res.writeHead(200, { 'content-length': '100' }).flushHeaders()],
    [
      'an answer that drips',
      (req, res) => {
        const timer = setInterval(() => res.write(' '), 20);
        req.socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('answers 504 to %s, and closes the connection', async (_name, listener) => {
    let closed: Promise<unknown> | undefined;
    const url = await service((req, res) => {
      closed = closing(req.socket);
      listener(req, res);
    });
    const error = await failure(url, 200);
    expect([error.code, error.status]).toEqual(['upstream_timeout', 504]);
    expect(error.message).toContain('0.2 s');
    await closed;
  });

  it('ends the request when the client has gone', async () => {
    const gone = new AbortController();
    let closed: Promise<unknown> | undefined;
    const url = await service((req) => {
      closed = closing(req.socket);
      gone.abort();
    });
    await expect(ask(url, 60_000, gone.signal)).rejects.toBeInstanceOf(AppError);
    await closed;
  });

  it('keeps connections, and asks again on a new one when a kept one was closed', async () => {
    let connections = 0;
    let requests = 0;
    const server = createServer((req, res) => {
      requests += 1;
      // The third request arrives on a kept connection, which ends without an answer, as after a restart.
      if (requests === 3) req.socket.destroy();
      else res.end('{"prediction": 1}');
    });
    server.on('connection', () => (connections += 1));
    const url = await listening(server);
    await ask(url);
    await ask(url);
    expect(connections).toBe(1);
    expect((await ask(url)).status).toBe(200);
    expect([connections, requests]).toEqual([2, 4]);
  });
});
