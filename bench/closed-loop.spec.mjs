/* global describe, it, expect, beforeAll, afterAll */
import { createServer } from 'node:http';
import { closedLoop } from './closed-loop.mjs';

describe('the closed-loop load by autocannon', () => {
  const BODY = Buffer.from([0, 255, 10, 13, 34]);
  const seen = new Set();
  let broken = false;
  let server;
  let url;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request));
      seen.add(`${request.method} ${request.url} ${request.headers['content-type']} ${body.equals(BODY)}`);
      response.statusCode = broken ? 500 : 200;
      response.end('{}');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${server.address().port}/infer`;
  });

  afterAll(() => server.close());

  const task = () => ({ url, body: BODY, type: 'application/octet-stream', connections: 2, seconds: 1 });

  it('posts the bytes as they are and tells throughput and latency, finer than a millisecond', async () => {
    const { count, perSecond, p50Ms, p99Ms } = await closedLoop(task(), 'autocannon');
    expect(count).toBeGreaterThan(100);
    expect(perSecond / count).toBeGreaterThan(0.4);
    expect(perSecond / count).toBeLessThan(1.1);
    expect(p50Ms % 1).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect([...seen]).toEqual(['POST /infer application/octet-stream true']);
  });

  it('is an error where requests fail', async () => {
    broken = true;
    await expect(closedLoop(task(), 'autocannon')).rejects.toThrow(/^\d+ requests to http.* failed$/);
  });
});
