import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import { detectCompression } from '../../src/models/formats/pickle/compression';
import { expectProblem } from '../support/expect-problem';
import { IRIS_PKL, ROW } from '../support/fixtures';
import { EXHAUSTING, LYING, RUNNING } from '../support/hostile-pickles';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const MAX_PROCESSOR_SECONDS = 2;
/** Of the thread that answers requests: none of the reading may be done there. */
const MAX_MAIN_THREAD_SECONDS = 0.5;
const MAX_GROWTH_BYTES = 500e6;
/** How long a prediction may wait on a machine that other work keeps busy. */
const MAX_PREDICTION_MS = 10_000;
const TICKS_PER_SECOND = 100;

/** Resident memory of a process, now and at its highest; of Linux only. */
function residentBytes(pid: number): { now: number; highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), highest: bytes('VmHWM') };
}

/** Processor time of all threads of a process and of its main thread, which other work on the machine does not change; of Linux only. */
function processorSeconds(pid: number): { all: number; main: number } {
  const of = (file: string): number => {
    const fields = readFileSync(file, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  };
  return { all: of(`/proc/${pid}/stat`), main: of(`/proc/${pid}/task/${pid}/stat`) };
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
    const before = residentBytes(server.pid).now;
    const predictions: { ok: boolean; ms: number }[] = [];
    const end = new AbortController();
    const client = (async () => {
      // With pauses, so that what the predictions cost does not count for the files.
      for await (const _ of setInterval(20, null, { signal: end.signal })) {
        const startedAt = performance.now();
        const reply = await server.predict('iris', [ROW]);
        predictions.push({ ok: reply.status === 200, ms: performance.now() - startedAt });
      }
    })().catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    const slow: string[] = [];
    const otherwise: string[] = [];
    try {
      for (const [what, make, code, says] of files) {
        const file = announced(make());
        const spent = processorSeconds(server.pid);
        const reply = await upload(server.url, 'hostile', file);
        const { all, main } = processorSeconds(server.pid);
        expectProblem(reply, 422);
        if (reply.json.code !== code || !says.test(reply.json.error)) {
          otherwise.push(`${what}: ${reply.json.code}`);
        }
        if (all - spent.all > MAX_PROCESSOR_SECONDS) slow.push(`${what}: ${(all - spent.all).toFixed(2)} s`);
        if (main - spent.main > MAX_MAIN_THREAD_SECONDS)
          slow.push(`${what}: ${(main - spent.main).toFixed(2)} s on main`);
      }
    } finally {
      end.abort();
      await client;
    }
    expect(otherwise).toEqual(KNOWN_BEFORE);
    expect(slow).toEqual([]);
    expect(residentBytes(server.pid).highest - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(predictions.length).toBeGreaterThan(10);
    expect(predictions.filter(({ ok }) => !ok)).toEqual([]);
    expect(Math.max(...predictions.map(({ ms }) => ms))).toBeLessThan(MAX_PREDICTION_MS);
    const { json } = await server.predict('iris', [ROW]);
    expect(json.prediction).toHaveLength(1);
    expect(server.files().filter((name) => name.startsWith('tmp'))).toEqual([]);
  }, 600_000);
});
