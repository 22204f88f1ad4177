import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { beginsWithHead, readDirectHead } from './direct-head';

const LINE = 'POST /infer HTTP/1.1';
const PLAIN = ['Host: localhost:8000', 'Content-Length: 11', 'Content-Type: application/json'];

const headOf = (line: string, fields: readonly string[]): Buffer =>
  Buffer.from([line, ...fields, '', ''].join('\r\n'), 'latin1');

describe(readDirectHead.name, () => {
  it('reads a plain head, whatever comes after it', () => {
    const head = headOf(LINE, [...PLAIN, 'X-Request-ID:  mine\t', 'Accept: */*', 'X-Other: 1', 'X-Other: 2']);
    expect(readDirectHead(Buffer.concat([head, Buffer.from('{"features"')]))).toEqual({
      bytes: head,
      target: '/infer',
      contentLength: 11,
      headers: {
        host: 'localhost:8000',
        'content-length': '11',
        'content-type': 'application/json',
        'x-request-id': 'mine',
        accept: '*/*',
      },
    });
  });

  it.each<[string, string, string[]]>([
    ['another method', 'GET /infer HTTP/1.1', PLAIN],
    ['HTTP/1.0', 'POST /infer HTTP/1.0', PLAIN],
    ['an absolute target', 'POST http://localhost/infer HTTP/1.1', PLAIN],
    ['a space too much', 'POST  /infer HTTP/1.1', PLAIN],
    ['no host', LINE, PLAIN.slice(1)],
    ['two hosts', LINE, [...PLAIN, 'host: b']],
    ['no length', LINE, [PLAIN[0]!]],
    ['a length of 0', LINE, [PLAIN[0]!, 'Content-Length: 0']],
    ['two lengths', LINE, [...PLAIN, 'Content-Length: 11']],
    ['a list of lengths', LINE, [PLAIN[0]!, 'Content-Length: 11, 11']],
    ['a signed length', LINE, [PLAIN[0]!, 'Content-Length: +11']],
    ['chunks', LINE, [...PLAIN, 'Transfer-Encoding: chunked']],
    ['chunks in capitals', LINE, [...PLAIN, 'TRANSFER-ENCODING: identity']],
    ['an encoding', LINE, [...PLAIN, 'Content-Encoding: gzip']],
    ['an expectation', LINE, [...PLAIN, 'Expect: 100-continue']],
    ['an upgrade', LINE, [...PLAIN, 'Upgrade: h2c']],
    ['an announced trailer', LINE, [...PLAIN, 'Trailer: Digest']],
    ['a wish for trailers', LINE, [...PLAIN, 'TE: trailers']],
    ['a connection of a proxy', LINE, [...PLAIN, 'Proxy-Connection: keep-alive']],
    ['a connection that ends', LINE, [...PLAIN, 'Connection: close']],
    ['a connection of more', LINE, [...PLAIN, 'Connection: keep-alive, x-request-id']],
    ['two types', LINE, [...PLAIN, 'content-type: text/csv']],
    ['a space before the colon', LINE, [...PLAIN, 'Accept : */*']],
    ['a folded line', LINE, [...PLAIN, 'Accept: */*', ' text/html']],
    ['a line without a colon', LINE, [...PLAIN, 'Accept']],
    ['no name', LINE, [...PLAIN, ': 1']],
    ['a line feed alone', LINE, [...PLAIN, 'Accept: 1\nHost: b']],
    ['a carriage return alone', LINE, [...PLAIN, 'Accept: 1\rHost: b']],
    ['a zero byte', LINE, [...PLAIN, 'Accept: \0']],
    ['a byte beyond ASCII', LINE, [...PLAIN, 'Accept: \xe4']],
    ['a long head', LINE, [...PLAIN, `X-Other: ${'x'.repeat(4096)}`]],
  ])('leaves %s to Node', (_, line, fields) => {
    expect(readDirectHead(headOf(line, fields))).toBeNull();
  });

  it('leaves a head that has not come whole', () => {
    const head = headOf(LINE, PLAIN);
    for (let length = 0; length < head.length; length++) expect(readDirectHead(head.subarray(0, length))).toBeNull();
    expect(readDirectHead(head)).not.toBeNull();
  });

  it('finds in what it takes nothing but what Node finds', async () => {
    const requests: IncomingMessage[] = [];
    const server = createServer((req, res) => {
      requests.push(req);
      res.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const name = fc.constantFrom(
      ...['Host', 'host', 'Content-Length', 'content-type', 'Accept', 'X-Request-Id', 'Connection', 'Keep-Alive'],
      ...['Transfer-Encoding', 'Expect', 'TE', 'Content-Length ', ' Host', 'X-Any', 'Upgrade', 'Content-Encoding'],
    );
    const space = fc.constantFrom('', ' ', '\t', '  ', ' \t ', '\v', '\xa0');
    const value = fc.constantFrom(
      '11',
      '011',
      '0',
      '1_1',
      'a',
      'keep-alive',
      'Keep-Alive',
      'chunked',
      '',
      'application/json',
    );
    const field = fc.tuple(name, space, fc.oneof(value, fc.string({ maxLength: 8 })), space);
    const usual = fc.constant(['Host: a', 'Content-Length: 7']);
    const fields = fc.tuple(usual, fc.array(field, { maxLength: 4 }), fc.nat(3));
    const line = fc.oneof(
      { weight: 5, arbitrary: fc.constant(LINE) },
      fc.constantFrom('POST /x?y=1#z HTTP/1.1', 'post / HTTP/1.1', 'POST //a HTTP/1.1', 'POST /\t HTTP/1.1'),
    );
    const change = fc.option(fc.tuple(fc.nat(200), fc.nat(255)), { freq: 3 });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(line, fields, change, async (first, [plain, others, at], changed) => {
        const all = others.map(([key, before, text, after]) => `${key}:${before}${text}${after}`);
        all.splice(at, 0, ...plain);
        const bytes = headOf(first, all);
        if (changed && changed[0] < bytes.length) bytes[changed[0]] = changed[1];
        const head = readDirectHead(bytes);
        if (!head || head.contentLength > 1000) return;
        taken++;
        requests.length = 0;
        const socket = connect(port, '127.0.0.1');
        socket.write(Buffer.concat([head.bytes, Buffer.alloc(head.contentLength, 'b')]));
        await once(socket, 'data');
        socket.destroy();
        expect(requests).toHaveLength(1);
        const { method, url, headers, httpVersion } = requests[0]!;
        expect({ method, url, httpVersion }).toEqual({ method: 'POST', url: head.target, httpVersion: '1.1' });
        expect(Number(headers['content-length'])).toBe(head.contentLength);
        for (const key of ['host', 'content-type', 'accept', 'x-request-id'] as const) {
          expect(head.headers[key]).toBe(headers[key]);
        }
        expect(headers).not.toHaveProperty('transfer-encoding');
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
    server.closeAllConnections();
    server.close();
  }, 60_000);
});

describe(beginsWithHead.name, () => {
  it('is true for the same bytes only', () => {
    const bytes = headOf(LINE, PLAIN);
    const head = readDirectHead(bytes)!;
    expect(beginsWithHead(Buffer.concat([bytes, Buffer.from('{}')]), head)).toBe(true);
    expect(beginsWithHead(bytes.subarray(0, -1), head)).toBe(false);
    for (let i = 0; i < bytes.length; i++) {
      const other = Buffer.from(bytes);
      other[i]! ^= 1;
      expect(beginsWithHead(other, head)).toBe(false);
    }
  });
});
