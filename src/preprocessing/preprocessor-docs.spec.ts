import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../common/errors';
import { compilePreprocessor } from './compile-preprocessor';
import { LOAN_DOCUMENT } from './preprocessing.openapi';
import { DATE_PARTS, MATH_FUNCTIONS, TIME_PARTS } from './preprocessor-spec';
import { readYaml } from './read-yaml';

const docs = readFileSync(join(__dirname, '../../docs/preprocessors.md'), 'utf8');

/** The names that the compiler says it takes at a place where it found none. */
function namesAt(output: unknown): string[] {
  try {
    compilePreprocessor({ input: {}, output });
  } catch (error) {
    return /exactly one of (.*); found none/.exec((error as AppError).message)?.[1]?.split(', ') ?? [];
  }
  return [];
}

describe('docs/preprocessors.md', () => {
  it('has an example that compiles and is the one of the API documentation', () => {
    const example = readYaml(/```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '');
    expect(example).toEqual(LOAN_DOCUMENT);
    expect(compilePreprocessor(example)({ income: 52000, debt: 13000, employment: 'Employed' })).toEqual({
      ok: true,
      record: { log_income: Math.log1p(52000), debt_ratio: 0.25, employment: 2 },
    });
  });

  it.each(['README.md', 'examples/README.md', 'docs/preprocessors.md'])('%s sends JSON as JSON by curl', (file) => {
    const text = readFileSync(join(__dirname, '../..', file), 'utf8');
    const commands = text.replaceAll('\\\n', '').match(/curl [^`\n]*-d [^`\n]*/g) ?? [];
    expect(commands.length).toBeGreaterThan(0);
    // Without the header curl sends application/x-www-form-urlencoded, which is answered 415.
    expect(commands.filter((command) => !/-H 'content-type: application\/json'/i.test(command))).toEqual([]);
  });

  it('names every source, step, function and part', () => {
    const sources = namesAt([{ field: 'a' }]);
    const steps = namesAt([{ field: 'a', const: 1, steps: [{}] }]);
    expect(sources.length).toBeGreaterThan(15);
    expect(steps.length).toBeGreaterThan(12);
    const words = new Set([...docs.matchAll(/`([^`\n]+)`/g)].flatMap((match) => match[1]?.split(/\W+/) ?? []));
    const names = [...sources, ...steps, ...Object.keys(MATH_FUNCTIONS), ...DATE_PARTS, ...TIME_PARTS];
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});
