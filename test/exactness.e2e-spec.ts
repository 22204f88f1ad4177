import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

function node(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
}

describe('docs/exactness.md', () => {
  it('says what is measured, and no label differs', () => {
    expect(node(join('scripts', 'zoo', 'table.mjs'), '--check')).toMatchObject({ status: 0, stderr: '' });
  }, 300_000);

  const line = '| trees | 1.9.1 | 43 | 743 | 0 | 2.2e-16 | – | 0 | 5.0e-9 | 0 |';
  it.each([
    ['another last digit', line.replace('5.0e-9', '7.1e-9'), true],
    ['another processor', line.replace('2.2e-16', '0'), true],
    ['ten times as much', line.replace('5.0e-9', '1.0e-8'), true],
    ['a hundred times as much', line.replace('5.0e-9', '1.0e-7'), false],
    ['more than rounding', line.replace('2.2e-16', '2.2e-12'), false],
    ['a number that came or went', line.replace('–', '0'), false],
    ['a label', line.replace('| 743 | 0 |', '| 743 | 1 |'), false],
    ['a row less', line.replace('743', '742'), false],
    ['another version', line.replace('1.9.1', '1.9.2'), false],
    ['a line more', `${line}\n${line}`, false],
  ])('is compared with the measured one: %s', (_what, changed, same) => {
    const code = `import { sameFigures } from './scripts/zoo/same-figures.mjs';
      process.stdout.write(JSON.stringify(sameFigures(...${JSON.stringify([line, changed])})));`;
    const { stdout } = node('--input-type=module', '-e', code);
    expect((JSON.parse(stdout) as string[]).length === 0).toBe(same);
  });
});
