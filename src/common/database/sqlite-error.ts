import { AppError } from '../errors';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); extended codes carry these in their low byte. */
export const SQLITE = { BUSY: 5, LOCKED: 6, IOERR: 10, CORRUPT: 11, FULL: 13, NOTADB: 26 } as const;

/** The primary result code of an error thrown by node:sqlite, or undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

/** Whether the statement failed only because another connection holds the lock, so that it may be tried again. */
export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE.BUSY || code === SQLITE.LOCKED;
}

/** What a client is told: a lock and a full disk are states of the outside world and say so; all else stays a fault. */
export function toAppError(error: unknown): unknown {
  switch (sqliteCode(error)) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return new AppError('storage_busy', 'The database is locked by another process; try again shortly.', {
        headers: { 'Retry-After': '1' },
        cause: error,
      });
    case SQLITE.FULL:
      return new AppError('insufficient_storage', 'The disk is full, so nothing was stored.', { cause: error });
    default:
      return error;
  }
}
