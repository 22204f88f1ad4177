import { sql } from 'kysely';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { Database } from './database';
import { SCHEMA_VERSION } from './migrations';

const LOCK_HOLDER = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec('BEGIN EXCLUSIVE');
  process.stdout.write('locked');
  process.stdin.once('data', () => { database.exec('ROLLBACK'); database.close(); process.exit(0); });
`;

const lockHolders: ChildProcess[] = [];
afterEach(() => lockHolders.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Another process that holds the write lock until `release` is called. */
async function lockedByAnotherProcess(file: string): Promise<{ release: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', LOCK_HOLDER, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  lockHolders.push(child);
  await once(child.stdout, 'data');
  const release = async () => {
    const ended = once(child, 'exit');
    child.stdin.write('x');
    await ended;
  };
  return { release };
}

describe('Database', () => {
  let dataDir: string;
  let database: Database;
  const setting = (key: string, value = 'v') => database.db.insertInto('settings').values({ key, value }).execute();
  const keys = async () => (await database.db.selectFrom('settings').select('key').execute()).map((row) => row.key);

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'modelport-database-'));
    database = await Database.open(dataDir);
  });

  afterEach(async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('keeps rows over a restart, and migrating again changes nothing', async () => {
    await setting('a');
    await database.close();
    database = await Database.open(dataDir);
    expect(await keys()).toEqual(['a']);
    const version = await sql<{ user_version: number }>`PRAGMA user_version`.execute(database.db);
    expect(version.rows[0]?.user_version).toBe(SCHEMA_VERSION);
  });

  it('uses write-ahead logging, synchronous NORMAL and no busy timeout', async () => {
    const pragma = async (name: string) =>
      (await sql.raw(`PRAGMA ${name}`).execute(database.db)).rows.map((row) => Object.values(row as object));
    expect(await pragma('journal_mode')).toEqual([['wal']]);
    expect(await pragma('synchronous')).toEqual([[1]]);
    expect(await pragma('busy_timeout')).toEqual([[0]]);
  });

  it('binds booleans as 0 and 1 and reports changed rows and ids', async () => {
    const row = { service: 's', level: 'INFO', message: 'm', timestamp: 1, received_at: 1, attributes: null };
    const inserted = await database.db.insertInto('logs').values([row, row]).executeTakeFirstOrThrow();
    expect(inserted.insertId).toBe(2n);
    const updated = await database.db
      .updateTable('logs')
      .set({ timestamp: sql`${true}` })
      .executeTakeFirstOrThrow();
    expect(updated.numUpdatedRows).toBe(2n);
    expect(await database.db.selectFrom('logs').select('timestamp').execute()).toEqual([
      { timestamp: 1 },
      { timestamp: 1 },
    ]);
  });

  it('streams rows', async () => {
    await setting('a');
    await setting('b');
    const seen: string[] = [];
    for await (const row of database.db.selectFrom('settings').select('key').orderBy('key').stream())
      seen.push(row.key);
    expect(seen).toEqual(['a', 'b']);
  });

  it('keeps nothing of a transaction that throws, and queries sent meanwhile wait for its end', async () => {
    const failed = database.run(async (transaction) => {
      await transaction.insertInto('settings').values({ key: 'half', value: '1' }).execute();
      throw new Error('changed its mind');
    });
    const after = setting('after');
    await expect(failed).rejects.toThrow('changed its mind');
    await after;
    expect(await keys()).toEqual(['after']);
  });

  it('reads while another process writes, waits for its lock without blocking, and goes on when it is released', async () => {
    await setting('before');
    const { release } = await lockedByAnotherProcess(database.file);
    expect(await keys()).toEqual(['before']);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let done = false;
    const waiting = setting('waited').then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(done).toBe(false);
    await release();
    await waiting;
    delay.disable();
    // SQLite's own wait would hold it for seconds; a busy machine holds it for a part of one.
    expect(delay.max / 1e6).toBeLessThan(1000);
    expect(await keys()).toEqual(['before', 'waited']);
  });

  it('answers storage_busy after about two seconds of a lock, to all who waited, and recovers', async () => {
    const { release } = await lockedByAnotherProcess(database.file);
    const start = performance.now();
    const attempts = [setting('x'), setting('y'), database.run(async () => 1)];
    for (const outcome of await Promise.allSettled(attempts)) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'storage_busy', status: 503, headers: { 'Retry-After': '1' } },
      });
    }
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(1900);
    expect(tookMs).toBeLessThan(15_000);
    await release();
    await setting('z');
    expect(await keys()).toEqual(['z']);
  });

  it('answers insufficient_storage on a full disk and keeps nothing of the transaction', async () => {
    await sql.raw('PRAGMA max_page_count = 1').execute(database.db);
    const big = 'x'.repeat(1_000_000);
    const failed = database.run(async (transaction) => {
      await transaction.insertInto('settings').values({ key: 'small', value: '1' }).execute();
      await transaction.insertInto('settings').values({ key: 'big', value: big }).execute();
    });
    await expect(failed).rejects.toMatchObject({ code: 'insufficient_storage', status: 507 });
    await sql.raw('PRAGMA max_page_count = 1000000').execute(database.db);
    await setting('later', big);
    expect(await keys()).toEqual(['later']);
  });
});

describe('Database.open', () => {
  let dataDir: string;
  const file = () => join(dataDir, 'modelport.db');

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'modelport-open-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('refuses a file that is no database, by name', async () => {
    writeFileSync(file(), 'not a database at all, but long enough to be read as one '.repeat(50));
    await expect(Database.open(dataDir)).rejects.toThrow(/modelport\.db cannot be used: it is damaged or not a SQLite/);
  });

  it('refuses a database with overwritten pages', async () => {
    const database = await Database.open(dataDir);
    for (let i = 0; i < 200; i++)
      await database.db
        .insertInto('settings')
        .values({ key: `k${i}`, value: 'v'.repeat(500) })
        .execute();
    await database.close();
    const raw = new DatabaseSync(file());
    const { rootpage } = raw.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'settings'").get() as {
      rootpage: number;
    };
    raw.close();
    const { openSync, writeSync, closeSync } = await import('node:fs');
    const handle = openSync(file(), 'r+');
    writeSync(handle, Buffer.alloc(4096, 0xab), 0, 4096, (rootpage - 1) * 4096);
    closeSync(handle);
    await expect(Database.open(dataDir)).rejects.toThrow(/cannot be used: it is damaged/);
  });

  it('refuses a schema of a newer release and leaves it alone', async () => {
    await (await Database.open(dataDir)).close();
    const newer = new DatabaseSync(file());
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    await expect(Database.open(dataDir)).rejects.toThrow(/schema has version 3 .*start the newer release again/);
    const untouched = new DatabaseSync(file());
    expect(untouched.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION + 1 });
    untouched.close();
  });

  it('gives a deployment of the first schema the document that its preprocessor has', async () => {
    await (await Database.open(dataDir)).close();
    const older = new DatabaseSync(file());
    older.exec(`
      ALTER TABLE deployments DROP COLUMN preprocessor_document;
      INSERT INTO preprocessors VALUES ('p', 1, '{"input":{}}', 1, 1);
      INSERT INTO deployments VALUES
        ('a', 1, 8000, 1, 'production', '{}', '{}', 'p', NULL, 'running', 1, 1),
        ('b', 1, 8001, 1, 'production', '{}', '{}', NULL, NULL, 'running', 1, 1);
      PRAGMA user_version = 1`);
    older.close();
    const database = await Database.open(dataDir);
    const rows = await database.db.selectFrom('deployments').select(['model_id', 'preprocessor_document']).execute();
    expect(rows).toEqual([
      { model_id: 'a', preprocessor_document: '{"input":{}}' },
      { model_id: 'b', preprocessor_document: null },
    ]);
    await database.close();
  });

  it('is safe to do twice at once', async () => {
    const both = await Promise.all([Database.open(dataDir), Database.open(dataDir)]);
    for (const [i, database] of both.entries())
      await database.db
        .insertInto('settings')
        .values({ key: `k${i}`, value: '' })
        .execute();
    await Promise.all(both.map((database) => database.close()));
  });
});
