import { IRIS_PKL, ROW } from '../support/fixtures';
import { post, send, until } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

/** Samples of the Prometheus text format: name, labels and value of each line. */
function samples(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

describe('monitoring', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start()));
  afterAll(() => server.dispose());
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

  describe.each([
    ['main', () => server.url, 'svc-a'],
    ['listener', () => server.monitoringUrl, 'svc-b'],
  ])('on %s', (_where, url, service) => {
    const messages = async (query: string): Promise<string[]> =>
      (await send(`${url()}/reports/logs?service=${service}&${query}`)).json.map(
        (entry: { message: string }) => entry.message,
      );

    it('keeps logs: the newest, oldest first', async () => {
      const entry = (i: number) => ({ service, level: 'INFO', message: `m${i}`, timestamp: at(i) });
      expect((await post(`${url()}/logs`, entry(0))).json).toEqual({ status: 'logged' });
      const many = Array.from({ length: 149 }, (_, i) => entry(i + 1));
      expect((await post(`${url()}/logs`, many)).json).toEqual({ status: 'logged' });
      await post(`${url()}/logs`, { ...entry(150), level: 'CRITICAL' });
      expect(await messages('')).toEqual(Array.from({ length: 100 }, (_, i) => `m${i + 51}`));
      expect(await messages('limit=2')).toEqual(['m149', 'm150']);
      expect(await messages('limit=10000')).toHaveLength(151);
      expect(await messages('level=CRITICAL')).toEqual(['m150']);
      expect(await messages(`since=${at(148)}`)).toEqual(['m148', 'm149', 'm150']);
    });

    it('keeps metric reports by service', async () => {
      const report = { service, metric_name: 'accuracy', value: 0.5, timestamp: at(0) };
      expect((await post(`${url()}/metrics`, report)).json).toEqual({ status: 'recorded' });
      await post(`${url()}/metrics`, [{ ...report, value: -3, metric_name: 'rows' }]);
      const { json } = await send(`${url()}/reports/metrics?service=${service}`);
      expect(Object.keys(json)).toEqual([service]);
      expect(json[service].map((entry: { metric: string; value: number }) => [entry.metric, entry.value])).toEqual([
        ['accuracy', 0.5],
        ['rows', -3],
      ]);
    });
  });

  it('logs a prediction that took a second', async () => {
    await upload(server.url, 'slow', IRIS_PKL);
    // One row waits for company, so that it takes this long on any machine.
    await server.deploy('slow', { batching: { max_delay_ms: 1100 } });
    expect((await server.predict('slow', ROW)).status).toBe(200);
    const logged = (await send(`${server.url}/reports/logs?service=modelport&level=WARNING`)).json;
    expect(logged).toEqual([
      {
        service: 'modelport',
        level: 'WARNING',
        message: expect.stringMatching(
          /^a prediction of model slow took \d\.\d\d s, of which it waited \d\.\d\d s$/,
        ) as string,
        timestamp: expect.any(String) as string,
        attributes: {
          model_id: 'slow',
          version: 1,
          environment: 'production',
          rows: 1,
          latency_s: expect.any(Number) as number,
          queue_s: expect.any(Number) as number,
        },
      },
    ]);
    await send(`${server.url}/delete_model/slow`, { method: 'DELETE' });
  });

  it('logs what the server does itself', async () => {
    await upload(server.url, 'iris', IRIS_PKL);
    await server.deploy('iris', { environment: 'staging' });
    await until('the upload and the deployment are among the logs', async () => {
      const { json } = await send(`${server.url}/reports/logs?limit=10000`);
      return json.filter((entry: object) => JSON.stringify(entry).includes('iris')).length >= 2;
    });
  });

  it('counts each request once, with the labels of the contract', async () => {
    const own = server.at(server.servicePortBase);
    for (let i = 0; i < 10; i++) await server.predict('iris', [ROW, ROW]);
    for (let i = 0; i < 5; i++) await post(`${own}/infer`, { features: ROW });
    for (let i = 0; i < 3; i++) await server.predict('iris', [1, 2]);
    for (const url of [server.url, own]) {
      const all = samples((await send(`${url}/metrics`)).text);
      const value = (name: string, labels: Record<string, string> = {}): number =>
        all
          .filter((sample) => sample.name === name)
          .filter((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))
          .reduce((sum, sample) => sum + sample.value, 0);
      const iris = { model_id: 'iris', version: '1' };
      expect(value('predictions_total', { ...iris, environment: 'staging', outcome: 'ok' })).toBe(15);
      expect(value('predictions_total', { ...iris, outcome: 'invalid' })).toBe(3);
      expect(value('prediction_rows_total', iris)).toBe(25);
      expect(value('prediction_batch_size_sum', iris)).toBe(25);
      expect(value('prediction_latency_seconds_count', iris)).toBeGreaterThanOrEqual(15);
      expect(value('prediction_queue_depth')).toBe(0);
      expect(value('model_services_active')).toBe(1);
      expect(value('model_memory_bytes', iris)).toBeGreaterThan(1000);
      for (const name of ['model_load_seconds', 'prediction_queue_seconds', 'prediction_compute_seconds']) {
        expect([name, all.some((sample) => sample.name.startsWith(name))]).toEqual([name, true]);
      }
      expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
      for (const bucket of all.filter(
        (sample) => sample.name === 'prediction_latency_seconds_bucket' && sample.labels.le === '+Inf',
      )) {
        expect(bucket.value).toBe(
          value('prediction_latency_seconds_count', bucket.labels.model_id ? { model_id: bucket.labels.model_id } : {}),
        );
      }
    }
    const main = samples((await send(`${server.url}/metrics`)).text);
    expect(main.filter((sample) => sample.name === 'http_requests_total').length).toBeGreaterThan(0);
  });
});
