import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { AppError } from '../errors';
import { answerClientErrors } from './client-error';
import { continueOnRead } from './expect-continue';
import { assertJsonType } from './json-type';
import { LINGER } from './linger';
import { ClientGone, readBody } from './read-body';
import { sendJson, sendProblem } from './respond';

const BOUNDS = { maxBytes: 1000, timeoutMs: 200 };
const servers: Server[] = [];

async function serve(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  continueOnRead(server);
  answerClientErrors(server);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Reads the body within {@link BOUNDS} and answers its text. */
const echo: RequestListener = (req, res) => {
  readBody(req, BOUNDS).then(
    (body) => sendJson(req, res, 200, { length: body.byteLength, text: Buffer.from(body).toString().slice(0, 50) }),
    (error: unknown) => sendProblem(req, res, error),
  );
};

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

interface Received {
  status: number;
  head: string;
  body: Record<string, unknown>;
}

function parse(text: string): Received {
  const [head = '', body = ''] = text.split('\r\n\r\n').filter((part) => !part.startsWith('HTTP/1.1 100'));
  return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body) as Record<string, unknown> };
}

/** Everything that comes until the server closes. */
async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

const head = (headers: string): string => `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

async function post(port: number, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Received> {
  const reply = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: body as string, headers });
  return { status: reply.status, head: '', body: (await reply.json()) as Record<string, unknown> };
}

describe('readBody', () => {
  test('keeps a body of no announced length as one piece of its own, however small its chunks are', async () => {
    const found: { length: number; whole: boolean; right: boolean }[] = [];
    const port = await serve((req, res) => {
      readBody(req, { maxBytes: 100_000, timeoutMs: 10_000 }).then(
        (body) => {
          const right = body.every((byte, i) => byte === 97 + (i % 26));
          found.push({ length: body.length, whole: body.byteLength === body.buffer.byteLength, right });
          sendJson(req, res, 200, {});
        },
        (error: unknown) => sendProblem(req, res, error),
      );
    });
    const socket = connect(port, '127.0.0.1');
    const chunks = Array.from({ length: 50_000 }, (_, i) => `1\r\n${String.fromCharCode(97 + (i % 26))}\r\n`);
    socket.write(`${head('Connection: close\r\nTransfer-Encoding: chunked\r\n')}${chunks.join('')}0\r\n\r\n`);
    expect(parse(await untilClosed(socket)).status).toBe(200);
    expect(found).toEqual([{ length: 50_000, whole: true, right: true }]);
  });

  test('refuses large bodies, not small ones, while slow ones hold the memory that bodies may take', async () => {
    const bounds = { maxBytes: 200_000, timeoutMs: 20_000, mostHeldBytes: 150_000 };
    let came = 0;
    const port = await serve((req, res) => {
      req.on('data', (chunk: Buffer) => (came += chunk.length));
      readBody(req, bounds).then(
        (body) => sendJson(req, res, 200, { length: body.byteLength }),
        (error: unknown) => sendProblem(req, res, error),
      );
    });
    const slow = connect(port, '127.0.0.1');
    slow.write(`${head('Content-Length: 100000\r\n')}${'x'.repeat(99_000)}`);
    while (came < 99_000) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await post(port, 'x'.repeat(190_000));
    expect(refused).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    expect((await post(port, 'x'.repeat(60_000))).body).toEqual({ length: 60_000 });
    const ended = untilClosed(slow);
    slow.end('x'.repeat(1000));
    await ended;
    expect((await post(port, 'x'.repeat(140_000))).body).toEqual({ length: 140_000 });
  });

  test('reads bodies of any size within the bound, in one piece or many', async () => {
    const port = await serve(echo);
    expect((await post(port, '')).body).toEqual({ length: 0, text: '' });
    expect((await post(port, 'x'.repeat(1000))).body).toMatchObject({ length: 1000 });
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Connection: close\r\nTransfer-Encoding: chunked\r\n'));
    for (const piece of ['3\r\nabc\r\n', '2\r\nde\r\n', '0\r\n\r\n']) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(parse(await untilClosed(socket)).body).toEqual({ length: 5, text: 'abcde' });
  });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ])('inflates %s', async (encoding, compress) => {
    const port = await serve(echo);
    const reply = await post(port, compress('y'.repeat(900)), { 'content-encoding': encoding });
    expect(reply.body).toMatchObject({ length: 900 });
  });

  test('refuses what inflates beyond the bound, what does not inflate, and other encodings', async () => {
    const port = await serve(echo);
    const bomb = gzipSync('z'.repeat(200_000));
    expect(bomb.length).toBeLessThan(BOUNDS.maxBytes);
    expect(await post(port, bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
    expect(await post(port, 'not gzip', { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    expect(await post(port, gzipSync('cut').subarray(0, 12), { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
    });
    expect(await post(port, 'x', { 'content-encoding': 'br' })).toMatchObject({ status: 415 });
  });

  test('a length announced over the bound is 413 at once, a chunked body when it passes the bound', async () => {
    const port = await serve(echo);
    const announced = connect(port, '127.0.0.1');
    announced.write(head(`Content-Length: ${BOUNDS.maxBytes + 1}\r\n`));
    const first = await new Promise<Buffer>((resolve) => announced.once('data', resolve));
    expect(first.toString()).toMatch(/^HTTP\/1.1 413 /);
    announced.destroy();
    const chunked = connect(port, '127.0.0.1');
    chunked.write(head('Transfer-Encoding: chunked\r\n') + `3E9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`);
    expect(parse(await untilClosed(chunked)).status).toBe(413);
  });

  test('a body that comes slowly is read for as long as it comes', async () => {
    const port = await serve(echo);
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Connection: close\r\nContent-Length: 8\r\n'));
    for (const byte of 'slowly..') {
      await new Promise((resolve) => setTimeout(resolve, BOUNDS.timeoutMs / 4));
      socket.write(byte);
    }
    expect(parse(await untilClosed(socket)).body).toEqual({ length: 8, text: 'slowly..' });
  });

  test('a body that stalls is 408', async () => {
    const port = await serve(echo);
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head('Content-Length: 10\r\n')}abc`);
    const reply = parse(await untilClosed(socket));
    expect(reply.status).toBe(408);
    expect(reply.body['error']).toBe('No byte of the body came for 0.2 s; found 3 of 10 bytes');
  });

  test('a client that leaves early is told apart from every other failure', async () => {
    const failed = Promise.withResolvers<unknown>();
    const port = await serve((req) => {
      readBody(req, BOUNDS).catch(failed.resolve);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head('Content-Length: 10\r\n')}abc`, () => socket.destroy());
    expect(await failed.promise).toBeInstanceOf(ClientGone);
  });
});

describe('sendProblem', () => {
  test('says each header once, and as the error says it where it does', async () => {
    const port = await serve((req, res) =>
      sendProblem(req, res, new AppError('storage_busy', 'busy', { headers: { 'Retry-After': '7' } }), {
        headers: { 'X-More': 'm' },
      }),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: "id"\r\n\r\n');
    const { status, head: replied, body } = parse(await untilClosed(socket));
    expect(status).toBe(503);
    const names = replied.split('\r\n').slice(1);
    const shown = (name: string): string[] => names.filter((line) => line.toLowerCase().startsWith(`${name}:`));
    expect(shown('retry-after')).toEqual(['retry-after: 7']);
    expect(shown('x-more')).toEqual(['x-more: m']);
    expect(shown('x-request-id')).toEqual(['x-request-id: "id"']);
    expect(body).toEqual({ error: 'busy', code: 'storage_busy', request_id: '"id"' });
  });

  test('counts the bytes of what is not ASCII', async () => {
    const port = await serve((req, res) =>
      sendProblem(req, res, new AppError('bad_request', 'gr\u00f6\u00dfer \u2264 \u{1f600}')),
    );
    const reply = await fetch(`http://127.0.0.1:${port}/`);
    expect(Number(reply.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await reply.json()).toMatchObject({ error: 'gr\u00f6\u00dfer \u2264 \u{1f600}' });
  });
});

