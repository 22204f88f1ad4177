import fc from 'fast-check';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../errors';
import { Listener } from '../listener';
import { sendJson } from '../respond';
import { collectBody } from '../read-body';
import type { DirectConnection } from './direct-connection';

const HOST = '127.0.0.1';
const JSON_TYPE = ['content-type', 'application/json'];
/** Bodies that begin so are not answered before the test says so. */
const LATER = 'later';

let listener: Listener;
let sockets: Socket[] = [];
let waiting: { connection: DirectConnection; body: string }[] = [];
let isOpen = true;
let answer: (connection: DirectConnection, body: string) => void;

const echo = (connection: DirectConnection, body: string): void =>
  connection.send(200, [...JSON_TYPE], JSON.stringify({ by: 'direct', body }));

beforeEach(async () => {
  waiting = [];
  isOpen = true;
  answer = echo;
  listener = await Listener.bind(
    {
      request: (req, res) =>
        collectBody(req, { maxBytes: 1e6, timeoutMs: 5000 }, (error, body) =>
          sendJson(req, res, error ? 400 : 200, { by: 'node', body: Buffer.from(body).toString() }),
        ),
      direct: ({ target }) =>
        target !== '/direct'
          ? null
          : {
              isOpen: () => isOpen,
              handle: (connection, bytes) => {
                const body = Buffer.from(bytes).toString();
                if (body === 'no') return false;
                if (body.startsWith(LATER)) waiting.push({ connection, body });
                else answer(connection, body);
                return true;
              },
            },
    },
    HOST,
    0,
  );
});

afterEach(async () => {
  jest.useRealTimers();
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await listener.close(0);
});

