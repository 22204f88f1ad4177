import { constants } from 'node:buffer';
import { AppError } from '../common/errors';
import { outOfMemory } from './out-of-memory';

function errorOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('outOfMemory', () => {
  it.each([
    ['typed', () => new Float64Array(2 ** 52)],
    ['plain', () => new Array(2 ** 40)],
  ])('is a refusal for a %s array that cannot be made', (_, make) => {
    expect(outOfMemory(errorOf(make))).toMatchObject({ code: 'import_limit' });
  });

  it.each([
    ['read from bytes', () => Buffer.alloc(constants.MAX_STRING_LENGTH + 1).toString('latin1')],
    ['put together', () => 'x'.repeat(constants.MAX_STRING_LENGTH) + 'x'],
  ])('is a refusal for a text that cannot be %s', (_, make) => {
    expect(outOfMemory(errorOf(make))).toMatchObject({ code: 'import_limit' });
  });

  it.each([new RangeError('Maximum call stack size exceeded'), new Error('allocation'), new AppError('internal', 'x')])(
    'is the error itself for any other: %p',
    (error) => {
      expect(outOfMemory(error)).toBe(error);
    },
  );
});
