import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked, toAppError } from './sqlite-error';

/** How long one piece of work waits for a lock that another process holds, and how often it looks. */
const LOCK_WAIT_MS = 2000;
const LOCK_POLL_MS = 10;

/**
 * Kysely over Node's built-in `node:sqlite`. Kysely 0.29 ships a dialect for the interface of better-sqlite3 only, whose
 * statements know whether they return rows, and which waits for locks inside SQLite, where the event loop stands still.
 * Here the connection's busy timeout is 0 and the waiting is done between tries.
 */
export class NodeSqliteDialect implements Dialect {
  constructor(private readonly connection: DatabaseSync) {}

  createDriver(): Driver {
    return new NodeSqliteDriver(this.connection);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class NodeSqliteDriver implements Driver {
  private readonly connection: NodeSqliteConnection;

  constructor(private readonly database: DatabaseSync) {
    this.connection = new NodeSqliteConnection(database);
  }

  async init(): Promise<void> {}

  /** Kysely itself lets one user at a time have the connection, as the adapter says that there is only one. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    // The write lock is taken here, where waiting is possible: a transaction that began as a reader and finds the lock
    // taken at its first write could only be run again from its start.
    await this.connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'));
  }

  async commitTransaction(): Promise<void> {
    await this.connection.executeQuery(CompiledQuery.raw('COMMIT'));
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite ends the transaction by itself after some errors, a full disk among them.
    if (this.database.isTransaction) await this.connection.executeQuery(CompiledQuery.raw('ROLLBACK'));
  }

  async destroy(): Promise<void> {
    if (this.database.isOpen) this.database.close();
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  /** Since when every try has met the lock; undefined after any success. */
  private lockedSinceMs: number | undefined;

  constructor(private readonly database: DatabaseSync) {}

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (;;) {
      try {
        const result = this.execute<R>(query);
        this.lockedSinceMs = undefined;
        return result;
      } catch (error) {
        if (!isLocked(error) || !this.mayWait()) throw toAppError(error);
      }
      await sleep(LOCK_POLL_MS);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const rows = this.database.prepare(query.sql).iterate(...query.parameters.map(toSqlValue));
    for (const row of rows) yield { rows: [row as R] };
  }

  /**
   * The wait counts from the first time the lock was met, not from each query's start: what has queued behind one wait
   * is refused soon after it instead of waiting its own turn of the same length.
   */
  private mayWait(): boolean {
    const now = performance.now();
    this.lockedSinceMs ??= now;
    if (now - this.lockedSinceMs < LOCK_WAIT_MS) return true;
    // After a pause with no query the lock is a new one, and gets its full wait.
    if (now - this.lockedSinceMs > 2 * LOCK_WAIT_MS) this.lockedSinceMs = now;
    return false;
  }

  private execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.database.prepare(query.sql);
    const parameters = query.parameters.map(toSqlValue);
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }
}

/** SQLite has no booleans. */
function toSqlValue(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue);
}
