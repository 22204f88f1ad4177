/* global describe, it, expect, afterEach */
import * as http from 'node:http';
import { inTurns } from './in-turns.mjs';

let servers = [];

/** A real server that answers with a status, the first `hold` requests never. */
async function serve(status, hold = 0) {
  let number = 0;
  const server = http.createServer((req, res) => {
    req.resume().on('end', () => number++ >= hold && res.writeHead(status, { 'content-length': 2 }).end('{}'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${server.address().port}/`;
}

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

const TURNS = { body: '{}', connections: 4, maxConnections: 4, turns: 2, seconds: 0.1, warmUpSeconds: 0.05 };

describe('constant rates in turns', () => {
  it('keeps the loads apart, and tells each turn and all of them together', async () => {
    const loads = { good: { url: await serve(200), rate: 300 }, busy: { url: await serve(429), rate: 200 } };
    const { good, busy } = await inTurns({ ...TURNS, loads });
    expect(good).toMatchObject({ rate: 300, offered: 60, ok: { count: 60 }, refused: { count: 0 }, unanswered: 0 });
    expect(busy).toMatchObject({ rate: 200, offered: 40, ok: { count: 0 }, refused: { count: 40 }, okPerSecond: 0 });
    expect(good.turns.map(({ offered }) => offered)).toEqual([30, 30]);
    // As many as in the time of both turns, not twice as many.
    expect(good.okPerSecond).toBeGreaterThan(200);
    expect(good.okPerSecond).toBeLessThan(400);
  });

  it('offers loads of one server over the same connections', async () => {
    const url = await serve(200);
    let open = 0;
    servers[0].on('connection', () => open++);
    await inTurns({ ...TURNS, loads: { low: { url, rate: 100 }, high: { url, rate: 300 } } });
    expect(open).toBe(4);
  });

  it('does not take what never came for an answer of the next turn', async () => {
    // The warm-up of the first turn is lost with its connections; all else is answered.
    const url = await serve(200, 1);
    const { only } = await inTurns({ ...TURNS, drainMs: 200, loads: { only: { url, rate: 100 } } });
    expect(only).toMatchObject({ offered: 20, failed: 0 });
    expect(only.ok.count + only.unanswered).toBe(20);
    expect(only.turns[1]).toMatchObject({ unanswered: 0, ok: { count: 10 } });
  });
});
