import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const LOCK = join(ROOT, 'node_modules', '.build-lock');
const MARK = join(ROOT, 'dist', 'inference', 'worker', 'worker.js');
/** What inference threads are made of. */
const SOURCES = 'src/{common/*.ts,inference/*.ts,inference/worker/**/*.ts,preprocessing/*.ts}';
/** A builder that died leaves its lock behind. */
const LOCK_MAX_AGE_MS = 120_000;

/** Threads run what is in dist/: compiles it when a source they are made of is newer, once however many specs ask. */
export async function ensureBuilt(): Promise<void> {
  while (isStale()) {
    if (!lock()) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], { cwd: ROOT, stdio: 'inherit' });
      // A compiler that finds nothing changed writes nothing, and the file would stay older than its sources.
      utimesSync(MARK, new Date(), new Date());
    } finally {
      rmdirSync(LOCK);
    }
  }
}

function lock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    if (existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs > LOCK_MAX_AGE_MS) rmdirSync(LOCK);
    return false;
  }
}

function isStale(): boolean {
  if (!existsSync(MARK)) return true;
  const newest = globSync(SOURCES, { cwd: ROOT })
    .filter((file) => !file.endsWith('.spec.ts'))
    .reduce((latest, file) => Math.max(latest, statSync(join(ROOT, file)).mtimeMs), 0);
  return statSync(MARK).mtimeMs < newest;
}
