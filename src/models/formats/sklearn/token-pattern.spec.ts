import { processorMs } from '../../../../test/support/processor-time';
import { compileAnalyzer, type AnalyzerSpec } from '../../../common/text/analyze';
import { readTokenPattern } from './token-pattern';

const PLAIN: Omit<AnalyzerSpec, 'minWordLength'> = {
  analyzer: 'word',
  lowercase: false,
  stripAccents: null,
  stopWords: [],
  ngrams: [1, 1],
};

function wordsOf(pattern: string, text: string): string[] {
  const read = readTokenPattern(pattern);
  if (!read) throw new Error(`${pattern} is not read`);
  return compileAnalyzer({ ...PLAIN, ...read })(text);
}

// Expected words are those of re.findall of Python 3.13; many more texts are in the golden files text-run-*.
describe(readTokenPattern, () => {
  it.each([
    [String.raw`(?u)\b\w\w+\b`, 'a ab _é9-x', ['ab', '_é9']],
    [String.raw`\w{3,}`, 'ab abc', ['abc']],
    ['[a-zA-Z]+', 'ab1cd éf X', ['ab', 'cd', 'f', 'X']],
    [String.raw`\b[a-z]{2,}\b`, 'ab1 1cd efg éhi jk-lm', ['efg', 'jk', 'lm']],
    [String.raw`\b[a-z]{2,}`, 'ab1 1cd efg éhi', ['ab', 'efg']],
    [String.raw`[a-z]{2,}\b`, 'ab1 1cd efg éhi', ['cd', 'efg', 'hi']],
    [String.raw`[^\d\W]+`, 'ab1_c ½d', ['ab', '_c', '½d']],
    ['[^,]+', 'a b,c,,d', ['a b', 'c', 'd']],
    [String.raw`\S\S+`, 'a\u00a0bc\x1cde \u200b.', ['bc', 'de', '\u200b.']],
    [String.raw`\d\d\d+`, '12 123 \u0661\u0662\u0663 ²³¹', ['123', '\u0661\u0662\u0663']],
    [String.raw`[\w'-]+`, "don't so-so --", ["don't", 'so-so', '--']],
    [String.raw`[]\-^&[]+`, 'a]-b^&&[c', [']-', '^&&[']],
    [String.raw`[\t\.]+`, 'a\t.b', ['\t.']],
    ['[\u{1f600}-\u{1f64f}]+', 'a\u{1f600}\u{1f601}b', ['\u{1f600}\u{1f601}']],
  ])('reads %s', (pattern, text, expected) => {
    expect(wordsOf(pattern, text)).toEqual(expected);
  });

  it.each([
    ['a group', '([a-z])+'],
    ['two groups', '(a+)+$'],
    ['a choice', String.raw`\w+|[^\w\s]+`],
    ['two classes', String.raw`[a-z]\w+`],
    ['no quantifier', '[a-z]'],
    ['nothing or more', '[a-z]*'],
    ['a bound above', '[a-z]{2,5}'],
    ['a lazy run', '[a-z]+?'],
    ['a boundary beside marks', String.raw`\b[a-z']+\b`],
    ['a flag', '(?i)[a-z]+'],
    ['a range that ends before it begins', '[z-a]+'],
    ['a range of a class', String.raw`[\w-z]+`],
    ['a reference', String.raw`[\1]+`],
    ['nothing', ''],
    ['a class of nothing', '[^]+'],
    ['a class that is not closed', '[a-z'],
    ['a long one', `[${'a'.repeat(300)}]+`],
  ])('leaves %s', (_what, pattern) => {
    expect(readTokenPattern(pattern)).toBeNull();
  });

  it('takes time in proportion to the text, also where no run is a word', () => {
    const text = `${'a'.repeat(400_000)}1`;
    const tookMs = processorMs(() => {
      expect(wordsOf(String.raw`[a-z]+\b`, text)).toEqual([]);
      expect(wordsOf(String.raw`\b[a-z]+\b`, text)).toEqual([]);
      expect(wordsOf('[a-z]{2,}', text)).toHaveLength(1);
    });
    expect(tookMs).toBeLessThan(1000);
  });
});
