import { SPACE, WORD_CHARACTER, type AnalyzerSpec } from '../../../common/text/analyze';

/** What Python's classes of characters are for text (`re`, without the flag ASCII), for a regular expression with `v`. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['w', WORD_CHARACTER],
  ['W', `[^${WORD_CHARACTER}]`],
  ['d', '\\p{Nd}'],
  ['D', '\\P{Nd}'],
  ['s', `[${SPACE}]`],
  ['S', `[^${SPACE}]`],
]);

/** A character that stands for itself when escaped. */
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

/** `(?u)`, `\b`, a class some times, the last time with `+` or `{n,}`, `\b`. */
const RUN = /^(?:\(\?u\))?(\\b)?((?:\\[wdS]|\[\^?\]?(?:\\.|[^\]\\])*\]))(.*?)(\\b)?$/su;
const TIMES = /^(?:\+|\{([1-9]\d?),\})$/;

const MAX_LENGTH = 200;

/**
 * Reads a `token_pattern` that takes the longest runs of one class of characters, of a least length:
 * `(?u)\b\w\w+\b`, `\w{3,}`, `[a-zA-Z]+`, `\b[^\d\W]{2,}\b`, `[^,]+`, `\S+`. Such a one takes time in proportion to the
 * text, and is written anew for JavaScript; nothing of the file is run as it is.
 * @returns null for any other
 */
export function readTokenPattern(pattern: string): Pick<AnalyzerSpec, 'minWordLength' | 'words'> | null {
  const [, before, written, rest, after] = (pattern.length <= MAX_LENGTH && RUN.exec(pattern)) || [];
  if (written === undefined || rest === undefined) return null;
  const minWordLength = leastLength(written, rest);
  const characters = written.startsWith('[') ? bracketed(written) : CLASSES.get(written.slice(1))!;
  if (minWordLength === null || characters === null) return null;
  if (characters === WORD_CHARACTER) return { minWordLength }; // a boundary around a longest run changes nothing
  const bounded = { before: before !== undefined, after: after !== undefined };
  if ((bounded.before || bounded.after) && !holdsWordsOnly(characters)) return null;
  return { minWordLength, words: { characters, bounded } };
}

/** How often a class has to come: it is repeated as it is written, the last time with a quantifier; null for anything else. */
function leastLength(written: string, rest: string): number | null {
  let count = 0;
  let left = rest;
  for (; left.startsWith(written); left = left.slice(written.length)) count++;
  const times = TIMES.exec(left);
  return times && count + Number(times[1] ?? 1);
}

/** A class in brackets, with the flag `v`; null where it holds something that is not known. */
function bracketed(written: string): string | null {
  const isNegated = written.startsWith('[^');
  const characters = [...written.slice(isNegated ? 2 : 1, -1)];
  if (characters.length === 0) return null;
  let content = '';
  for (let at = 0; at < characters.length;) {
    const first = member(characters, at);
    if (!first) return null;
    at += first.length;
    const isRange = characters[at] === '-' && at + 1 < characters.length;
    if (!isRange) {
      content += first.text;
      continue;
    }
    const last = member(characters, at + 1);
    if (!last || first.code === null || last.code === null || first.code > last.code) return null;
    content += `${first.text}-${last.text}`;
    at += 1 + last.length;
  }
  return `[${isNegated ? '^' : ''}${content}]`;
}

interface Member {
  text: string;
  /** Null for a class, which begins and ends no range. */
  code: number | null;
  /** Characters that it was written with. */
  length: number;
}

function member(characters: readonly string[], at: number): Member | null {
  const [character, next] = [characters[at]!, characters[at + 1]];
  if (character !== '\\') return literal(character, 1);
  if (next === undefined) return null;
  const known = CLASSES.get(next);
  if (known !== undefined) return { text: known, code: null, length: 2 };
  const control = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' }[next];
  return control !== undefined || PUNCTUATION.test(next) ? literal(control ?? next, 2) : null;
}

function literal(character: string, length: number): Member {
  const code = character.codePointAt(0)!;
  return { text: `\\u{${code.toString(16)}}`, code, length };
}

/** Whether every character of a class is a word character: all others are looked at. */
function holdsWordsOnly(characters: string): boolean {
  const other = new RegExp(`[${characters}--${WORD_CHARACTER}]`, 'v');
  for (let from = 0; from < 0x110000; from += 0x800) {
    if (from === 0xd800) continue; // halves of characters are none
    if (other.test(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => from + i)))) return false;
  }
  return true;
}