describe('an early refusal', () => {
  const refuse: RequestListener = (req, res) => sendProblem(req, res, new AppError('queue_full', 'full'));

  test('reaches a client that sends everything before it reads', async () => {
    const port = await serve(refuse);
    const size = 40 * 1024 * 1024;
    const socket = connect(port, '127.0.0.1');
    socket.pause();
    socket.write(head(`Content-Length: ${size}\r\n`));
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < size; sent += piece.length) {
      await new Promise<void>((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())));
    }
    const reply = parse(await untilClosed(socket));
    expect(reply.status).toBe(429);
    expect(reply.head.toLowerCase()).toContain('retry-after: 1');
    expect(reply.head.toLowerCase()).toContain('connection: close');
  });

  test('keeps the connection when the rest of the body is small, and the next request is answered', async () => {
    const port = await serve((req, res) =>
      req.method === 'POST' ? refuse(req, res) : sendJson(req, res, 200, { ok: true }),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Content-Length: 3\r\n'));
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toMatch(/^HTTP\/1.1 429 /);
    const next = new Promise((resolve) => socket.once('data', resolve));
    socket.write('abcGET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(String(await next)).toMatch(/^HTTP\/1.1 200 .*\{"ok":true\}$/s);
    socket.destroy();
  });

  test('closes on a client that announces a rest and never sends it', async () => {
    const port = await serve(refuse);
    for (const length of [10, LINGER.keepAliveBytes + 1]) {
      const socket = connect(port, '127.0.0.1');
      const startedAt = performance.now();
      socket.write(head(`Content-Length: ${length}\r\n`));
      expect(parse(await untilClosed(socket)).status).toBe(429);
      expect(performance.now() - startedAt).toBeLessThan(LINGER.idleMs + 3000);
    }
  });
});