const request = (body: string, target = '/direct', fields = ''): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${fields}\r\n${body}`;

async function open(): Promise<Socket> {
  const socket = connect(listener.port, HOST);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

interface Reply {
  head: string;
  body: { by?: string; body?: string } & Record<string, unknown>;
}

/** The replies on a connection, in their order, as soon as there are so many. */
async function replies(socket: Socket, count: number): Promise<Reply[]> {
  let text = '';
  for (;;) {
    const found: Reply[] = [];
    for (let rest = text; ;) {
      const end = rest.indexOf('\r\n\r\n') + 4;
      const head = rest.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
      if (end < 4 || !(rest.length >= end + length)) break;
      const body = JSON.parse(Buffer.from(rest.slice(end, end + length), 'latin1').toString()) as Reply['body'];
      found.push({ head, body });
      rest = rest.slice(end + length);
    }
    if (found.length >= count) return found;
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}

/** From now on the listener looks at its connections only when the test moves the time. */
function holdSweeps(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'] });
}

describe('a direct connection', () => {
  it('answers with the head that Node would send', async () => {
    const socket = await open();
    socket.write(request('a', '/direct', 'X-Request-Id: mine\r\n'));
    const [direct] = await replies(socket, 1);
    socket.write(request('a', '/other', 'X-Request-Id: mine\r\n'));
    const [node] = await replies(socket, 1);
    expect(direct?.body).toEqual({ by: 'direct', body: 'a' });
    expect(node?.body).toEqual({ by: 'node', body: 'a' });
    const shape = (reply: Reply | undefined): string | undefined =>
      reply?.head.replace(/Date: .*GMT/, 'Date').replace(/content-length: \d+/, 'length');
    expect(shape(direct)).toBe(shape(node));
    expect(direct?.head).toContain('x-request-id: mine\r\n');
  });

  it('gives each request without an id one of its own', async () => {
    const socket = await open();
    const ids = new Set<string | undefined>();
    for (const body of ['a', 'b', 'c']) {
      socket.write(request(body));
      const [reply] = await replies(socket, 1);
      ids.add(/x-request-id: (\S+)/.exec(reply?.head ?? '')?.[1]);
    }
    expect(ids.size).toBe(3);
  });

  it('answers the same, however the bytes of the requests are cut', async () => {
    const kinds = fc.constantFrom<[string, string]>(
      ['a', '/direct'],
      ['b'.repeat(300), '/direct'],
      ['no', '/direct'],
      ['c', '/other'],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(700), { maxLength: 12 }),
        async (asked, cuts) => {
          const bytes = Buffer.from(asked.map(([body, target]) => request(body, target)).join(''));
          const at = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          const socket = await open();
          socket.setNoDelay(true);
          const all = replies(socket, asked.length);
          for (const [i, start] of [0, ...at].entries()) {
            socket.write(bytes.subarray(start, at[i] ?? bytes.length));
            await new Promise(setImmediate);
          }
          expect((await all).map(({ body }) => body.body)).toEqual(asked.map(([body]) => body));
          socket.destroy();
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('keeps the order of requests that do not wait for their answers', async () => {
    holdSweeps();
    const socket = await open();
    socket.write(request(`${LATER} 1`));
    await until(() => waiting.length === 1);
    socket.write(request('2') + request('3', '/other'));
    await delay(20);
    echo(waiting[0]!.connection, waiting[0]!.body);
    const bodies = (await replies(socket, 3)).map(({ body }) => body);
    expect(bodies).toEqual([
      { by: 'direct', body: `${LATER} 1` },
      { by: 'node', body: '2' },
      { by: 'node', body: '3' },
    ]);
  });

  it('waits for the rest of a body, and leaves one that does not come to Node', async () => {
    holdSweeps();
    const whole = request('abcdef');
    const [soon, late] = [await open(), await open()];
    for (const socket of [soon, late]) socket.write(whole.slice(0, -3));
    await delay(20);
    soon.write('def');
    expect((await replies(soon, 1))[0]?.body).toEqual({ by: 'direct', body: 'abcdef' });
    jest.advanceTimersByTime(1000);
    late.write('def');
    expect((await replies(late, 1))[0]?.body).toEqual({ by: 'node', body: 'abcdef' });
  });

  it('leaves a body that comes in many pieces to Node', async () => {
    holdSweeps();
    const socket = await open();
    socket.setNoDelay(true);
    const body = 'in many pieces';
    socket.write(request(body).slice(0, -body.length));
    for (const byte of body) {
      await delay(5);
      socket.write(byte);
    }
    expect((await replies(socket, 1))[0]?.body).toEqual({ by: 'node', body });
  });

  it('leaves a body to Node whose head has come to a full queue', async () => {
    isOpen = false;
    const socket = await open();
    const whole = request('abcdef');
    socket.write(whole.slice(0, -3));
    await delay(20);
    socket.write('def');
    expect((await replies(socket, 1))[0]?.body).toEqual({ by: 'node', body: 'abcdef' });
  });

  it('leaves large bodies to Node', async () => {
    const socket = await open();
    const body = 'x'.repeat(64 * 1024 + 1);
    socket.write(request(body));
    expect((await replies(socket, 1))[0]?.body).toEqual({ by: 'node', body });
  });

  it('sends large answers that are bytes, and problems in any script', async () => {
    const socket = await open();
    const text = JSON.stringify({ by: 'bytes', body: 'y'.repeat(200_000) });
    answer = (connection) => connection.send(200, [...JSON_TYPE], Buffer.from(text.slice(0, -1)), text.slice(-1));
    socket.write(request('a'));
    expect((await replies(socket, 1))[0]?.body).toEqual(JSON.parse(text));
    const log = jest.fn();
    answer = (connection) => connection.sendProblem(new AppError('queue_full', 'zu voll für „alle“'), { log });
    socket.write(request('a', '/direct', 'X-Request-Id: one\r\n'));
    const [{ head, body }] = (await replies(socket, 1)) as [Reply];
    expect(head).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\n[^]*retry-after: 1\r\n/);
    expect(body).toEqual({ error: 'zu voll für „alle“', code: 'queue_full', request_id: 'one' });
    expect(log).toHaveBeenCalledWith(expect.any(AppError), 'one');
  });

  it('ends with an answer that says so', async () => {
    const socket = await open();
    const last = new AppError('not_ready', 'going', { headers: { connection: 'close' } });
    answer = (connection) => connection.sendProblem(last, {});
    socket.write(request('a'));
    const [reply] = await replies(socket, 1);
    expect(reply?.head.match(/^connection: .*$/gim)).toEqual(['Connection: close']);
    await until(() => socket.closed);
  });

  it('knows that a client has gone, and sends nothing more', async () => {
    const [ended, cut] = [await open(), await open()];
    for (const socket of [ended, cut]) socket.write(request(LATER));
    await until(() => waiting.length === 2);
    ended.end();
    cut.destroy();
    await until(() => waiting.every(({ connection }) => connection.isGone()));
    for (const { connection, body } of waiting) echo(connection, body);
    const chunks: Buffer[] = [];
    for await (const chunk of ended) chunks.push(chunk as Buffer);
    expect(chunks).toEqual([]);
  });

  it('reads no more of a client that does not read its answers', async () => {
    const size = 1024 * 1024;
    let answers = 0;
    answer = (connection) => {
      answers++;
      connection.send(200, [...JSON_TYPE], 'z'.repeat(size));
    };
    const socket = await open();
    socket.pause();
    let before = -1;
    while (answers > before) {
      before = answers;
      socket.write(request('a'));
      await delay(50);
    }
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThan(50);
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.resume();
    await until(() => received > (before + 1) * size);
  });

  it('ends a connection that is not used for long', async () => {
    holdSweeps();
    const [idle, silent, busy] = [await open(), await open(), await open()];
    idle.write(request('a'));
    busy.write(request(LATER));
    await replies(idle, 1);
    await until(() => waiting.length === 1);
    jest.advanceTimersByTime(75_000);
    await delay(20);
    expect([idle.readableEnded, silent.readableEnded]).toEqual([false, false]);
    jest.advanceTimersByTime(1_000);
    for (const socket of [idle, silent]) socket.resume();
    await until(() => idle.readableEnded && silent.readableEnded);
    echo(waiting[0]!.connection, waiting[0]!.body);
    expect((await replies(busy, 1))[0]?.body.by).toBe('direct');
  });

  it('answers what runs while the listener closes, and ends the connection', async () => {
    const [socket, idle] = [await open(), await open()];
    socket.write(request(LATER));
    await until(() => waiting.length === 1);
    const closed = listener.close(5000);
    echo(waiting[0]!.connection, waiting[0]!.body);
    const [reply] = await replies(socket, 1);
    expect(reply?.head).toContain('Connection: close\r\n');
    idle.resume();
    await closed;
  });

  it('cuts no request that is under way when the listener closes, whoever reads it', async () => {
    const [busy, partial, handedOver] = [await open(), await open(), await open()];
    busy.write(request(LATER));
    partial.write(request('direct').slice(0, -1));
    handedOver.write(request('node', '/other').slice(0, -1));
    await until(() => waiting.length === 1);
    await delay(20);
    const closed = listener.close(5000);
    // Longer than an idle connection is left for a last request.
    await delay(700);
    echo(waiting[0]!.connection, waiting[0]!.body);
    partial.write('t');
    handedOver.write('e');
    const found = await Promise.all([busy, partial, handedOver].map((socket) => replies(socket, 1)));
    expect(found.map(([reply]) => reply?.body.body)).toEqual([LATER, 'direct', 'node']);
    await closed;
  });
});
