import { AppError } from '../common/errors';

/** What the engine says of an array that it cannot make; the sizes are those that a file asks for. */
const CANNOT_ALLOCATE = /allocation|Invalid (array|typed array) length/i;

/** The refusal of a file whose reading asked for more memory than there is; any other error as it is. */
export function outOfMemory(error: unknown): unknown {
  if (!(error instanceof RangeError && CANNOT_ALLOCATE.test(error.message))) return error;
  return new AppError('import_limit', 'reading the file takes more memory than a model may use');
}
