import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

interface Report {
  planted: number;
  missed: string[];
  wrong: string[];
}

describe('the rules of npm run check', () => {
  const script = resolve(__dirname, '../scripts/check-rules.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' });

  it.each([
    ['modules', 25],
    ['lint', 20],
    ['types', 3],
    ['unused', 2],
    ['format', 1],
  ])('%s: every planted violation is found, and nothing in clean files', (tool, atLeast) => {
    expect(stdout).toMatch(/^\{/);
    const report = (JSON.parse(stdout) as Record<string, Report>)[tool];
    expect({ stderr, ...report }).toMatchObject({ missed: [], wrong: [] });
    expect(report?.planted).toBeGreaterThanOrEqual(atLeast);
  });
});
