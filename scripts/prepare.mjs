// Makes a checkout ready to run: installs what package-lock.json asks for, and builds dist/ when a source is newer.
// `npm start` and `npm test` call it first, on whatever Node the machine has and before anything is installed; so it
// uses nothing but Node itself. With nothing to do it only looks (well under 150 ms).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = [20, 19];
const LOCK = inRoot('.cache/prepare.lock');
const LOCK_WAIT_MS = 15 * 60_000;
const INSTALLED = inRoot('node_modules/.prepared');
const BUILT = inRoot('dist/.prepared');
const BUNDLED = inRoot('dist/packages/.prepared');
const BUNDLER = inRoot('scripts/bundle-packages.mjs');
const RUNTIME = inRoot('node_modules/.bin/node');
/** A Node binary is far larger; a smaller file is the package's placeholder or half a download. */
const SMALLEST_RUNTIME_BYTES = 10e6;
const BUILD_SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;

class Failure extends Error {}

function inRoot(relative) {
  return path.join(ROOT, relative);
}

function say(line) {
  process.stdout.write(`modelport: ${line}\n`);
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** Files below a folder as paths relative to it; none when there is no such folder. */
function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function installStamp() {
  return digest(fs.readFileSync(inRoot('package-lock.json')), `${process.platform} ${process.arch}`);
}

function hasRuntime() {
  const stat = fs.statSync(RUNTIME, { throwIfNoEntry: false });
  return stat !== undefined && stat.size > SMALLEST_RUNTIME_BYTES;
}

/** Whether node_modules, installed by hand, holds what the lock file names: npm keeps its own record of it. */
function installedByHand() {
  const record = readText(inRoot('node_modules/.package-lock.json'));
  if (record === null) return false;
  const present = JSON.parse(record).packages;
  const wanted = JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional || present[name]?.version === entry.version,
  );
}

function isInstalled() {
  return readText(INSTALLED) === installStamp() && hasRuntime();
}

function isSource(file) {
  return !file.endsWith('.spec.ts');
}

function buildStamp() {
  const sources = filesBelow(inRoot('src'))
    .filter(isSource)
    .sort()
    .map((file) => {
      const { mtimeMs, size } = fs.statSync(inRoot(`src/${file}`));
      return `${file} ${mtimeMs} ${size}`;
    });
  return digest(...sources, ...BUILD_SETTINGS.map((file) => readText(inRoot(file)) ?? ''));
}

function isBuilt() {
  return readText(BUILT) === buildStamp() && fs.existsSync(inRoot('dist/main.js'));
}

function bundleStamp() {
  return digest(
    ...['package-lock.json', 'package.json'].map((file) => readText(inRoot(file)) ?? ''),
    readText(BUNDLER),
  );
}

function isBundled() {
  return !fs.existsSync(BUNDLER) || readText(BUNDLED) === bundleStamp();
}

/** Runs a command to its end, keeping what it prints; a signal to this process ends the command as well. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-20_000)));
    }
    let interrupted = null;
    const forward = (signal) => {
      interrupted = signal;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(name, forward);
      if (interrupted ?? signal) reject(new Failure(`interrupted by ${interrupted ?? signal}`));
      else resolve({ code, output });
    });
  });
}

/** npm as it was started, else the one on the PATH. */
function npm(...args) {
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
  // The CPU library of onnxruntime-node is inside its package; its install script would fetch GPU parts.
  return run(command, [...first, ...args], { ONNXRUNTIME_NODE_INSTALL: 'skip', SCARF_ANALYTICS: 'false' });
}

async function install() {
  if (hasRuntime() && installedByHand()) {
    fs.writeFileSync(INSTALLED, installStamp());
    return;
  }
  say('installing the packages of package-lock.json (npm ci), which takes a minute or so');
  fs.rmSync(INSTALLED, { force: true });
  let result;
  try {
    result = await npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
  } catch (error) {
    if (error.code === 'ENOENT') throw new Failure('npm was not found on the PATH; it comes with Node.js');
    throw error;
  }
  if (result.code !== 0) {
    process.stderr.write(result.output);
    throw new Failure(
      UNREACHABLE.test(result.output)
        ? 'the package registry cannot be reached; the first run needs it, later runs do not'
        : `npm ci ended with exit code ${result.code}; its output is above`,
    );
  }
  if (!hasRuntime()) await installRuntime();
  fs.writeFileSync(INSTALLED, installStamp());
}

