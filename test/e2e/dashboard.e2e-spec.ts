import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { freePortBlock } from '../support/free-ports';
import { post, send, until } from '../support/http-client';
import { TestServer } from '../support/test-server';

interface Panel {
  title: string;
  targets?: { expr: string }[];
}

interface Compose {
  services: Record<string, { ports?: string[]; volumes?: string[]; environment?: Record<string, string | number> }>;
  volumes: Record<string, unknown>;
}

const ROOT = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const dashboard = JSON.parse(read('deploy/grafana/dashboards/modelport.json')) as { panels: Panel[] };
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  (targets ?? []).map(({ expr }): [title: string, expr: string] => [title, expr]),
);

/** The query as Grafana sends it when all servers and models are selected. */
function filled(expr: string): string {
  return expr.replace(/\$(instance|model)\b/g, '.*').replace(/\$__rate_interval/g, '10s');
}

/** A Prometheus that scrapes one address every second. */
class Prometheus {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  static async scraping(target: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'modelport-prometheus-'));
    const port = await freePortBlock();
    // The configuration that is shipped, with the test's address in place of the container's.
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      global: { scrape_interval: string };
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    config.global.scrape_interval = '1s';
    config.scrape_configs[0]!.static_configs[0]!.targets = [target];
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const options = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const process = spawn('prometheus', options, { stdio: 'ignore' });
    return new Prometheus(process, folder, `http://127.0.0.1:${port}/api/v1`);
  }

  /** The query's values now; NaN, a ratio of nothing to nothing, is no value. @throws Error when it is not valid */
  async values(query: string): Promise<number[]> {
    const { json } = await send(`${this.url}/query?query=${encodeURIComponent(query)}`);
    if (json.status !== 'success') throw new Error(`${query}: ${json.error}`);
    const result = json.data.result as { value: [number, string] }[];
    return result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
  }

  end(): void {
    this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('the dashboard', () => {
  let server: TestServer;
  let prometheus: Prometheus | undefined;
  beforeAll(async () => {
    server = await TestServer.start({ examples: true });
    await server.deploy('iris', { listener: true });
  }, 120_000);
  afterAll(async () => {
    prometheus?.end();
    await server.dispose();
  });

  it('asks only for metrics that the server has', async () => {
    await server.predict('iris', [5.1, 3.5, 1.4, 0.2]);
    const { text } = await send(`${server.url}/metrics`);
    const served = new Set(text.split('\n').map((line) => /^\w+/.exec(line)?.[0]));
    const asked = queries.flatMap(([, expr]) => expr.match(/\b[a-z]\w*(?=\{)/g) ?? []);
    expect(asked.length).toBeGreaterThan(30);
    expect([...new Set(asked)].filter((name) => !served.has(name))).toEqual([]);
  });

  const withPrometheus = spawnSync('prometheus', ['--version']).status === 0 ? it : it.skip;
  withPrometheus(
    'shows data in every panel while the server works',
    async () => {
      const scraper = await Prometheus.scraping(`127.0.0.1:${server.portBase}`);
      prometheus = scraper;
      const work = async () => {
        const rows = Array.from({ length: 20 }, () => [5.1, 3.5, 1.4, 0.2]);
        await Promise.all([
          server.predict('iris', rows[0]),
          server.predict('iris', rows),
          server.predict('iris', [1]),
          post(`${server.url}/logs`, { service: 'test', level: 'INFO', message: 'm' }),
          send(`${server.url}/models/status`),
        ]);
      };
      const empty = new Map(queries.map(([title, expr]) => [`${title}: ${expr}`, filled(expr)]));
      await until(
        'every panel has data',
        async () => {
          await work();
          // Refused until Prometheus listens; an invalid query stays in the list and fails the test by name below.
          for (const [name, query] of empty) {
            const values = await scraper.values(query).catch(() => []);
            if (values.length > 0) empty.delete(name);
          }
          return empty.size === 0;
        },
        45_000,
      ).catch((error: unknown) => {
        if (empty.size === 0) throw error;
      });
      expect([...empty.keys()]).toEqual([]);
      const [rows] = await scraper.values('sum(prediction_batch_size_sum{model_id="iris"})');
      const [requests] = await scraper.values('sum(prediction_latency_seconds_count{model_id="iris"})');
      expect(rows).toBeGreaterThan(requests!);
    },
    90_000,
  );
});

describe('the containers', () => {
  const compose = parse(read('compose.yaml')) as Compose;

  it('mount files that exist and volumes that are declared', () => {
    const sources = Object.values(compose.services).flatMap(({ volumes }) =>
      (volumes ?? []).map((v) => v.split(':')[0]!),
    );
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      if (source.startsWith('./')) expect(existsSync(join(ROOT, source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('publish every port that the server is told to listen on', () => {
    const { ports, environment } = compose.services.modelport!;
    const published = ports!.map((port) => port.split(':').at(-1)!.split('-').map(Number));
    const isPublished = (port: number) => published.some(([from, to = from]) => port >= from! && port <= to!);
    const told = Object.entries(environment!).filter(([name]) => /_PORT(_BASE)?$/.test(name));
    expect(told.map(([name]) => name).sort()).toEqual([
      'MONITORING_PORT',
      'PREPROCESSING_PORT',
      'REGISTRY_PORT',
      'SERVICE_PORT_BASE',
    ]);
    for (const [, port] of told) expect(isPublished(Number(port))).toBe(true);
    expect(isPublished(5000)).toBe(true);
  });

  it('give the data source the name that the dashboard asks for, and the address of the Prometheus service', () => {
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yaml')) as {
      datasources: { type: string; url: string }[];
    };
    expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }]);
    expect(Object.keys(compose.services)).toContain('prometheus');
  });

  it('are built from what the build context lets in', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
      sources!.split(' '),
    );
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => new RegExp(`^${line.slice(1).replaceAll('.', '\\.').replaceAll('*', '.*')}$`));
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied) {
      expect(existsSync(join(ROOT, source))).toBe(true);
      expect(allowed.some((pattern) => pattern.test(source))).toBe(true);
    }
  });
});
