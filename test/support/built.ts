import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '../..');

/**
 * Threads and child processes run what is in dist/: builds it when a source is newer, once however many specs ask.
 * `npm test` has done so already; a test runner started by itself has not. A build in progress is waited for: dist/ is
 * called built when its last file is there, not when the one that a spec looks for is.
 */
export async function ensureBuilt(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/prepare.mjs')], { cwd: ROOT });
}
