import { AppError } from './errors';

/** A full disk, or a full quota, as an error for the client; anything else as it was. */
export function storageError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError('insufficient_storage', 'the disk is full; nothing of the upload was kept', { cause: error });
}
