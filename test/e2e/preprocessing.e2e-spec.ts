import { FLIGHT, FLIGHT_DELAY_PKL, FLIGHT_DELAY_SCHEMA, RAW_FLIGHT } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { post, send, type Reply } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

describe('preprocessing', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start()));
  afterAll(() => server.dispose());

  const put = (name: string, document: unknown): Promise<Reply> =>
    send(`${server.url}/preprocessors/${name}`, { method: 'PUT', json: document });
  const shipped = async (): Promise<Reply['json']> => (await send(`${server.url}/preprocessors/flight_delay`)).json;

  describe.each([
    ['on main', () => server.url],
    ['on its listener', () => server.preprocessingUrl],
  ])('%s', (_where, url) => {
    it('derives the model’s features from a raw record', async () => {
      expect((await post(`${url()}/preprocess`, RAW_FLIGHT)).json).toEqual(FLIGHT);
      for (const [code, delay] of [
        [1, 0],
        [2, 5],
        [3, 15],
        [4, 30],
        [0, 0],
        [99, 0],
        [-1, 0],
      ]) {
        const reply = await post(`${url()}/preprocess`, { ...RAW_FLIGHT, weather_code: code });
        expect(reply.json.weather_delay).toBe(delay);
      }
      for (const [time, hour] of [
        ['00:00', 0],
        ['23:59', 23],
        ['08:59', 8],
      ]) {
        expect((await post(`${url()}/preprocess`, { ...RAW_FLIGHT, departure_time: time })).json.dep_hour).toBe(hour);
      }
    });

    it.each([
      ['carrier', 'ABC'],
      ['carrier', 5],
      ['departure_time', '25:00'],
      ['departure_time', '12:60'],
      ['departure_time', '9:30'],
      ['distance_miles', 'far'],
      ['distance_miles', null],
      ['weather_code', 1.5],
      ['weather_code', undefined],
    ])('a record with %s %j is 422 and the field is named', async (field, value) => {
      const reply = await post(`${url()}/preprocess`, { ...RAW_FLIGHT, [field]: value });
      expectProblem(reply, 422);
      expect(reply.json.details).toEqual([{ field, message: expect.any(String) }]);
    });

    it('of a batch where much is wrong, every failing item is reported', async () => {
      const reply = await post(`${url()}/batch_preprocess`, new Array(3000).fill({ carrier: 'A' }));
      expectProblem(reply, 422, '3000 of 3000');
      const named = new Set(reply.json.details.map(({ index }: { index: number }) => index));
      expect(named.size).toBe(3000);
    });

    it('a batch keeps its order; every failing item is reported', async () => {
      const batch = await post(`${url()}/batch_preprocess`, [RAW_FLIGHT, { ...RAW_FLIGHT, weather_code: 3 }]);
      expect(batch.json).toEqual([FLIGHT, { ...FLIGHT, weather_delay: 15 }]);
      const bad = [RAW_FLIGHT, { ...RAW_FLIGHT, carrier: 'A' }, RAW_FLIGHT, { ...RAW_FLIGHT, weather_code: 'x' }];
      const reply = await post(`${url()}/batch_preprocess`, bad);
      expectProblem(reply, 422);
      expect(
        reply.json.details.map((detail: { index: number; field: string }) => [detail.index, detail.field]),
      ).toEqual([
        [1, 'carrier'],
        [3, 'weather_code'],
      ]);
      expectProblem(await post(`${url()}/batch_preprocess`, RAW_FLIGHT), [400, 422]);
      expectProblem(await post(`${url()}/preprocess?preprocessor=nobody`, RAW_FLIGHT), 404);
    });
  });

  it('what GET gives, PUT takes; a change of it answers otherwise', async () => {
    const document = await shipped();
    const copied = await put('copy', document);
    expect(copied.status).toBe(200);
    expect((await post(`${server.url}/preprocess?preprocessor=copy`, RAW_FLIGHT)).json).toEqual(FLIGHT);
    const changed = JSON.parse(JSON.stringify(document).replaceAll('30', '31')) as unknown;
    const second = await put('copy', changed);
    expect(second.json.version).toBeGreaterThan(copied.json.version);
    const reply = await post(`${server.url}/preprocess?preprocessor=copy`, { ...RAW_FLIGHT, weather_code: 4 });
    expect(reply.json.weather_delay).toBe(31);
    expect((await send(`${server.url}/preprocessors`)).text).toMatch(/copy/);
    expect((await send(`${server.url}/preprocessors/copy`, { method: 'DELETE' })).status).toBe(200);
    expectProblem(await send(`${server.url}/preprocessors/copy`), 404);
    expectProblem(await send(`${server.url}/preprocessors/copy`, { method: 'DELETE' }), 404);
  });

  it('takes YAML', async () => {
    // JSON is YAML as well, so that the shipped document serves for this, too.
    const body = `# a comment, which JSON has none of\n${JSON.stringify(await shipped())}`;
    const headers = { 'content-type': 'application/yaml' };
    const reply = await send(`${server.url}/preprocessors/yaml_copy`, { method: 'PUT', body, headers });
    expect(reply.status).toBe(200);
    expect((await post(`${server.url}/preprocess?preprocessor=yaml_copy`, RAW_FLIGHT)).json).toEqual(FLIGHT);
    const broken = await send(`${server.url}/preprocessors/broken`, { method: 'PUT', body: 'a: [1', headers });
    expectProblem(broken, 400);
  });

  it.each([[{}], [{ nonsense: true }], [[]], [null], ['text']])('refuses %j and stores nothing', async (document) => {
    expectProblem(await put('bad', document), [400, 422]);
    expectProblem(await send(`${server.url}/preprocessors/bad`), 404);
  });

  it('the shipped one can be neither replaced nor deleted, one in use not deleted', async () => {
    expectProblem(await put('flight_delay', await shipped()), 409);
    expectProblem(await send(`${server.url}/preprocessors/flight_delay`, { method: 'DELETE' }), 409);
    await put('used', await shipped());
    await upload(server.url, 'late', FLIGHT_DELAY_PKL, { input_schema: FLIGHT_DELAY_SCHEMA });
    expect((await server.deploy('late', { preprocessor: 'used', listener: false })).status).toBe(200);
    expectProblem(await send(`${server.url}/preprocessors/used`, { method: 'DELETE' }), 409, 'late');
    expect([0, 1]).toContain((await server.predict('late', RAW_FLIGHT)).json.prediction);
    expectProblem(await server.predict('late', { ...RAW_FLIGHT, carrier: 'A' }), 422, 'carrier');
    await send(`${server.url}/delete_model/late`, { method: 'DELETE' });
    expect((await send(`${server.url}/preprocessors/used`, { method: 'DELETE' })).status).toBe(200);
  });

  it('one whose fields do not fit the model is refused at the deployment, and what runs goes on', async () => {
    await upload(server.url, 'flights', FLIGHT_DELAY_PKL, { input_schema: FLIGHT_DELAY_SCHEMA });
    expect((await server.deploy('flights', { preprocessor: 'flight_delay' })).status).toBe(200);
    const { input, output } = await shipped();
    const fields = output as { field: string }[];
    await put('fewer', { input, output: fields.filter(({ field }) => field !== 'distance') });
    const refused = await server.deploy('flights', { preprocessor: 'fewer' });
    expectProblem(refused, 400, '"distance"');
    expect(refused.json).toMatchObject({ code: 'preprocessor_mismatch', details: [{ field: 'distance' }] });
    expect([0, 1]).toContain((await server.predict('flights', RAW_FLIGHT)).json.prediction);
    const { json } = await send(`${server.url}/deployments/flights`);
    expect(json).toMatchObject({ status: 'running', preprocessor: 'flight_delay' });
    expect((await send(`${server.url}/preprocessors/fewer`, { method: 'DELETE' })).status).toBe(200);
    await put('more', { input, output: [...fields, { field: 'unknown', const: 1 }] });
    expect((await server.deploy('flights', { preprocessor: 'more' })).status).toBe(200);
    expect([0, 1]).toContain((await server.predict('flights', RAW_FLIGHT)).json.prediction);
    await send(`${server.url}/delete_model/flights`, { method: 'DELETE' });
  });

  it('a deployment keeps the document that it was deployed with, also over a restart, until it is deployed again', async () => {
    await put('replaced', await shipped());
    await upload(server.url, 'keeps', FLIGHT_DELAY_PKL, { input_schema: FLIGHT_DELAY_SCHEMA });
    await server.deploy('keeps', { preprocessor: 'replaced', listener: false });
    const renamed = { ...RAW_FLIGHT, weather_code: undefined, weather: RAW_FLIGHT.weather_code };
    const document = JSON.stringify(await shipped()).replaceAll('"weather_code"', '"weather"');
    expect((await put('replaced', JSON.parse(document))).json.version).toBe(2);
    const answers = async (): Promise<number[]> => [
      (await server.predict('keeps', RAW_FLIGHT)).status,
      (await server.predict('keeps', renamed)).status,
    ];
    expect(await answers()).toEqual([200, 422]);
    await server.kill9();
    await server.restart();
    expect(await answers()).toEqual([200, 422]);
    expectProblem(await send(`${server.url}/preprocessors/replaced`, { method: 'DELETE' }), 409, 'keeps');
    expect((await server.deploy('keeps')).status).toBe(200);
    expect(await answers()).toEqual([422, 200]);
    await send(`${server.url}/delete_model/keeps`, { method: 'DELETE' });
  });

  it('preprocessors are still there after kill -9', async () => {
    await put('lasting', await shipped());
    await server.kill9();
    await server.restart();
    expect((await post(`${server.url}/preprocess?preprocessor=lasting`, RAW_FLIGHT)).json).toEqual(FLIGHT);
  });
});
