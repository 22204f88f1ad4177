import { AppError } from '../../../common/errors';
import type { AnalyzerSpec } from '../../../common/text/analyze';
import { ENGLISH_STOP_WORDS } from '../../../common/text/english-stop-words';
import type { TermSpec } from '../../../common/text/term-weights';
import { PyDict, PyGlobal } from '../pickle/records';
import { asList, asNumber, asText, describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { tfidfWeights } from './tfidf';
import { readTokenPattern } from './token-pattern';
import type { Translation, TranslationContext, Translator } from './translation';

const VECTORIZERS: ReadonlySet<string> = new Set(['CountVectorizer', 'TfidfVectorizer', 'HashingVectorizer']);

const MAX_NGRAM = 32;
/** Twice the default. */
const MAX_HASHED = 2 ** 21;

/** Whether an estimator takes one column of text and no other. */
export function isTextVectorizer(estimator: Estimator): boolean {
  return VECTORIZERS.has(estimator.name);
}

/** `transform` of the three vectorizers (sklearn/feature_extraction/text.py). */
function translateVectorizer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  if (frame.width !== 1) {
    estimator.unsupported(`over ${frame.width} columns`, 'give each column of text a vectorizer of its own');
  }
  const { graph } = context;
  const analyzer = readAnalyzer(estimator);
  const terms =
    estimator.name === 'HashingVectorizer' ? hashed(estimator, analyzer) : counted(estimator, analyzer, context);
  frame.hint(0, probeTexts(terms));
  // Terms of one column and opposite signs leave a zero that is stored.
  const sparse = terms.hashing?.alternateSign ? 'unclear' : true;
  return { task: 'transform', frame: frame.of(graph.bag(frame.text(), terms)).stored(sparse) };
}

function readAnalyzer(estimator: Estimator): AnalyzerSpec {
  const analyzer = estimator.text('analyzer') ?? 'callable';
  const advice = 'use its own parameters (analyzer, token_pattern, stop_words, lowercase, strip_accents)';
  if (analyzer !== 'word' && analyzer !== 'char' && analyzer !== 'char_wb') {
    return estimator.unsupported(`with an analyzer of your own (${describe(estimator.get('analyzer'))})`, advice);
  }
  for (const parameter of ['preprocessor', 'tokenizer']) {
    if (estimator.has(parameter) && !(parameter === 'tokenizer' && analyzer !== 'word')) {
      estimator.unsupported(`with a ${parameter} of your own (${describe(estimator.get(parameter))})`, advice);
    }
  }
  if ((estimator.text('input') ?? 'content') !== 'content') {
    estimator.unsupported(`with input='${estimator.text('input')}'`, "fit it on texts, with input='content'");
  }
  const stripAccents = estimator.text('strip_accents');
  if (estimator.has('strip_accents') && stripAccents !== 'ascii' && stripAccents !== 'unicode') {
    estimator.unsupported('with strip_accents of your own', "use 'ascii' or 'unicode'");
  }
  return {
    analyzer,
    lowercase: estimator.boolean('lowercase', true),
    stripAccents: stripAccents as AnalyzerSpec['stripAccents'],
    stopWords: analyzer === 'word' ? stopWords(estimator) : [],
    ...(analyzer === 'word' ? tokens(estimator) : { minWordLength: 1 }),
    ngrams: ngramRange(estimator),
  };
}

function stopWords(estimator: Estimator): string[] {
  if (!estimator.has('stop_words')) return [];
  const value = estimator.get('stop_words');
  if (asText(value) === 'english') return ENGLISH_STOP_WORDS;
  const words = asList(value)?.map(asText);
  if (words?.every((word) => word !== undefined)) return words;
  return estimator.wrong('stop_words', "'english' or a list of words", value);
}

function tokens(estimator: Estimator): Pick<AnalyzerSpec, 'minWordLength' | 'words'> {
  const pattern = estimator.text('token_pattern') ?? '';
  return (
    readTokenPattern(pattern) ??
    estimator.unsupported(
      `with the token_pattern ${JSON.stringify(pattern.slice(0, 60))}`,
      String.raw`use runs of one class of characters, such as '(?u)\b\w\w+\b' (the default), '\w+', '[a-zA-Z]{3,}' or '[^,]+'`,
    )
  );
}

function ngramRange(estimator: Estimator): [number, number] {
  const value = estimator.get('ngram_range');
  const [shortest, longest] = asList(value)?.map(asNumber) ?? [];
  const fits = (n: number | undefined): n is number => Number.isInteger(n) && n! >= 1 && n! <= MAX_NGRAM;
  if (fits(shortest) && fits(longest) && shortest <= longest) return [shortest, longest];
  throw new AppError(
    'model_unsupported',
    `expected an ngram_range within 1 and ${MAX_NGRAM} in ${estimator.name}, found ${String(shortest)} to ${String(longest)}`,
  );
}

