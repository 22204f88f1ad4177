import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt } from '../../test/support/built';
import { Database } from '../common/database/database';
import { AppLogger } from '../common/logger';
import { EventLog } from './event-log';
import { type LogEntry, LogStore } from './log-store';
import { Metrics } from './metrics';

const KEEP_ALL = { maxAgeMs: 1e12, maxRows: 1e9, maxBytes: 1e12 };
const entry = (i: number, rest: Partial<LogEntry> = {}): LogEntry => ({
  service: 's',
  level: 'INFO',
  message: `m${i}`,
  timestampMs: i,
  ...rest,
});
const messages = (entries: LogEntry[]) => entries.map(({ message }) => message);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

let dataDir: string;
let database: Database;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'modelport-logs-'));
  database = await Database.open(dataDir);
});
afterEach(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('LogStore', () => {
  it('answers the newest, oldest first, by service, level and time', async () => {
    const store = new LogStore(database, KEEP_ALL);
    await store.addLogs(range(0, 150).map((i) => entry(i, { level: i % 50 === 2 ? 'ERROR' : 'INFO' })));
    await store.addLogs([entry(1000, { service: 'other', attributes: { model_id: 'iris' } })]);
    expect(messages(await store.findLogs({ service: 's', limit: 2 }))).toEqual(['m148', 'm149']);
    expect(messages(await store.findLogs({ service: 's', level: 'ERROR', limit: 10 }))).toEqual(['m2', 'm52', 'm102']);
    expect(messages(await store.findLogs({ sinceMs: 148, limit: 10 }))).toEqual(['m148', 'm149', 'm1000']);
    expect(await store.findLogs({ service: 'other', limit: 10 })).toEqual([
      { ...entry(1000), service: 'other', attributes: { model_id: 'iris' } },
    ]);
    expect(await store.findLogs({ service: "' OR 1=1 --", limit: 10 })).toEqual([]);
  });

  it('keeps the order of arrival among equal times, and text as it came', async () => {
    const store = new LogStore(database, KEEP_ALL);
    const texts = ['{"json": true}', 'ünïcödé 🌍', 'null\u0000byte', ''];
    await store.addLogs(texts.map((message) => entry(5, { message })));
    expect(messages(await store.findLogs({ limit: 10 }))).toEqual(texts);
  });

  it('answers metric reports by time and arrival', async () => {
    const store = new LogStore(database, KEEP_ALL);
    const report = { service: 's', metric: 'accuracy', timestampMs: 10 };
    await store.addMetricReports([{ ...report, value: 0.5, timestampMs: 20 }]);
    await store.addMetricReports([
      { ...report, value: -3 },
      { ...report, value: 1e-300 },
    ]);
    expect((await store.findMetricReports('s', 10)).map(({ value }) => value)).toEqual([-3, 1e-300, 0.5]);
    expect((await store.findMetricReports('s', 1)).map(({ value }) => value)).toEqual([0.5]);
    expect(await store.findMetricReports('nobody', 10)).toEqual([]);
  });

  it('deletes by age of arrival, whatever time an entry says of itself', async () => {
    let now = 0;
    const store = new LogStore(database, { ...KEEP_ALL, maxAgeMs: 100 }, () => now);
    await store.addLogs([entry(1, { timestampMs: 9e12 })]);
    now = 50;
    await store.addLogs([entry(2, { timestampMs: -1 })]);
    now = 120;
    expect(await store.prune()).toBe(1);
    expect(messages(await store.findLogs({ limit: 10 }))).toEqual(['m2']);
  });

  it('deletes the oldest beyond the bound of rows, in pieces, without holding the event loop', async () => {
    const store = new LogStore(database, { ...KEEP_ALL, maxRows: 1000 });
    await store.addLogs(range(0, 8000).map((i) => entry(i)));
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    expect(await store.prune()).toBe(7000);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(7);
    const left = messages(await store.findLogs({ limit: 10_000 }));
    expect(left).toEqual(range(7000, 8000).map((i) => `m${i}`));
    expect(await store.prune()).toBe(0);
  });

  it('deletes the oldest of both tables beyond the bound of bytes, at once when much comes', async () => {
    const maxBytes = 4_000_000;
    let now = 0;
    const store = new LogStore(database, { ...KEEP_ALL, maxBytes }, () => now++);
    const message = 'x'.repeat(60_000);
    await store.addMetricReports([{ service: 's', metric: 'old', value: 1, timestampMs: 1 }]);
    for (const i of range(0, 200)) await store.addLogs([entry(i, { message: `${i} ${message}` })]);
    await store.addMetricReports([{ service: 's', metric: 'new', value: 1, timestampMs: 2 }]);
    expect(statSync(database.file).size).toBeLessThan(1.2 * maxBytes);
    await store.prune();
    const left = (await store.findLogs({ limit: 1000 })).map((one) => Number.parseInt(one.message));
    expect(left).toEqual(range(200 - left.length, 200));
    expect(left.length * message.length).toBeGreaterThan(0.7 * maxBytes);
    expect(left.length * message.length).toBeLessThan(maxBytes);
    expect((await store.findMetricReports('s', 10)).map(({ metric }) => metric)).toEqual(['new']);
  });

  it('ends when what fills the database is neither logs nor reports', async () => {
    const store = new LogStore(database, { ...KEEP_ALL, maxBytes: 1 });
    await store.addLogs([entry(1)]);
    expect(await store.prune()).toBe(0);
    expect(await store.findLogs({ limit: 10 })).toEqual([]);
  });

  it('answers 16 MB of the newest when they are more', async () => {
    const store = new LogStore(database, KEEP_ALL);
    for (const i of range(0, 4)) {
      await store.addLogs(range(0, 100).map((j) => entry(i * 100 + j, { message: 'ü'.repeat(30_000) })));
    }
    const found = (await store.findLogs({ limit: 10_000 })).map(({ timestampMs }) => timestampMs);
    expect(found).toEqual(range(400 - 266, 400));
    expect(await store.findLogs({ limit: 5 })).toHaveLength(5);
  });

  it('answers an entry only when it would survive a kill: every line that a killed process acknowledged is there', async () => {
    await ensureBuilt();
    const child = spawn(process.execPath, ['-e', WRITER, resolve('dist'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: string[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === 300) child.kill('SIGKILL');
    });
    await once(lines, 'close');
    expect(acknowledged.length).toBeGreaterThanOrEqual(300);
    const store = new LogStore(database, KEEP_ALL);
    const stored = new Set(messages(await store.findLogs({ limit: 1e6 })));
    expect(acknowledged.filter((message) => !stored.has(message))).toEqual([]);
  });
});

/** Writes logs from four callers at once, and prints each message when it is acknowledged. */
const WRITER = `
  const { join } = require('node:path');
  const [dist, dataDir] = process.argv.slice(1);
  const { Database } = require(join(dist, 'common/database/database.js'));
  const { LogStore } = require(join(dist, 'monitoring/log-store.js'));
  Database.open(dataDir).then((database) => {
    const store = new LogStore(database, ${JSON.stringify(KEEP_ALL)});
    for (let caller = 0; caller < 4; caller++) void write(store, caller);
  });
  async function write(store, caller) {
    for (let i = 0; ; i++) {
      const message = caller + '-' + i;
      await store.addLogs([{ service: 's', level: 'INFO', message, timestampMs: i }]);
      require('node:fs').writeSync(1, message + '\\n');
    }
  }
`;

describe('EventLog', () => {
  const written: string[] = [];
  const logger = new AppLogger('info', { write: (line: string) => void written.push(line) });
  const dropped = async (metrics: Metrics) => (await metrics.droppedEvents.get()).values[0]?.value;
  beforeEach(() => written.splice(0));

  it('writes an event as a line of JSON at once and stores it soon', async () => {
    const store = new LogStore(database, KEEP_ALL);
    const events = new EventLog(store, logger, new Metrics());
    events.event('WARNING', 'slow prediction', { model_id: 'iris', request_id: 'r1' });
    expect(JSON.parse(written[0]!)).toMatchObject({
      level: 'warn',
      msg: 'slow prediction',
      model_id: 'iris',
      request_id: 'r1',
    });
    const start = performance.now();
    let stored: LogEntry[] = [];
    while (stored.length === 0 && performance.now() - start < 10_000) {
      stored = await store.findLogs({ limit: 1 });
      await new Promise((resolveTurn) => setTimeout(resolveTurn, 20));
    }
    expect(stored).toMatchObject([
      { service: 'modelport', level: 'WARNING', message: 'slow prediction', attributes: { model_id: 'iris' } },
    ]);
    await events.close();
  });

  it('stores what is buffered at shutdown', async () => {
    const store = new LogStore(database, KEEP_ALL);
    const events = new EventLog(store, logger, new Metrics());
    for (let i = 0; i < 700; i++) events.event('INFO', `e${i}`, {});
    await events.close();
    expect(messages(await store.findLogs({ limit: 1000 }))).toEqual(range(0, 700).map((i) => `e${i}`));
  });

  it('keeps the newest ten thousand while the database is away, and counts what it dropped', async () => {
    const metrics = new Metrics();
    const store = new LogStore(database, KEEP_ALL);
    const away = jest.spyOn(store, 'addLogs').mockRejectedValue(new Error('locked'));
    const events = new EventLog(store, new AppLogger('silent'), metrics);
    for (let i = 0; i < 10_003; i++) events.event('INFO', `e${i}`);
    await events.flush();
    expect(await dropped(metrics)).toBe(3);
    away.mockRestore();
    await events.flush();
    const kept = messages(await store.findLogs({ limit: 20_000 }));
    expect(kept).toHaveLength(10_000);
    expect(kept[0]).toBe('e3');
    await events.close();
    expect(await dropped(metrics)).toBe(3);
  });

  it('counts as dropped what cannot be stored at shutdown', async () => {
    const metrics = new Metrics();
    const store = new LogStore(database, KEEP_ALL);
    jest.spyOn(store, 'addLogs').mockRejectedValue(new Error('locked'));
    const events = new EventLog(store, new AppLogger('silent'), metrics);
    events.event('INFO', 'lost');
    await events.close();
    expect(await dropped(metrics)).toBe(1);
  });
});
