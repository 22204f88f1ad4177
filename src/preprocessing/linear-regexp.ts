import { createRequire } from 'node:module';

const MAX_PATTERN_CHARACTERS = 1000;
/** Instructions of the compiled automaton; matching costs at most this times the characters of the text. */
const MAX_PROGRAM_SIZE = 2000;
/** Longer texts do not match any pattern. Together with the program's bound, one match stays under some 0.2 s. */
export const MAX_MATCHED_CHARACTERS = 10_000;

const load = createRequire(__filename);

/**
 * Compiles a regular expression of a user's schema to a test in time linear in the text, by RE2JS (a port of RE2).
 * No lookaround and no back references, which RE2 has not; `\d`, `\w`, `\s` are ASCII.
 * @throws Error when the pattern is not one of RE2's or is too large
 */
export function compileLinearRegExp(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw new Error(`a pattern may have at most ${MAX_PATTERN_CHARACTERS} characters, found ${pattern.length}`);
  }
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const regExp = RE2JS.compile(RE2JS.translateRegExp(pattern));
  if (regExp.programSize() > MAX_PROGRAM_SIZE) throw new Error('a pattern is too large when compiled');
  return (text) => text.length <= MAX_MATCHED_CHARACTERS && regExp.test(text);
}
