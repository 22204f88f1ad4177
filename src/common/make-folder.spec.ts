import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder';

describe(makeFolder.name, () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'modelport-folder-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes what is missing, and leaves what is there', () => {
    const path = join(folder, 'a', 'b', 'c');
    makeFolder(path);
    writeFileSync(join(path, 'kept'), '');
    makeFolder(path);
    expect(statSync(join(path, 'kept')).isFile()).toBe(true);
  });

  it('takes a link to a folder for one', () => {
    symlinkSync(folder, join(folder, 'link'));
    makeFolder(join(folder, 'link', 'inside'));
    expect(statSync(join(folder, 'inside')).isDirectory()).toBe(true);
  });

  it('names what is in the way', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => makeFolder(file)).toThrow(`EEXIST: file already exists, mkdir '${file}'`);
    expect(() => makeFolder(join(file, 'a'))).toThrow(`'${file}'`);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    expect(() => makeFolder(join(folder, 'broken'))).toThrow(`'${join(folder, 'broken')}'`);
    if (process.getuid?.() === 0) return;
    chmodSync(folder, 0o500);
    expect(() => makeFolder(join(folder, 'a'))).toThrow('EACCES');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('does not go round for ever where nothing can be made', () => {
    expect(() => makeFolder('/proc/modelport/data')).toThrow(
      "ENOENT: no such file or directory, mkdir '/proc/modelport'",
    );
  });
});
