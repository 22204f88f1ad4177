import { AppError } from '../errors';
import { processorMs } from '../../../test/support/processor-time';
import { compileAnalyzer, type AnalyzerSpec } from './analyze';
import { murmurHash3 } from './murmur-hash';

const PLAIN: AnalyzerSpec = {
  analyzer: 'word',
  lowercase: true,
  stripAccents: null,
  stopWords: [],
  minWordLength: 2,
  ngrams: [1, 1],
};

// Expected terms are those of CountVectorizer(...).build_analyzer() of scikit-learn 1.9.1; many more in its golden files.
describe('the analyzer of text', () => {
  it.each<[Partial<AnalyzerSpec>, string, string[]]>([
    [{}, 'I saw a FILM, x_y 42!', ['saw', 'film', 'x_y', '42']],
    [{ minWordLength: 1 }, 'I saw a', ['i', 'saw', 'a']],
    [{}, '\u{1D400} \u{1D400}\u{1D401}', ['\u{1D400}\u{1D401}']],
    [{}, 'ΟΔΟΣ Straße', ['οδος', 'straße']],
    [{ stripAccents: 'unicode' }, 'Café naïve \ufb01lm', ['cafe', 'naive', 'film']],
    [{ stripAccents: 'ascii' }, 'Café straße', ['cafe', 'strae']],
    [{ ngrams: [1, 2], stopWords: ['the'] }, 'see the film', ['see', 'film', 'see film']],
    [{ ngrams: [2, 3] }, 'ab', []],
    [{ analyzer: 'char', ngrams: [2, 2] }, 'a  b\nc', ['a ', ' b', 'b\n', '\nc']],
    [{ analyzer: 'char_wb', ngrams: [3, 4] }, 'a bc', [' a ', ' bc', 'bc ', ' bc ']],
  ])('takes apart as scikit-learn does: %j %j', (options, text, terms) => {
    expect(compileAnalyzer({ ...PLAIN, ...options })(text)).toEqual(terms);
  });

  it.each<[Partial<AnalyzerSpec>, string]>([
    [{}, 'x'.repeat(1_000_001)],
    [{ analyzer: 'char', ngrams: [1, 32] }, 'xy'.repeat(50_000)],
    [{ analyzer: 'char_wb', ngrams: [1, 32] }, 'xy '.repeat(50_000)],
    [{ ngrams: [1, 32] }, 'xy '.repeat(100_000)],
  ])('refuses what would take seconds, %j', (options, text) => {
    const tookMs = processorMs(() => {
      expect(() => compileAnalyzer({ ...PLAIN, ...options })(text)).toThrow(AppError);
    });
    expect(tookMs).toBeLessThan(1000);
  });
});

// sklearn.utils.murmurhash3_32(text.encode(), seed=0), scikit-learn 1.9.1
it.each<[string, number]>([
  ['', 0],
  ['a', 1009084850],
  ['ab', -1681926305],
  ['abc', -1277324294],
  ['abcd', 1139631978],
  ['good film', 1368648432],
  ['Straße', 1561572846],
  ['東京', -1765863102],
  ['😀 x', 227745445],
])('hashes %j as scikit-learn does', (text, hash) => expect(murmurHash3(Buffer.from(text))).toBe(hash));
