import type { Database } from '../common/database/database';

const KEEP_MS = 1000;

/** Finds out whether the database takes writes by writing one row; at most once a second, however many ask. */
export class DatabaseProbe {
  private last: { atMs: number; result: Promise<string | null> } | null = null;

  constructor(
    private readonly database: Database,
    private readonly now: () => number = Date.now,
  ) {}

  /** Null when the database is writable, otherwise why not. Takes up to two seconds when it is locked. */
  async problem(): Promise<string | null> {
    if (!this.last || this.now() - this.last.atMs >= KEEP_MS) {
      const result = this.write();
      this.last = { atMs: this.now(), result };
    }
    return this.last.result;
  }

  private async write(): Promise<string | null> {
    try {
      const value = new Date(this.now()).toISOString();
      await this.database.db
        .insertInto('settings')
        .values({ key: 'health.last_write', value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
