import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock } from './folder-lock';

describe('FolderLock', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'modelport-lock-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps a second holder out until it is released', () => {
    const lock = FolderLock.take(folder);
    expect(() => FolderLock.take(folder)).toThrow('is in use by another process');
    lock.release();
    FolderLock.take(folder).release();
  });

  it('names a folder that cannot be written in', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => FolderLock.take(file)).toThrow(`The data folder ${file} cannot be used: `);
    mkdirSync(join(folder, 'in-use.lock'));
    expect(() => FolderLock.take(folder)).toThrow(`The data folder ${folder} cannot be used: unable to open`);
  });

  it('is released when its process is killed', () => {
    const code = `const { DatabaseSync } = require('node:sqlite');
      new DatabaseSync(${JSON.stringify(join(folder, 'in-use.lock'))}).exec('BEGIN EXCLUSIVE');
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', code]);
    expect(signal).toBe('SIGKILL');
    FolderLock.take(folder).release();
  });
});
