import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const SWITCH = join(ROOT, 'dist/app/bundled-packages.js');

/** What a fresh process prints, as JSON. */
function print(script: string): unknown {
  const args = ['--disable-warning=ExperimentalWarning', '-e', `console.log(JSON.stringify((() => {${script}})()))`];
  return JSON.parse(execFileSync(join(ROOT, 'node_modules/.bin/node'), args, { cwd: ROOT, encoding: 'utf8' }));
}

/** Names of the packages of which files are in the cache of modules, but for those whose exports come from the bundle. */
const LOADED_ONE_BY_ONE = `
  const files = Object.entries(require.cache).filter(([, module]) => !Object.getOwnPropertyDescriptor(module, 'exports').get);
  const name = ([file]) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1];
  return [...new Set(files.map(name).filter(Boolean))].sort();`;

describe('the bundle of packages', () => {
  it('holds all that the server loads, but for the thread pool, which finds files beside itself', () => {
    const loaded = print(`require(${JSON.stringify(SWITCH)}); require('./dist/app.factory'); ${LOADED_ONE_BY_ONE}`);
    expect(loaded).toEqual(['piscina']);
  });

  it('is what a package’s name leads to, whoever asks for it, and the same each time', () => {
    const same = print(`
      require(${JSON.stringify(SWITCH)});
      const bundle = require('./dist/packages/packages.js');
      return Object.keys(bundle).filter((name) => require(name) !== bundle[name]() || require(name) !== require(name));`);
    expect(same).toEqual([]);
  });

  it('keeps the names of classes, which the documents and the logs tell', () => {
    const names = print(`
      require(${JSON.stringify(SWITCH)});
      const { NotFoundException } = require('@nestjs/common');
      return [NotFoundException.name, require('kysely').Kysely.name, require('prom-client').Registry.name];`);
    expect(names).toEqual(['NotFoundException', 'Kysely', 'Registry']);
  });

  it('may be missing: packages are then loaded one by one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelport-unbundled-'));
    try {
      const copy = join(folder, 'app/bundled-packages.js');
      mkdirSync(join(folder, 'app'));
      copyFileSync(SWITCH, copy);
      const loaded = print(`require(${JSON.stringify(copy)}); require('@nestjs/common'); ${LOADED_ONE_BY_ONE}`);
      expect(loaded).toEqual(expect.arrayContaining(['@nestjs/common', 'rxjs']));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
