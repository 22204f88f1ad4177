import { createRequire } from 'node:module';

const MAX_PATTERN_CHARACTERS = 1000;
/** Instructions of the compiled automaton; matching costs at most this times the characters of the text. */
const MAX_PROGRAM_SIZE = 2000;
/** Longer texts do not match any pattern. */
export const MAX_MATCHED_CHARACTERS = 10_000;
/** Instructions times characters that matching one record may take at most: some 0.2 s. */
const MAX_WORK = 8_000_000;

/** What is left of {@link MAX_WORK} for the record that is checked; no bound where none is. */
let work = Infinity;

/** The record at hand has too much text for the patterns that it is matched against. */
export class TooMuchMatching extends Error {}

/** Runs the check of one record, whose matches share a bound. @throws TooMuchMatching past it */
export function withBoundedMatching<T>(check: () => T): T {
  work = MAX_WORK;
  try {
    return check();
  } finally {
    work = Infinity;
  }
}

const load = createRequire(__filename);

/**
 * Compiles a regular expression of a user's schema to a test in time linear in the text, by RE2JS (a port of RE2).
 * No lookaround and no back references, which RE2 has not; `\d`, `\w`, `\s` are ASCII.
 * The test throws {@link TooMuchMatching} past what {@link withBoundedMatching} allows.
 * @throws Error when the pattern is not one of RE2's or is too large
 */
export function compileLinearRegExp(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw new Error(`a pattern may have at most ${MAX_PATTERN_CHARACTERS} characters, found ${pattern.length}`);
  }
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const regExp = RE2JS.compile(RE2JS.translateRegExp(pattern));
  const size = regExp.programSize();
  if (size > MAX_PROGRAM_SIZE) throw new Error('a pattern is too large when compiled');
  return (text) => {
    if (text.length > MAX_MATCHED_CHARACTERS) return false;
    work -= size * text.length;
    if (work < 0) throw new TooMuchMatching();
    return regExp.test(text);
  };
}
