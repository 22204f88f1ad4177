import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isFree } from './is-free.mjs';
import { benchSettings, startArguments, startEnvironment, startFlags } from './npm-start.mjs';

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
export const NODE = path.join(ROOT, 'node_modules/.bin/node');
const START_TIMEOUT_MS = 120_000;

/** Starts bare node:http as a process of its own, with the flags of V8 that the server is started with. */
export function startFloor(padding = 0) {
  return startScript('bench/floor.mjs', String(padding));
}

/** Starts a server that does nothing but answer. */
export function startNull() {
  return startScript('bench/null-server.mjs');
}

async function startScript(script, ...args) {
  const child = spawn(NODE, [...startFlags(ROOT), path.join(ROOT, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(Number(text)));
    child.once('exit', (code) => reject(new Error(`${script} ended at once, with exit code ${code}`)));
  });
  return { pid: child.pid, url: `http://127.0.0.1:${port}/`, stop: () => stop(child) };
}

/** A Modelport server as `npm start` runs it, in its default configuration but for ports and the folder of its data. */
export class BenchServer {
  constructor(child, port, dataDir, root) {
    Object.assign(this, { child, port, dataDir, root });
  }

  get pid() {
    return this.child.pid;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param dataDir of an earlier server, to start with what was deployed there; a fresh one without */
  static async start({ dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-bench-')), root = ROOT } = {}) {
    const port = await freePorts(2);
    const child = spawn(NODE, startArguments(root), {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...startEnvironment(root), ...benchSettings({ port, dataDir }) },
    });
    const server = new BenchServer(child, port, dataDir, root);
    await server.untilReady();
    return server;
  }

  async untilReady() {
    const until = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < until && this.child.exitCode === null) {
      const response = await fetch(`${this.url}/health`).catch(() => null);
      await response?.arrayBuffer();
      if (response?.ok) return;
      await sleep(5);
    }
    throw new Error('the server did not become ready');
  }

  async upload(modelId, file) {
    const form = new FormData();
    form.set('model_id', modelId);
    form.set('file', new Blob([fs.readFileSync(file)]), path.basename(file));
    return this.json(await fetch(`${this.url}/upload_model`, { method: 'POST', body: form }));
  }

  /** Deploys, with defaults but for `options`; answers the address of its own `/infer`. */
  async deploy(modelId, options = {}) {
    const body = JSON.stringify({ model_id: modelId, ...options });
    const headers = { 'content-type': 'application/json' };
    const { port } = await this.json(await fetch(`${this.url}/deploy`, { method: 'POST', headers, body }));
    return `http://127.0.0.1:${port}/infer`;
  }

  async json(response) {
    const body = await response.json();
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Ends the process in its order; its data stays until {@link remove}. */
  async stop() {
    await stop(this.child);
  }

  async remove() {
    await this.stop();
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** The first of so many free ports in a row; with a block behind it, as deployments take the ports after the base. */
async function freePorts(count) {
  for (let base = 21_000 + (process.pid % 400) * 20; base < 31_000; base += 20) {
    const ports = Array.from({ length: count }, (_, i) => base + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error('no free ports');
}
