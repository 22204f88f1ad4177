import { AppError } from '../common/errors';

/** What the engine says of an array or a text that it cannot make; the sizes are those that a file asks for. */
const CANNOT_ALLOCATE = /allocation|Invalid (array|typed array|string) length/i;

/** The refusal of a file whose reading asked for more memory than there is; any other error as it is. */
export function outOfMemory(error: unknown): unknown {
  const isAllocation = error instanceof RangeError && CANNOT_ALLOCATE.test(error.message);
  // Of bytes that are too many for a text, Node says it before the engine does.
  if (!isAllocation && (error as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') return error;
  return new AppError('import_limit', 'reading the file takes more memory than a model may use');
}
