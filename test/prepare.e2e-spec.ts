import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];

describe('scripts/prepare.mjs', () => {
  let checkout: string;
  const script = (): string => join(checkout, 'scripts/prepare.mjs');
  const prepare = (env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [script()], { encoding: 'utf8', env: { ...process.env, ...env } });
  const write = (file: string, text: string): void => writeFileSync(join(checkout, file), text);
  const touch = (file: string): void => utimesSync(join(checkout, file), new Date(), new Date());

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'modelport-checkout-'));
    for (const folder of ['scripts', 'src', '.cache']) mkdirSync(join(checkout, folder));
    for (const file of FILES) cpSync(join(ROOT, file), join(checkout, file));
    cpSync(join(ROOT, 'scripts/prepare.mjs'), script());
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    write('src/main.ts', 'console.log(1);\n');
    write('src/other.ts', 'export const OTHER = 1;\n');
  });
  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it('builds what is not built, and says so in one line', () => {
    const { status, stdout } = prepare();
    expect(stdout).toBe('modelport: building dist/\n');
    expect(status).toBe(0);
    expect(existsSync(join(checkout, 'dist/main.js'))).toBe(true);
  });

  it('with nothing to do says nothing and is quick', () => {
    // Processor time of the whole process, because other tests take turns on the same cores.
    const tell = `process.on('exit', () => process.stderr.write(JSON.stringify(process.cpuUsage())))`;
    const times = Array.from({ length: 5 }, () => {
      const args = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, script()];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      const { user, system } = JSON.parse(stderr) as NodeJS.CpuUsage;
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(150);
  });

  it('builds again when a source is newer, and removes the output of one that is gone', () => {
    rmSync(join(checkout, 'src/other.ts'));
    expect(prepare().stdout).toBe('modelport: building dist/\n');
    expect(readdirSync(join(checkout, 'dist')).filter((file) => file.startsWith('other'))).toEqual([]);
    touch('src/main.ts');
    expect(prepare().stdout).toBe('modelport: building dist/\n');
  });

  it('builds again what somebody has deleted', () => {
    rmSync(join(checkout, 'dist/main.js'));
    expect(prepare().status).toBe(0);
    expect(existsSync(join(checkout, 'dist/main.js'))).toBe(true);
  });

  it('two at once build once, past the lock of a process that is gone', async () => {
    // No process has an id as large as this one: the kernel's bound is 2^22.
    write('.cache/prepare.lock', '99999999');
    touch('src/main.ts');
    const runs = [0, 1].map(
      () =>
        new Promise<{ code: number | null; output: string }>((done) => {
          const child = spawn(process.execPath, [script()]);
          let output = '';
          child.stdout.on('data', (text: Buffer) => (output += text.toString()));
          child.on('close', (code) => done({ code, output }));
        }),
    );
    const results = await Promise.all(runs);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const builds = results
      .map(({ output }) => output)
      .join('')
      .match(/building/g);
    expect(builds).toHaveLength(1);
    expect(readdirSync(join(checkout, '.cache'))).toEqual([]);
  });

  it.each([
    ['nobody in it, as a crash of the machine leaves it', `''`],
    ['its own number in it, which a restarted container gives again', 'String(process.pid)'],
  ])('goes past a lock with %s', (_, owner) => {
    touch('src/main.ts');
    const lock = JSON.stringify(join(checkout, '.cache/prepare.lock'));
    const leave = `import { writeFileSync } from 'node:fs'; writeFileSync(${lock}, ${owner});`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(leave)}`, script()];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 50_000 });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'modelport: building dist/\n' });
  });

  it('is not done while another has written only a part of dist/', async () => {
    const parts = Array.from({ length: 200 }, (_, part) => `part-${part}`);
    for (const part of parts) write(`src/${part}.ts`, `export const PART = '${part}';\n`);
    const isWritten = (part: string): boolean => existsSync(join(checkout, `dist/${part}.js`));
    const watcher = watch(join(checkout, 'dist'));
    const first = spawn(process.execPath, [script()]);
    const ended = once(first, 'close');
    await once(watcher, 'change');
    watcher.close();
    expect(prepare()).toMatchObject({ status: 0, stderr: '' });
    expect(parts.filter((part) => !isWritten(part))).toEqual([]);
    await ended;
    for (const part of parts) rmSync(join(checkout, `src/${part}.ts`));
  });

  it('a build that fails is exit code 1, shows the compiler’s words, and is tried again', () => {
    write('src/main.ts', 'export const port: number = "x";\n');
    for (let i = 0; i < 2; i++) {
      const { status, stderr } = prepare();
      expect(status).toBe(1);
      expect(stderr).toMatch(/TS2322[\s\S]*modelport: the build failed/);
    }
    write('src/main.ts', 'console.log(2);\n');
    expect(prepare().status).toBe(0);
  });

  it('goes on without a bundle of packages that cannot be made, and does not try again until something changes', () => {
    const bundler = 'scripts/bundle-packages.mjs';
    write(bundler, 'console.error("no bundler"); process.exitCode = 1;\n');
    const { status, stdout, stderr } = prepare();
    expect(stdout).toMatch(/^modelport: the packages could not be bundled/);
    expect(stderr).toMatch(/no bundler/);
    expect(status).toBe(0);
    expect(prepare()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    write(bundler, 'console.log("bundled");\n');
    expect(prepare()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    rmSync(join(checkout, bundler));
  });

  it('without a registry says that the first run needs one', () => {
    rmSync(join(checkout, 'node_modules'));
    const env = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: join(checkout, '.cache/npm'),
      npm_config_fetch_retries: '0',
    };
    const { status, stderr } = prepare(env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/modelport: the package registry cannot be reached/);
  });

  it('without npm says where it comes from', () => {
    const { status, stderr } = prepare({ PATH: checkout, npm_execpath: '' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/npm was not found/);
  });
});
