import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const LOCK = join(ROOT, 'node_modules', '.build-lock');
const WORKER = join(ROOT, 'dist', 'inference', 'worker', 'worker.js');

/** Threads run what is in dist/: compiles it when a source they use is newer, once however many specs ask. */
export async function ensureBuilt(): Promise<void> {
  while (isStale()) {
    try {
      mkdirSync(LOCK);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], { cwd: ROOT, stdio: 'inherit' });
    } finally {
      rmdirSync(LOCK);
    }
  }
}

function isStale(): boolean {
  const sources = globSync('src/{common,inference,preprocessing}/**/*.ts', { cwd: ROOT });
  const newest = sources
    .filter((file) => !file.endsWith('.spec.ts'))
    .map((file) => statSync(join(ROOT, file)).mtimeMs)
    .reduce((a, b) => Math.max(a, b), 0);
  const built = join(ROOT, 'dist', '.tsbuildinfo');
  return !existsSync(WORKER) || !existsSync(built) || statSync(built).mtimeMs < newest;
}