describe('Expect: 100-continue', () => {
  const handler: RequestListener = (req, res) => {
    if (Number(req.headers['content-length']) > 500) return sendProblem(req, res, new AppError('body_too_large', 'no'));
    echo(req, res);
  };

  test('invites the body only when it is read', async () => {
    const port = await serve(handler);
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n'));
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    expect(parse(await untilClosed(socket)).body).toEqual({ length: 3, text: 'abc' });
  });

  test('refuses from the head alone', async () => {
    const port = await serve(handler);
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Content-Length: 600\r\nExpect: 100-continue\r\n'));
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });
});

describe('replies', () => {
  const fail =
    (failure: unknown): RequestListener =>
    (req: IncomingMessage, res: ServerResponse) =>
      sendProblem(req, res, failure);

  test('an error has sentence, code, details and the id that is in the header', async () => {
    const details = [{ index: 1, field: 'a', message: 'm' }];
    const port = await serve(fail(new AppError('invalid_record', 'a sentence', { details, reason: 'inner' })));
    const reply = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-request-id': 'abc-1' } });
    expect(reply.status).toBe(422);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.get('x-request-id')).toBe('abc-1');
    expect(await reply.json()).toEqual({ error: 'a sentence', code: 'invalid_record', details, request_id: 'abc-1' });
  });

  test('what is no error of the table says nothing of its own', async () => {
    const port = await serve(fail(new Error('secret at /home/x.ts:1')));
    const reply = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-request-id': 'not visible' } });
    const text = await reply.text();
    expect(reply.status).toBe(500);
    expect(text).not.toMatch(/secret|home|\.ts/);
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{10}-\w+$/);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', request_id: reply.headers.get('x-request-id') });
  });

  test('what is not HTTP is answered as JSON', async () => {
    const port = await serve(echo);
    const socket = connect(port, '127.0.0.1');
    socket.write('HELO there\r\n\r\n');
    expect(parse(await untilClosed(socket))).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  test.each([
    [undefined, true],
    ['application/json', true],
    ['Application/JSON; charset=UTF-8', true],
    ['application/vnd.api+json', true],
    ['text/plain', false],
    ['application/x-www-form-urlencoded', false],
    ['application/json; charset=utf-16', false],
    ['multipart/form-data; boundary=application/json', false],
  ])('the content type %s is read as JSON: %s', (type, allowed) => {
    const req = { headers: type === undefined ? {} : { 'content-type': type } } as IncomingMessage;
    if (allowed) expect(() => assertJsonType(req)).not.toThrow();
    else
      expect(() => assertJsonType(req)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }) as Error);
  });
});
