import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');

describe('scripts/fuzz', () => {
  const out = mkdtempSync(join(tmpdir(), 'modelport-fuzz-out-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it('finds nothing in a short run and says what it did', () => {
    const script = join(ROOT, 'scripts/fuzz/fuzz.mjs');
    const run = spawnSync(NODE, [script, '--inputs', '1500', '--seed', '7', '--out', out], { encoding: 'utf8' });
    expect(run.stdout).toMatch(/^\d{4} seeds, seed 7$/m);
    expect(run.stdout).toMatch(/^1500 inputs in \d+ s, \d{4} of \d{4} branches, \d+ kept, 0 finds$/m);
    const counts = [...run.stdout.matchAll(/^ +(\d+) {2}(\w+)$/gm)];
    expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(1500);
    expect(counts.map(([, , code]) => code)).toEqual(expect.arrayContaining(['accepted', 'model_corrupt']));
    expect(run.stdout).toMatch(/^slowest input: \d+ ms/m);
    expect(run.stdout).toMatch(/^highest resident memory: \d+ MB$/m);
    expect(readdirSync(out).filter((name) => name.startsWith('find'))).toEqual([]);
    expect(run.status).toBe(0);
  }, 240_000);
});
