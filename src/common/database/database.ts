import { Kysely, type Transaction } from 'kysely';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../make-folder';
import { migrate } from './migrations';
import { NodeSqliteDialect } from './node-sqlite-dialect';
import { SQLITE, isLocked, sqliteCode } from './sqlite-error';
import type { Tables } from './tables';

/** How long opening waits for another process; nothing is served yet, so the wait may be SQLite's own. */
const OPEN_WAIT_MS = 5000;

/**
 * The one SQLite file in which everything lives that must outlive the process, artifacts of models apart.
 *
 * Single queries go through {@link db}; several that belong together through {@link run}. Either waits up to about two
 * seconds, without blocking the event loop, while another process holds the lock.
 * Queries reject with AppError `storage_busy` when the lock stays, and `insufficient_storage` when the disk is full.
 */
export class Database {
  readonly db: Kysely<Tables>;

  private constructor(
    readonly file: string,
    connection: DatabaseSync,
  ) {
    this.db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(connection) });
  }

  /**
   * Opens `DATA_DIR/modelport.db`, made when absent, and brings its schema up to date.
   * Write-ahead logging with `synchronous = NORMAL`: what was committed survives the end of the process, however it
   * ends; a loss of power may cost the last commits but never the file.
   * @throws Error that names the file and what to do, when it is damaged, locked or of a newer release
   */
  static async open(dataDir: string): Promise<Database> {
    makeFolder(dataDir);
    const file = join(dataDir, 'modelport.db');
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(file, { timeout: OPEN_WAIT_MS });
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      migrate(connection);
      checkIntegrity(connection);
      connection.exec('PRAGMA busy_timeout = 0');
      return new Database(file, connection);
    } catch (error) {
      connection?.close();
      throw new Error(`The database ${file} cannot be used: ${startUpReason(error)}.`, { cause: error });
    }
  }

  /**
   * Runs `work` in one write transaction: all of it is kept, or, when it throws, nothing.
   * Inside, only the handle passed in may be used: {@link db} waits until the transaction has ended.
   */
  async run<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(work);
  }

  /** Waits for the query that runs, then closes the file. Closing again does nothing. */
  async close(): Promise<void> {
    await this.db.destroy();
  }
}

/** Logs may be many and lose nothing that matters; the tables that decide what runs are looked through at every start. */
const CHECKED_TABLES = ['models', 'model_versions', 'deployments', 'preprocessors', 'services', 'settings'] as const;

function checkIntegrity(connection: DatabaseSync): void {
  for (const table of CHECKED_TABLES) {
    const found = connection.prepare(`PRAGMA quick_check('${table}')`).get()?.quick_check;
    if (found !== 'ok') throw new Error(`it is damaged (table ${table}: ${String(found)}); ${RESTORE}`);
  }
}

const RESTORE = 'restore it from a backup, or move it away to start empty';

function startUpReason(error: unknown): string {
  const code = sqliteCode(error);
  if (code === SQLITE.NOTADB || code === SQLITE.CORRUPT) return `it is damaged or not a SQLite database; ${RESTORE}`;
  if (isLocked(error)) return 'another process holds its lock; end that process first';
  if (code === SQLITE.FULL) return 'the disk is full';
  return error instanceof Error ? error.message : String(error);
}
