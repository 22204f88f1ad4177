import { readFileSync } from 'node:fs';
import { detectCompression } from '../../src/models/formats/pickle/compression';
import { expectProblem } from '../support/expect-problem';
import { IRIS_PKL, ROW } from '../support/fixtures';
import { EXHAUSTING, LYING, RUNNING } from '../support/hostile-pickles';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const MAX_SECONDS = 2;
const MAX_GROWTH_BYTES = 500e6;

/** Resident memory of a process, of Linux only. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Refused by their first bytes already. */
const KNOWN_BEFORE = ['protocol 255: format_unknown'];
const PROTO = Buffer.of(0x80, 4);

/** Told to be a pickle where nothing in its first bytes says so: an upload is known by its content. */
function announced(bytes: Uint8Array): Buffer {
  const isKnown = bytes[0] === 0x80 || detectCompression(bytes) !== 'none';
  return isKnown ? Buffer.from(bytes) : Buffer.concat([PROTO, bytes]);
}

describe('files that attack', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    await server.deploy('iris');
  });
  afterAll(() => server.dispose());

  it('are refused with their reason in 2 s and 500 MB each, while predictions are answered throughout', async () => {
    const files = [...RUNNING, ...EXHAUSTING, ...LYING];
    expect(files.length).toBeGreaterThan(40);
    const before = residentBytes(server.pid);
    let isOver = false;
    let highest = before;
    const predictions: { ok: boolean; ms: number }[] = [];
    const client = (async () => {
      while (!isOver) {
        const startedAt = performance.now();
        const reply = await server.predict('iris', [ROW]);
        predictions.push({ ok: reply.status === 200, ms: performance.now() - startedAt });
        highest = Math.max(highest, residentBytes(server.pid));
      }
    })();
    const slow: string[] = [];
    const otherwise: string[] = [];
    try {
      for (const [what, make, code, says] of files) {
        const file = announced(make());
        const startedAt = performance.now();
        const reply = await upload(server.url, 'hostile', file);
        const seconds = (performance.now() - startedAt) / 1000;
        expectProblem(reply, 422);
        if (reply.json.code !== code || !says.test(reply.json.error)) {
          otherwise.push(`${what}: ${reply.json.code}`);
        }
        if (seconds > MAX_SECONDS) slow.push(`${what}: ${seconds.toFixed(2)} s`);
      }
    } finally {
      isOver = true;
      await client;
    }
    expect(otherwise).toEqual(KNOWN_BEFORE);
    expect(slow).toEqual([]);
    expect(highest - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(predictions.length).toBeGreaterThan(files.length);
    expect(predictions.filter(({ ok }) => !ok)).toEqual([]);
    const longest = Math.max(...predictions.map(({ ms }) => ms));
    expect(longest).toBeLessThan(MAX_SECONDS * 1000);
    const { json } = await server.predict('iris', [ROW]);
    expect(json.prediction).toHaveLength(1);
    expect(server.files().filter((name) => name.startsWith('tmp'))).toEqual([]);
  }, 180_000);
});
