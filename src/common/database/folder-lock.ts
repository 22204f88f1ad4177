import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../make-folder';
import { isLocked } from './sqlite-error';

/**
 * Keeps a second process out of a data folder: it would sweep away the uploads of the first as left behind. The lock is
 * SQLite's own on a file without content, which the system releases however the process ends.
 */
export class FolderLock {
  private constructor(private readonly connection: DatabaseSync) {}

  /** @throws Error that names the folder when another process holds it, or nothing can be written there */
  static take(dataDir: string): FolderLock {
    const connection = open(dataDir);
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

  /** Lets another process take the folder. */
  release(): void {
    this.connection.close();
  }
}

function open(dataDir: string): DatabaseSync {
  try {
    makeFolder(dataDir);
    return new DatabaseSync(join(dataDir, 'in-use.lock'), { timeout: 1000 });
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`The data folder ${dataDir} cannot be used: ${reason}; expected a folder to write in as DATA_DIR`, {
      cause: error,
    });
  }
}
