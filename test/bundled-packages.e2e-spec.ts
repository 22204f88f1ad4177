import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

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
    const loaded = print(
      `require(${JSON.stringify(SWITCH)}); require('./dist/modelport-server'); ${LOADED_ONE_BY_ONE}`,
    );
    expect(loaded).toEqual(['piscina']);
  });

  it('brings neither TLS nor the tables of ICU, 6 and 7 MB, to a server that does not ask for them', () => {
    const asked = print(`
      let formatters = 0;
      Intl.DateTimeFormat = class extends Intl.DateTimeFormat { constructor(...args) { super(...args); formatters++; } };
      require(${JSON.stringify(SWITCH)}); require('./dist/modelport-server');
      return [process.moduleLoadList.includes('NativeModule tls'), formatters];`);
    expect(asked).toEqual([false, 0]);
  });

  it('finds the tables of rare encodings, which stay outside, where they are', () => {
    const found = print(`
      const bundle = require('fs').readFileSync('./dist/packages/packages.js', 'utf8');
      const tables = [...bundle.matchAll(/require\\("(iconv-lite\\/[^"]+)"\\)/g)].map(([, name]) => name);
      return tables.map((name) => typeof require(require.resolve(name, { paths: ['./dist/packages'] })));`);
    expect(found).toEqual(Array(8).fill('object'));
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

  it('is not made of loggers in which the formatters of dates cannot be found', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'modelport-bundle-'));
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(checkout, file)), { recursive: true });
      writeFileSync(join(checkout, file), text);
    };
    try {
      write('package.json', JSON.stringify({ dependencies: { '@nestjs/common': '*' } }));
      write('node_modules/@nestjs/common/index.js', 'const dates = new Intl.DateTimeFormat(); exports.dates = dates;');
      for (const name of ['@nestjs/cli', '@swc/core', 'ajv']) {
        mkdirSync(dirname(join(checkout, 'node_modules', name)), { recursive: true });
        symlinkSync(join(ROOT, 'node_modules', name), join(checkout, 'node_modules', name));
      }
      const script = join(checkout, 'scripts/bundle-packages.mjs');
      mkdirSync(dirname(script));
      copyFileSync(join(ROOT, 'scripts/bundle-packages.mjs'), script);
      const { status, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/node'), [script], { encoding: 'utf8' });
      expect(stderr).toMatch(/expected 2 formatters of dates .*Nest.*, found 0; .*EAGER_FORMATTER/);
      expect(status).toBe(1);
      expect(existsSync(join(checkout, 'dist/packages/packages.js'))).toBe(false);
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });
});
