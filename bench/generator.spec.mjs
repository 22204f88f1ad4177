/* global describe, it, expect, afterEach */
import * as http from 'node:http';
import { Generator } from './generator.mjs';

let server;

/** A real server that answers each request, by its number, with a status; or breaks the connection for null. */
async function serve(statusOf) {
  let number = 0;
  server = http.createServer((req, res) => {
    req.resume().on('end', () => {
      const status = statusOf(number++);
      if (status === null) return req.socket.destroy();
      const body = 'x'.repeat(100_000);
      res.writeHead(status, { 'content-length': body.length }).end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/`;
}

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('the generator', () => {
  it('sends at the rate it was given and hears every reply, longer than a chunk as they are', async () => {
    const url = await serve(() => 200);
    const generator = new Generator({ url, body: '{}', connections: 4 });
    const startedAt = performance.now();
    const result = await generator.openLoop({ rate: 200, seconds: 0.5, warmUpSeconds: 0.1 });
    expect(performance.now() - startedAt).toBeGreaterThan(590);
    expect(result).toMatchObject({ offered: 100, failed: 0, unanswered: 0, ok: { count: 100 } });
  });

  it('tells refusals and broken connections from answers, and goes on on new ones', async () => {
    const url = await serve((number) => [200, 429, null][number % 3]);
    const generator = new Generator({ url, body: '{}', connections: 2 });
    const { ok, refused, failed } = await generator.openLoop({ rate: 300, seconds: 0.3, warmUpSeconds: 0 });
    expect(ok.count + refused.count + failed).toBe(90);
    expect(Math.min(ok.count, refused.count, failed)).toBeGreaterThan(20);
  });

  it('keeps what waits for a connection in the latency', async () => {
    const url = await serve(() => 200);
    const generator = new Generator({ url, body: '{}', connections: 1, maxConnections: 1 });
    // One connection cannot carry as many: those sent last have waited most of the time.
    const { ok, unanswered } = await generator.openLoop({ rate: 50_000, seconds: 0.05, warmUpSeconds: 0 });
    expect(ok.count + unanswered).toBe(2500);
    expect(ok.maxMs).toBeGreaterThan(100);
  });

  it('sends the next when the last was answered, in a closed loop', async () => {
    const url = await serve(() => 200);
    const { okPerSecond, refused } = await new Generator({ url, body: '{}', connections: 2 }).closedLoop({
      seconds: 0.3,
    });
    expect(okPerSecond).toBeGreaterThan(10);
    expect(refused).toBe(0);
  });
});
