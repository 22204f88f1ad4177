import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isLocked } from './sqlite-error';

/**
 * Keeps a second process out of a data folder: it would sweep away the uploads of the first as left behind. The lock is
 * SQLite's own on a file without content, which the system releases however the process ends.
 */
export class FolderLock {
  private constructor(private readonly connection: DatabaseSync) {}

  /** @throws Error that names the folder when another process holds it */
  static take(dataDir: string): FolderLock {
    mkdirSync(dataDir, { recursive: true });
    const connection = new DatabaseSync(join(dataDir, 'in-use.lock'), { timeout: 1000 });
    try {
      connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new FolderLock(connection);
    } catch (error) {
      connection.close();
      if (!isLocked(error)) throw error;
      throw new Error(`The data folder ${dataDir} is in use by another process; end that one, or set DATA_DIR`, {
        cause: error,
      });
    }
  }

  release(): void {
    this.connection.close();
  }
}
