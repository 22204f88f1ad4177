import { AppError } from './errors';

/** What V8 says of NaN, Infinity and -Infinity, which Python's `json.dumps` writes unless told otherwise. */
const NO_JSON_NUMBER = /^Unexpected token '[NI]'|^No number after minus sign/;

/**
 * The refusal of a body that `JSON.parse` did not take, in its words; of numbers that JSON has no form for it says what
 * to send instead.
 */
export function malformedJson(error: unknown): AppError {
  const reason = (error as Error).message.slice(0, 200).replace(/ is not valid JSON$/, '');
  const hint = NO_JSON_NUMBER.test(reason) ? ' (JSON has no NaN and no Infinity; a missing value is null)' : '';
  return new AppError('malformed_json', `The body is not valid JSON: ${reason}${hint}`, { cause: error });
}