/** Weights that are rounded to float32 on the way have no translation. */
function checkDtype(estimator: Estimator, allowed: readonly string[]): void {
  const dtype = estimator.get('dtype');
  if (dtype === undefined || (dtype instanceof PyGlobal && allowed.includes(dtype.path))) return;
  estimator.unsupported(`with dtype ${describe(dtype)}`, `use ${allowed[0]}`);
}

function hashed(estimator: Estimator, analyzer: AnalyzerSpec): TermSpec {
  checkDtype(estimator, ['numpy.float64']);
  if (estimator.boolean('non_negative', false)) {
    estimator.unsupported(
      'with non_negative=True',
      'use alternate_sign=False, which is what 0.21 and newer have for it',
    );
  }
  const size = estimator.number('n_features');
  if (!(Number.isInteger(size) && size > 0 && size <= MAX_HASHED)) {
    throw new AppError(
      'import_limit',
      `expected n_features from 1 to ${MAX_HASHED} in ${estimator.name}, found ${size}`,
    );
  }
  const norm = estimator.text('norm');
  if (norm !== null && norm !== 'l1' && norm !== 'l2') return estimator.wrong('norm', 'l1, l2 or None', norm);
  return {
    ...analyzer,
    vocabulary: null,
    hashing: { size, alternateSign: estimator.boolean('alternate_sign', true) },
    binary: estimator.boolean('binary', false),
    sublinear: false,
    idf: null,
    norm,
    above: null,
  };
}

function counted(estimator: Estimator, analyzer: AnalyzerSpec, context: TranslationContext): TermSpec {
  const isTfidf = estimator.name === 'TfidfVectorizer';
  // Whole numbers are counted, and weighed as doubles; up to 0.19 that was the default of both.
  checkDtype(estimator, ['numpy.float64', 'numpy.int64', 'numpy.int32']);
  const vocabulary = readVocabulary(estimator, context);
  const weights = isTfidf
    ? tfidfWeights(estimator.child('_tfidf'), vocabulary.length)
    : { sublinear: false, idf: null, norm: null };
  return {
    ...analyzer,
    ...weights,
    vocabulary,
    hashing: null,
    binary: estimator.boolean('binary', false),
    above: null,
  };
}

/** `vocabulary_`, a dict from terms to columns: each column once. */
function readVocabulary(estimator: Estimator, context: TranslationContext): string[] {
  const value = estimator.require('vocabulary_');
  if (!(value instanceof PyDict)) return estimator.wrong('vocabulary_', 'a dict', value);
  const entries = [...value.entries()];
  context.spendValues(entries.length);
  const terms = new Array<string | undefined>(entries.length).fill(undefined);
  for (const [key, place] of entries) {
    const term = asText(key);
    const column = asNumber(place);
    if (term === undefined || column === undefined || !(column in terms) || terms[column] !== undefined) {
      return estimator.wrong('vocabulary_', `terms with the columns 0 to ${terms.length - 1}, each once`, place);
    }
    terms[column] = term;
  }
  if (terms.length === 0) return estimator.wrong('vocabulary_', 'at least one term', value);
  return terms as string[];
}

/** Texts of known and unknown terms, repeated, in capitals, with accents and marks. */
function probeTexts({ vocabulary, analyzer, stopWords }: TermSpec): string[] {
  const known = vocabulary ?? ['good', 'bad', 'film', 'the', 'plot', 'actor', 'price', 'service', 'slow', 'never'];
  const glue = analyzer === 'word' ? ' ' : '';
  const texts = ['', 'Zwölf Boxkämpfer, naïve café; 42 x_y \u{1F600} e\u0301', ...stopWords.slice(0, 2)];
  const step = Math.max(1, Math.floor(known.length / 97));
  for (let i = 0; i < 40; i++) {
    const words = Array.from(
      { length: 1 + (i % 9) },
      (_, k) => known[((i * 7 + k * k * 3) * step + i) % known.length]!,
    );
    if (i % 3 === 0) words.push(words[0]!);
    const text = words.join(glue);
    texts.push(i % 4 === 0 ? text.toUpperCase() : i % 4 === 1 ? `${text} quux\u00e9` : text);
  }
  return texts.map((text) => text.replaceAll('\0', ' ').slice(0, 2000));
}

/** sklearn/feature_extraction/text.py */
export const TEXT_TRANSLATORS: Record<string, Translator> = {
  CountVectorizer: translateVectorizer,
  TfidfVectorizer: translateVectorizer,
  HashingVectorizer: translateVectorizer,
};
