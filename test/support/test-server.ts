import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePortBlock } from './free-ports';
import { post, send, until, type Reply } from './http-client';

const ROOT = resolve(__dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const SERVICE_PORTS_FROM = 10;

export interface TestServerOptions {
  env?: Record<string, string>;
  /** Deploy the shipped examples on the first start; off unless asked for. */
  examples?: boolean;
  /** Use this data folder, and leave it in place at the end. */
  dataDir?: string;
}

/** The built server (dist/main.js) as a process of its own, on free ports and with a data folder of its own. */
export class TestServer {
  private child: ChildProcess | undefined;
  /** What the server has printed since it was made, over all its starts. */
  output = '';

  private constructor(
    readonly portBase: number,
    readonly dataDir: string,
    private readonly ownsDataDir: boolean,
    private readonly env: Record<string, string>,
  ) {}

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = await TestServer.prepare(options);
    try {
      await server.restart();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  /** Ports and data folder chosen, nothing started yet. */
  static async prepare(options: TestServerOptions = {}): Promise<TestServer> {
    const base = await freePortBlock();
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'modelport-test-'));
    // Only what the server may rely on, so that the caller's own settings cannot change a test.
    const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG'].map((name) => [name, process.env[name]]));
    const env = {
      ...inherited,
      PORT: String(base),
      REGISTRY_PORT: String(base + 1),
      PREPROCESSING_PORT: String(base + 2),
      MONITORING_PORT: String(base + 3),
      SERVICE_PORT_BASE: String(base + SERVICE_PORTS_FROM),
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      EXAMPLES: options.examples ? 'on' : 'off',
      ...options.env,
    } as Record<string, string>;
    return new TestServer(base, dataDir, options.dataDir === undefined, env);
  }

  get url(): string {
    return this.at(this.portBase);
  }
  get registryUrl(): string {
    return this.at(this.portBase + 1);
  }
  get preprocessingUrl(): string {
    return this.at(this.portBase + 2);
  }
  get monitoringUrl(): string {
    return this.at(this.portBase + 3);
  }
  get servicePortBase(): number {
    return this.portBase + SERVICE_PORTS_FROM;
  }

  at(port: number): string {
    return `http://127.0.0.1:${port}`;
  }

  /** Starts the process and waits until it says that it is ready; again after `stop` or `kill9`, on the same data. */
  async restart(): Promise<void> {
    const exit = this.launch();
    let ended: number | string | null = null;
    void exit.then((code) => (ended = code ?? 'a signal'));
    await until(
      `the server is ready; it has printed:\n${this.output.slice(-3000)}`,
      async () => {
        if (ended !== null) throw new Error(`the server ended with ${ended}:\n${this.output.slice(-3000)}`);
        return send(`${this.url}/health/ready`, { timeoutMs: 2000 }).then(
          (reply) => reply.status === 200,
          () => false,
        );
      },
      60_000,
    );
  }

  /** Starts the process without waiting; resolves to its exit code when it ends, null when a signal ended it. */
  launch(): Promise<number | null> {
    const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', join(ROOT, 'dist/main.js')], {
      cwd: ROOT,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    return once(child, 'close').then(([code]) => code as number | null);
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('the server is not running');
    return this.child.pid;
  }

  /** SIGTERM, as an orchestrator sends it; the exit code, null when it had to be killed. */
  async stop(timeoutMs = 30_000): Promise<number | null> {
    return this.end('SIGTERM', timeoutMs);
  }

  /** What a power cut of the process looks like. */
  async kill9(): Promise<void> {
    await this.end('SIGKILL', 5_000);
  }

  async dispose(): Promise<void> {
    await this.kill9();
    if (this.ownsDataDir) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Every file below the data folder, without those of the database and of the lock. */
  files(): string[] {
    const entries = readdirSync(this.dataDir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !/^(modelport\.db|in-use\.lock)/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.dataDir.length + 1))
      .sort();
  }

  predict(modelId: string, features: unknown, timeoutMs = 60_000): Promise<Reply> {
    return post(`${this.url}/predict`, { model_id: modelId, features }, { timeoutMs });
  }

  deploy(modelId: string, body: Record<string, unknown> = {}): Promise<Reply> {
    return post(`${this.url}/deploy`, { model_id: modelId, ...body }, { timeoutMs: 60_000 });
  }

  async statusOf(modelId: string): Promise<Reply['json']> {
    const { json } = await send(`${this.url}/models/status`);
    return json.models.find((model: { model_id: string }) => model.model_id === modelId);
  }

  private async end(signal: NodeJS.Signals, timeoutMs: number): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const closed = once(child, 'close');
    const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.kill(signal);
    await closed;
    clearTimeout(killer);
    return child.exitCode;
  }
}
