import { AppError } from './errors';

/** What V8 says of NaN, Infinity and -Infinity, which Python's `json.dumps` writes unless told otherwise. */
const NO_JSON_NUMBER = /^Unexpected token '[NI]'|^No number after minus sign/;

/**
 * Reads the text of a request's body as JSON.
 * @throws AppError malformed_json in the words of `JSON.parse`; of numbers that JSON has no form for it says what to send
 */
export function parseJsonBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200).replace(/ is not valid JSON$/, '');
    const hint = NO_JSON_NUMBER.test(reason) ? ' (JSON has no NaN and no Infinity; a missing value is null)' : '';
    throw new AppError('malformed_json', `The body is not valid JSON: ${reason}${hint}`, { cause: error });
  }
}
