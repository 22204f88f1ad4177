import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLIGHT, golden, RAW_FLIGHT, ROW } from '../support/fixtures';
import { post, send } from '../support/http-client';
import { TestServer } from '../support/test-server';

const EXAMPLES = join(__dirname, '../../examples');

/** The rows of the table of requests in examples/README.md: file, port and path. */
function listedRequests(): { file: string; port: number; path: string }[] {
  const rows = readFileSync(join(EXAMPLES, 'README.md'), 'utf8').matchAll(
    /^\| `([\w-]+\.json)`[^|]*\| `http:\/\/127\.0\.0\.1:(\d+)(\/\S*)`/gm,
  );
  return [...rows].map(([, file = '', port, path = '']) => ({ file, port: Number(port), path }));
}

describe('the shipped examples', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start({ examples: true })));
  afterAll(() => server.dispose());

  const listed = async (): Promise<unknown[]> =>
    (await send(`${server.url}/models/status`)).json.models.map(
      (model: Record<string, unknown>) => `${model.model_id} ${model.version} ${model.status} ${model.port}`,
    );
  const expected = (): string[] => [
    `flight_delay 1 running ${server.servicePortBase + 1}`,
    `iris 1 running ${server.servicePortBase}`,
  ];

  it('are deployed on a first start, iris first', async () => expect((await listed()).sort()).toEqual(expected()));

  it('answer as scikit-learn does, and what they answer depends on the record', async () => {
    for (const name of ['iris', 'flight_delay'] as const) {
      const { rows, predictions, probabilities } = golden(name);
      const features =
        name === 'iris'
          ? rows
          : rows.map(([dep_hour, distance, weather_delay]) => ({ ...FLIGHT, dep_hour, distance, weather_delay }));
      // The flights' hours and delays of the golden rows fit the schema, so that every one is answered.
      const { json } = await server.predict(name, features);
      expect(json.prediction).toEqual(predictions);
      const got: number[][] = json.probabilities;
      const apart = got.map((row, i) => Math.max(...row.map((p, k) => Math.abs(p - (probabilities[i]?.[k] ?? NaN)))));
      expect(Math.max(...apart)).toBeLessThan(1e-9);
      expect(new Set(got.map(String)).size).toBeGreaterThan(10);
    }
  });

  it('give raw flights through the preprocessor the answers of processed ones', async () => {
    const processed = await post(`${server.preprocessingUrl}/preprocess`, RAW_FLIGHT);
    expect(processed.json).toEqual(FLIGHT);
    const own = server.at(server.servicePortBase + 1);
    const flat = (await post(`${own}/predict`, processed.json)).json;
    expect((await server.deploy('flight_delay', { preprocessor: 'flight_delay' })).status).toBe(200);
    const raw = (await post(`${own}/predict`, RAW_FLIGHT)).json;
    expect({ ...raw, timestamp: 0 }).toEqual({ ...flat, timestamp: 0 });
    for (const member of ['features', 'inputs']) {
      const reply = await post(`${server.url}/predict`, {
        model_id: 'flight_delay',
        [member]: [RAW_FLIGHT, RAW_FLIGHT],
      });
      expect(reply.json.prediction).toEqual([flat.prediction, flat.prediction]);
    }
  });

  it('have a request for each file, as the table of them says', async () => {
    const requests = listedRequests();
    expect(requests.map(({ file }) => file).sort()).toEqual(readdirSync(join(EXAMPLES, 'requests')).sort());
    expect((await server.deploy('flight_delay', { preprocessor: null })).status).toBe(200);
    for (const { file, port, path } of requests) {
      const url = port === 5000 ? server.url : server.at(server.servicePortBase + port - 8000);
      const body = JSON.parse(readFileSync(join(EXAMPLES, 'requests', file), 'utf8')) as unknown;
      expect([file, (await post(url + path, body)).status]).toEqual([file, 200]);
    }
  });

  it('are not uploaded twice, and stay deleted', async () => {
    expect(await server.stop()).toBe(0);
    await server.restart();
    expect((await listed()).sort()).toEqual(expected());
    await send(`${server.url}/delete_model/iris`, { method: 'DELETE' });
    await server.stop();
    await server.restart();
    expect((await listed()).length).toBe(1);
  });

  it('leave no mark where they are off', async () => {
    const bare = await TestServer.start();
    try {
      expect((await send(`${bare.url}/models`)).json).toEqual({ models: [], total: 0 });
      expect((await bare.predict('iris', ROW)).status).toBe(404);
    } finally {
      await bare.dispose();
    }
  });
});
