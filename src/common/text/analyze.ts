import { AppError } from '../errors';

/** How a text is taken apart into terms: the parameters of scikit-learn's text vectorizers, resolved. */
export interface AnalyzerSpec {
  analyzer: 'word' | 'char' | 'char_wb';
  lowercase: boolean;
  stripAccents: 'ascii' | 'unicode' | null;
  /** Words that are left out before n-grams are made; `word` only. */
  stopWords: string[];
  /** Characters of the shortest word; `word` only. */
  minWordLength: number;
  /** What a word is; where it is not there, a run of word characters. */
  words?: WordSpec;
  /** Shortest and longest n-gram. */
  ngrams: [number, number];
}

/** A word is a longest run of some characters. */
export interface WordSpec {
  /** A class of characters, as a regular expression with the flag `v` has it. */
  characters: string;
  /** Whether no word character may stand before or behind the run; then all its characters are such. */
  bounded: { before: boolean; after: boolean };
}

/** Characters of one text, and terms of one text: half a second of work at most. */
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_TERMS = 2_000_000;

/** Python's `\w`: letters, everything with a numeric value, and the underscore. */
export const WORD_CHARACTER = '[\\p{L}\\p{N}_]';
const WORDS = new RegExp(`${WORD_CHARACTER}+`, 'gu');

/** `str.isspace()` of Python, which has the separators 1C to 1F and no byte order mark, unlike `\s`. */
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES = new RegExp(`[${SPACE}]{2,}`, 'g');
const NOT_SPACE = new RegExp(`[^${SPACE}]+`, 'g');

const ASCII_ONLY = /^[\0-\x7f]*$/;
const NOT_ASCII = /[^\0-\x7f]/g;
const MARKS = /\p{M}/gu;

/**
 * Prepares the analyzer of a vectorizer (sklearn/feature_extraction/text.py `_VectorizerMixin`): the terms of a text with
 * repetitions. The closure throws AppError invalid_input for a text that is too long.
 */
export function compileAnalyzer(spec: AnalyzerSpec): (text: string) => string[] {
  const terms = { word: compileWords, char: compileChars, char_wb: compileBoundedChars }[spec.analyzer](spec);
  return (text) => {
    if (text.length > MAX_TEXT_LENGTH) throw tooLong(`${MAX_TEXT_LENGTH} characters`, text.length);
    const lowered = spec.lowercase ? text.toLowerCase() : text;
    return terms(spec.stripAccents === null ? lowered : stripAccents(lowered, spec.stripAccents));
  };
}

function tooLong(bound: string, found: number): AppError {
  return new AppError('invalid_input', `expected a text of at most ${bound}, found ${found}`);
}

/** `strip_accents_ascii` and `strip_accents_unicode`. */
function stripAccents(text: string, how: 'ascii' | 'unicode'): string {
  if (ASCII_ONLY.test(text)) return text;
  const decomposed = text.normalize('NFKD');
  if (how === 'ascii') return decomposed.replace(NOT_ASCII, '');
  return decomposed.replace(MARKS, (mark) => (isCombining(mark) ? '' : mark));
}

const COMBINING = new Map<string, boolean>();

/**
 * Whether the canonical combining class is above 0 (`unicodedata.combining`). JavaScript does not tell, but puts marks in
 * the order of their classes when it normalises: beside one of the lowest class and one of the highest, such a mark moves.
 */
function isCombining(mark: string): boolean {
  let known = COMBINING.get(mark);
  if (known === undefined) {
    const [lowest, highest] = ['\u0334', '\u0345'];
    const alone = mark.normalize('NFD');
    known =
      (mark + lowest).normalize('NFD') !== alone + lowest || (highest + mark).normalize('NFD') !== highest + alone;
    COMBINING.set(mark, known);
  }
  return known;
}

function checkCount(units: number, [shortest, longest]: readonly [number, number]): void {
  const count = units * (longest - shortest + 1);
  if (count > MAX_TERMS) throw tooLong(`${MAX_TERMS} terms`, count);
}

/** Each character is looked at a few times: a run that ends before a word character is not tried again from within. */
function wordPattern({ characters, bounded }: WordSpec): RegExp {
  const before = bounded.before ? `(?<!${WORD_CHARACTER})` : `(?<!${characters})`;
  return new RegExp(`${before}${characters}+${bounded.after ? `(?!${WORD_CHARACTER})` : ''}`, 'gv');
}

function compileWords({ stopWords, minWordLength, ngrams, words }: AnalyzerSpec): (text: string) => string[] {
  const pattern = words ? wordPattern(words) : WORDS;
  const stops = new Set(stopWords);
  const isWord = (word: string): boolean => !isShorter(word, minWordLength) && !stops.has(word);
  return (text) => {
    const words = (text.match(pattern) ?? []).filter(isWord);
    const [shortest, longest] = ngrams;
    if (longest === 1) return words;
    checkCount(words.length, ngrams);
    const terms: string[] = [];
    for (let n = shortest; n <= Math.min(longest, words.length); n++) {
      for (let i = 0; i + n <= words.length; i++) terms.push(n === 1 ? words[i]! : words.slice(i, i + n).join(' '));
    }
    return terms;
  };
}

/** In code points, as Python counts. */
function isShorter(word: string, length: number): boolean {
  if (word.length < length) return true;
  return word.length < 2 * length && [...word].length < length;
}

function compileChars({ ngrams }: AnalyzerSpec): (text: string) => string[] {
  const [shortest, longest] = ngrams;
  return (text) => {
    const characters = [...text.replace(SPACES, ' ')];
    checkCount(characters.length, ngrams);
    const terms: string[] = [];
    for (let n = shortest; n <= Math.min(longest, characters.length); n++) {
      for (let i = 0; i + n <= characters.length; i++) terms.push(characters.slice(i, i + n).join(''));
    }
    return terms;
  };
}

/** N-grams inside of words with a space at both ends; a word that is shorter than n counts once, whole. */
function compileBoundedChars({ ngrams }: AnalyzerSpec): (text: string) => string[] {
  const [shortest, longest] = ngrams;
  return (text) => {
    checkCount(text.length * 2, ngrams);
    const terms: string[] = [];
    for (const word of text.match(NOT_SPACE) ?? []) {
      const characters = [' ', ...word, ' '];
      for (let n = shortest; n <= longest; n++) {
        const last = Math.max(0, characters.length - n);
        for (let i = 0; i <= last; i++) terms.push(characters.slice(i, i + n).join(''));
        if (last === 0) break;
      }
    }
    return terms;
  };
}
