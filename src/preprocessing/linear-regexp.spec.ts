import { compileLinearRegExp, TooMuchMatching, withBoundedMatching } from './linear-regexp';

const test = compileLinearRegExp('[ab]*a[ab]{500}[cd]');
const text = 'ab'.repeat(1_000);

describe('the bound on what the patterns of one record cost', () => {
  it('holds for all matches of one check, and not for those of the next', () => {
    const often = (): boolean[] => Array.from({ length: 20 }, () => test(text));
    expect(() => withBoundedMatching(often)).toThrow(TooMuchMatching);
    expect(withBoundedMatching(() => test(text))).toBe(false);
  });

  it('leaves what is matched outside of a check alone, whatever the last one used up', () => {
    expect(() => withBoundedMatching(() => Array.from({ length: 20 }, () => test(text)))).toThrow(TooMuchMatching);
    expect(test('b'.repeat(3) + 'a' + 'b'.repeat(500) + 'c')).toBe(true);
  });
});
