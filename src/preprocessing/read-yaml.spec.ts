import { AppError } from '../common/errors';
import { processorMs } from '../../test/support/processor-time';
import { readYaml } from './read-yaml';

function refusal(text: string): AppError {
  try {
    readYaml(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the text was read');
}

describe(readYaml.name, () => {
  it('reads plain values, anchors among them', () => {
    expect(readYaml('a: &x [1, "09:30", 09:30, 2026-01-01, null, ~, true, yes]\nb: *x\n1: one\na.b: {}')).toEqual({
      a: [1, '09:30', '09:30', '2026-01-01', null, null, true, 'yes'],
      b: [1, '09:30', '09:30', '2026-01-01', null, null, true, 'yes'],
      '1': 'one',
      'a.b': {},
    });
  });

  it('takes the last of a key said twice, and names like those of the prototype as they are', () => {
    expect(readYaml('a: 1\na: 2')).toEqual({ a: 2 });
    const value = readYaml('__proto__: { polluted: true }\nconstructor: 1') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(value.polluted).toBeUndefined();
  });

  it('leaves merge keys as keys', () => {
    expect(readYaml('a: &a { x: 1 }\nb: { <<: *a }')).toEqual({ a: { x: 1 }, b: { '<<': { x: 1 } } });
  });

  it.each([
    ['a tag', 'a: !!js/function "x"', /tag/i],
    ['a tag of its own', 'a: !secret x', /tag/i],
    ['several documents', '---\na: 1\n---\nb: 1', /one document, found 2/],
    ['nothing', '', /one document, found 0/],
    ['a syntax error', 'a: [1', /line 1/],
    ['an alias of nothing', 'a: *b', /alias/i],
    ['depth', '['.repeat(30_000), /nested too deeply/],
    ['depth by blocks', '- '.repeat(30_000), /nested too deeply|line/],
    ['many aliases', `- &a x\n${'- *a\n'.repeat(101)}`, /at most 100 aliases/],
    [
      'a bomb',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`).join('\n')}`,
      /alias/i,
    ],
  ])('refuses %s', (_name, text, reason) => {
    const error = refusal(text);
    expect(error.code).toBe('bad_request');
    expect(error.message).toMatch(reason);
  });

  it('refuses what is too long to be read on the thread that serves', () => {
    expect(refusal(' '.repeat(100_000)).code).toBe('body_too_large');
  });

  it('reads the largest documents in bounded time, however many keys and anchors', () => {
    const tookMs = processorMs(() => {
      readYaml(Array.from({ length: 6_000 }, (_, i) => `k${i}: 1`).join('\n'));
      refusal(Array.from({ length: 2_500 }, (_, i) => `- &a${i} x\n- *a${i}`).join('\n'));
    });
    expect(tookMs).toBeLessThan(10_000);
  });

  it.each(['!a ', '{a', '}', ']', '&a ', '%\n', '"', '- ', '? '])(
    'refuses a document of nothing but %j soon',
    (piece) => {
      const tookMs = processorMs(() => {
        expect(refusal(piece.repeat(65_000 / piece.length)).code).toBe('bad_request');
      });
      expect(tookMs).toBeLessThan(3000);
    },
  );
});