/** The package `node` puts its binary in place by an install script, which some npm settings keep from running. */
async function installRuntime() {
  say('setting up Node 24 for the server');
  const script = inRoot('node_modules/node/installArchSpecificPackage.js');
  const result = await run(process.execPath, [
    '-e',
    `process.chdir(${JSON.stringify(path.dirname(script))}); require(${JSON.stringify(script)})`,
  ]);
  if (hasRuntime()) return;
  process.stderr.write(result.output);
  throw new Failure(
    'the package "node" did not bring its binary; check that npm may run its install script (npm config get ignore-scripts)',
  );
}

/** Output of sources that are gone, which a build leaves behind. */
function removeStaleOutput() {
  for (const file of filesBelow(inRoot('dist'))) {
    if (file.startsWith('.') || file.startsWith('packages/')) continue;
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (isSource(source) && [source, file].some((name) => fs.existsSync(inRoot(`src/${name}`)))) continue;
    fs.rmSync(inRoot(`dist/${file}`));
  }
}

/** An incremental build does not write a file again that it wrote before, even when somebody has deleted it. */
function hasAllOutput() {
  const sources = filesBelow(inRoot('src')).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return sources.filter(isSource).every((file) => fs.existsSync(inRoot(`dist/${file.replace(/\.ts$/, '.js')}`)));
}

async function build() {
  say('building dist/');
  const stamp = buildStamp();
  fs.rmSync(BUILT, { force: true });
  removeStaleOutput();
  const compile = () => run(RUNTIME, [inRoot('node_modules/@nestjs/cli/bin/nest.js'), 'build']);
  let result = await compile();
  if (result.code === 0 && !hasAllOutput()) {
    fs.rmSync(inRoot('dist'), { recursive: true, force: true });
    result = await compile();
  }
  if (result.code !== 0) {
    process.stderr.write(result.output);
    throw new Failure('the build failed; the compiler says why above');
  }
  fs.writeFileSync(BUILT, stamp);
}

/** A bundle makes a start quicker and smaller, but is not needed: one that cannot be made is not tried again. */
async function bundle() {
  const { code, output } = await run(RUNTIME, [BUNDLER]);
  fs.mkdirSync(path.dirname(BUNDLED), { recursive: true });
  if (code !== 0) {
    fs.rmSync(inRoot('dist/packages/packages.js'), { force: true });
    process.stderr.write(output);
    say('the packages could not be bundled; the server loads them one by one, which takes longer');
  }
  fs.writeFileSync(BUNDLED, bundleStamp());
}

/** Whether another process has this number. An empty lock (0) and one with our own are left from a process that is gone. */
function isAlive(pid) {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Written apart and linked into place, so that a lock file never is without its owner. */
function tryLock() {
  const mine = `${LOCK}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, LOCK);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    fs.rmSync(mine);
  }
}

/**
 * The live owner of the lock; 0 when there is none, after putting a dead one's lock aside. Of several that see it dead,
 * one succeeds: a rename takes a name only once.
 */
function clearDeadLock() {
  const owner = readText(LOCK);
  if (owner === null) return 0;
  if (isAlive(Number(owner))) return Number(owner);
  const aside = `${LOCK}.${process.pid}.dead`;
  try {
    fs.renameSync(LOCK, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
  // Between reading and renaming, the dead lock may have become a live one: then it goes back.
  if (readText(aside) !== owner) fs.linkSync(aside, LOCK);
  fs.rmSync(aside);
  return 0;
}

async function withLock(task) {
  fs.mkdirSync(path.dirname(LOCK), { recursive: true });
  const end = Date.now() + LOCK_WAIT_MS;
  for (let told = false; !tryLock();) {
    const owner = clearDeadLock();
    if (owner === 0) continue;
    if (!told) say(`waiting for process ${owner}, which is setting this checkout up`);
    told = true;
    if (Date.now() > end) throw new Failure(`process ${owner} holds ${path.relative(ROOT, LOCK)} for too long`);
    await sleep(100);
  }
  try {
    return await task();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Failure(`Node ${OLDEST_NODE.join('.')} or newer is needed to set up, found ${process.versions.node}`);
}

async function prepare() {
  checkNode();
  if (isInstalled() && isBuilt() && isBundled()) return;
  await withLock(async () => {
    if (!isInstalled()) await install();
    if (!isBuilt()) await build();
    if (!isBundled()) await bundle();
  });
}

try {
  await prepare();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`modelport: ${error.message}\n`);
  process.exitCode = 1;
}
