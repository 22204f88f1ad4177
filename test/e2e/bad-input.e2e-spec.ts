import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { FLIGHT_DELAY_PKL, FLIGHT_DELAY_SCHEMA, golden, IRIS_PKL, ROW } from '../support/fixtures';
import { expectProblem } from '../support/expect-problem';
import { post, send, type RequestOptions } from '../support/http-client';
import { filePart, multipart, upload, uploadParts, type Part } from '../support/multipart';
import { TestServer } from '../support/test-server';

const JSON_TYPE = { 'content-type': 'application/json' };
const NAMES = golden('iris').feature_names;
const RECORD = Object.fromEntries(NAMES.map((name, i) => [name, ROW[i]]));

/** Rows of a full length: to a shorter one Jest adds its `done` callback, and then waits for it. */
function whole<Row extends unknown[]>(rows: Row[], length: number): Row[] {
  return rows.map((row) => Array.from({ length }, (_, i) => row[i]) as Row);
}

describe('bad input', () => {
  let server: TestServer;
  let own: string;

  beforeAll(async () => {
    server = await TestServer.start({ env: { MAX_JSON: '200KB', MAX_UPLOAD: '1MB', BODY_TIMEOUT: '0.5' } });
    await upload(server.url, 'iris', IRIS_PKL);
    const { json } = await server.deploy('iris');
    own = json.service_url;
    await upload(server.url, 'idle', IRIS_PKL);
    await upload(server.url, 'flight', FLIGHT_DELAY_PKL, { input_schema: FLIGHT_DELAY_SCHEMA });
    await server.deploy('flight');
  });
  afterAll(() => server.dispose());

  /** Every kind of damage must leave the deployment as it was. */
  afterEach(async () => expect((await server.predict('iris', ROW)).json?.prediction).toBe(0));

  describe('features', () => {
    const cases: [string, unknown, (string | RegExp)?][] = [
      ['a row that is too short', [5.1, 3.5, 1.4], /4.*3|3.*4/],
      ['a row that is too long', [...ROW, 1], /4.*5|5.*4/],
      ['an empty row', []],
      ['an empty batch', [[]]],
      ['a ragged batch', [ROW, [1, 2]]],
      ['a text in a column of numbers', [5.1, '3.5', 1.4, 0.2]],
      ['a boolean in a column of numbers', [5.1, true, 1.4, 0.2]],
      ['null in a model without missing values', [5.1, null, 1.4, 0.2]],
      ['an object as a cell', [5.1, {}, 1.4, 0.2]],
      ['a row nested too deep', [[[5.1, 3.5, 1.4, 0.2]]]],
      ['a row and a record in one batch', [ROW, RECORD]],
      ['a record without a feature', Object.fromEntries(Object.entries(RECORD).slice(1)), 'sepal length'],
      ['a record with an unknown feature', { ...RECORD, colour: 1 }, 'colour'],
      ['an empty record', {}],
      ['a list of one empty record', [{}]],
      ['a text', 'setosa'],
      ['a number', 5],
      ['null', null],
      ['true', true],
    ];
    it.each(whole(cases, 3))('%s is 400 on main and on the own port', async (_name, features, mentions) => {
      expectProblem(await server.predict('iris', features), 400, mentions);
      expectProblem(await post(`${own}/infer`, { features }), 400, mentions);
    });

    it.each([
      ['1e999, which is not finite', '[5.1, 1e999, 1.4, 0.2]'],
      ['NaN, which is no JSON', '[5.1, NaN, 1.4, 0.2]'],
      ['a number with a leading zero', '[5.1, 03.5, 1.4, 0.2]'],
      ['a trailing comma', '[5.1, 3.5, 1.4, 0.2,]'],
      ['a record with __proto__ as a feature', '{"__proto__": 5.1}'],
      ['a record with constructor as a feature', '{"constructor": 5.1}'],
      ['nesting beyond any depth', '['.repeat(50_000)],
    ])('%s is 400', async (_name, text) => {
      const body = `{"model_id": "iris", "features": ${text}}`;
      expectProblem(await send(`${server.url}/predict`, { body, headers: JSON_TYPE }), 400);
      expectProblem(await send(`${own}/infer`, { body: `{"features": ${text}}`, headers: JSON_TYPE }), 400);
    });
  });

  describe('bodies of predictions', () => {
    it.each([
      ['nothing', ''],
      ['half of an object', '{'],
      ['single quotes', "{'model_id': 'iris'}"],
      ['no object', '[1, 2]'],
      ['null', 'null'],
      ['text after the object', '{"model_id": "iris", "features": [5.1, 3.5, 1.4, 0.2]} {}'],
      ['no model_id', '{"features": [5.1, 3.5, 1.4, 0.2]}'],
      ['a model_id that is a number', '{"model_id": 5, "features": [5.1, 3.5, 1.4, 0.2]}'],
      ['a model_id that is null', '{"model_id": null, "features": [5.1, 3.5, 1.4, 0.2]}'],
      ['no features', '{"model_id": "iris"}'],
      ['a broken escape', '{"model_id": "iris", "features": [5.1, 3.5, 1.4, 0.2], "\\x": 1}'],
    ])('%s is 400', async (_name, body) => {
      expectProblem(await send(`${server.url}/predict`, { body, method: 'POST', headers: JSON_TYPE }), 400);
    });

    it('an empty model_id is 400, as a missing one is', async () => {
      expectProblem(await server.predict('', ROW), 400, /model_id.*found \\"\\"/);
    });

    it('says of a model_id that is no text what it is', async () => {
      for (const found of ['null', '5', 'true', 'an array', 'an object']) {
        const value = { 'an array': '["iris"]', 'an object': '{}' }[found] ?? found;
        const body = `{"model_id": ${value}, "features": [5.1, 3.5, 1.4, 0.2]}`;
        expectProblem(await send(`${server.url}/predict`, { body, headers: JSON_TYPE }), 400, `found ${found}`);
      }
    });

    it.each(['NaN', 'Infinity', '-Infinity'])('says of %s, which Python writes, what to send instead', async (text) => {
      const features = `"features": [${text}, 3.5, 1.4, 0.2]`;
      for (const [url, body] of [
        [`${server.url}/predict`, `{"model_id": "iris", ${features}}`],
        [`${server.url}/predict`, `{${features}}`],
        [`${own}/infer`, `{${features}}`],
        [`${server.url}/metrics`, `{"service": "s", "metric_name": "m", "value": ${text}}`],
      ] as const) {
        expectProblem(await send(url, { body, headers: JSON_TYPE }), 400, 'no NaN and no Infinity');
      }
    });

    it('bytes that are no UTF-8 are 400', async () => {
      const body = Buffer.concat([Buffer.from('{"model_id": "'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
      expectProblem(await send(`${server.url}/predict`, { body, headers: JSON_TYPE }), [400, 404]);
    });

    it.each(['nobody', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '../iris'])(
      'the unknown model %j is 404 (400 where it cannot be an id)',
      async (model) => expectProblem(await server.predict(model, ROW), /^[\w.-]+$/.test(model) ? 404 : [400, 404]),
    );

    it('a model that is not deployed is 404', async () => expectProblem(await server.predict('idle', ROW), 404));

    it('a byte order mark before the JSON is passed over', async () => {
      const marked = (url: string, value: unknown) =>
        send(url, { body: `\ufeff${JSON.stringify(value)}`, method: 'POST', headers: JSON_TYPE });
      expect((await marked(`${server.url}/predict`, { model_id: 'iris', features: ROW })).json.prediction).toBe(0);
      expect((await marked(`${own}/infer`, { features: ROW })).json.prediction).toBe(0);
      expect((await marked(`${own}/predict`, RECORD)).json.prediction).toBe(0);
      expect((await marked(`${server.url}/deploy`, { model_id: 'nobody' })).status).toBe(404);
    });

    it('the last of a key said twice counts', async () => {
      const body = '{"model_id": "nobody", "features": [1], "model_id": "iris", "features": [5.1, 3.5, 1.4, 0.2]}';
      expect((await send(`${server.url}/predict`, { body, headers: JSON_TYPE })).json.prediction).toBe(0);
      const worse = '{"model_id": "iris", "features": [5.1, 3.5, 1.4, 0.2], "features": [1]}';
      expectProblem(await send(`${server.url}/predict`, { body: worse, headers: JSON_TYPE }), 400);
    });

    it('a record that breaks the schema is 422 and names each field', async () => {
      const broken = { carrier: 'AAA', dep_hour: 24, distance: 0 };
      const reply = await server.predict('flight', broken);
      expectProblem(reply, 422);
      const fields = reply.json.details.map((detail: { field: string }) => detail.field);
      for (const field of ['carrier', 'dep_hour', 'distance', 'weather_delay']) expect(fields).toContain(field);
    });
  });

  describe('media types and encodings', () => {
    const body = JSON.stringify({ model_id: 'iris', features: ROW });
    const predict = (options: RequestOptions) => send(`${server.url}/predict`, { method: 'POST', ...options });

    it('reads a body without a content type as JSON', async () => expect((await predict({ body })).status).toBe(200));

    it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'APPLICATION/JSON'])(
      'takes %s',
      async (type) => expect((await predict({ body, headers: { 'content-type': type } })).status).toBe(200),
    );

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'multipart/form-data; boundary=x',
    ])('answers 415 to %s', async (type) => {
      const headers = { 'content-type': type };
      expectProblem(await predict({ body, headers }), 415);
      expectProblem(await send(`${own}/infer`, { body, headers }), 415);
      expectProblem(await send(`${server.url}/deploy`, { body, headers }), 415);
      expectProblem(await send(`${server.registryUrl}/services`, { body, headers }), 415);
    });

    it.each([
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
    ])('inflates %s', async (encoding, packed) => {
      const reply = await predict({ body: packed, headers: { ...JSON_TYPE, 'content-encoding': encoding } });
      expect(reply.json.prediction).toBe(0);
    });

    it('answers 415 to another encoding', async () => {
      const headers = { ...JSON_TYPE, 'content-encoding': 'br' };
      expectProblem(await predict({ body: brotliCompressSync(body), headers }), 415);
    });

    it.each([
      ['cut off', gzipSync(body).subarray(0, 20)],
      ['not gzip at all', Buffer.from(body)],
      ['with a wrong checksum', Buffer.concat([gzipSync(body).subarray(0, -8), Buffer.alloc(8, 7)])],
    ])('answers 400 to gzip that is %s', async (_name, packed) => {
      expectProblem(await predict({ body: packed, headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }), 400);
    });

    it('answers 413 to a small body that inflates beyond the bound', async () => {
      const bomb = gzipSync(Buffer.alloc(50e6, 0x20), { level: 9 });
      const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
      expectProblem(await predict({ body: bomb, headers }), 413);
      expectProblem(await send(`${own}/infer`, { body: bomb, headers }), 413);
      expectProblem(await send(`${server.url}/deploy`, { body: bomb, headers }), 413);
    });

    it('answers 413 to a length announced above the bound, before any of it is sent', async () => {
      const headers = { ...JSON_TYPE, 'content-length': '300000000' };
      expectProblem(await predict({ headers, body: '', timeoutMs: 2000 }), 413);
      expectProblem(await send(`${server.url}/deploy`, { method: 'POST', headers, body: '', timeoutMs: 2000 }), 413);
    });

    it('answers 413 to a long body without an announced length', async () => {
      const long = `{"model_id": "iris", "features": [${'5.1, '.repeat(100_000)} 1]}`;
      const reply = await send(`${server.url}/predict`, {
        body: long,
        headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
      }).catch((error: NodeJS.ErrnoException) => error.code);
      // The server may answer and close before the client has sent it all; the client then sees a reset.
      if (typeof reply === 'object') expectProblem(reply, 413);
      else expect(['EPIPE', 'ECONNRESET']).toContain(reply);
    });

    it('answers 408 to a body that stalls', async () => {
      const headers = { ...JSON_TYPE, 'content-length': '100' };
      expectProblem(await predict({ headers, body: '{"model_id"', timeoutMs: 5000 }), 408);
      expectProblem(await send(`${own}/infer`, { method: 'POST', headers, body: '{"f', timeoutMs: 5000 }), 408);
      expectProblem(await send(`${server.url}/deploy`, { method: 'POST', headers, body: '{"m', timeoutMs: 5000 }), 408);
    });
  });

  describe('methods and paths', () => {
    const paths: [string, string][] = [
      ['GET', '/predict'],
      ['PUT', '/upload_model'],
      ['PATCH', '/deploy'],
      ['POST', '/models'],
      ['DELETE', '/models/status'],
      ['POST', '/models/iris'],
      ['GET', '/delete_model/iris'],
      ['GET', '/stop_deployment/iris'],
      ['PUT', '/deployments'],
      ['DELETE', '/deployments/iris'],
      ['POST', '/preprocessors/flight_delay'],
      ['GET', '/preprocess'],
      ['GET', '/logs'],
      ['DELETE', '/metrics'],
      ['POST', '/reports/logs'],
      ['PUT', '/registry/services'],
      ['POST', '/registry/services/x/heartbeat'],
      ['POST', '/registry/health'],
      ['POST', '/health'],
      ['PROPFIND', '/predict'],
      ['OPTIONS', '/predict'],
    ];
    it.each(paths)('%s %s is 405 with Allow', async (method, path) => {
      expectProblem(await send(server.url + path, { method }), 405);
    });

    it('says 405 on the dedicated listeners as well', async () => {
      expectProblem(await send(`${own}/infer`), 405);
      expectProblem(await send(`${own}/predict`, { method: 'PUT' }), 405);
      expectProblem(await send(`${own}/health`, { method: 'POST' }), 405);
      expectProblem(await send(`${server.registryUrl}/services`, { method: 'DELETE' }), 405);
      expectProblem(await send(`${server.preprocessingUrl}/preprocess`), 405);
      expectProblem(await send(`${server.monitoringUrl}/logs`), 405);
    });

    it.each(['/', '/nothing', '/predict/x', '/models/iris/versions', '/infer', '/services', '/.env', '//predict'])(
      '%s is 404',
      async (path) => expectProblem(await send(server.url + path), [404]),
    );

    it.each([
      '/models/%E0%A4%A',
      '/models/%00',
      '/models/iris/versions/x',
      '/models/iris/versions/-1',
      '/models/iris/versions/1e9',
    ])('%s is 400 or 404', async (path) => expectProblem(await send(server.url + path), [400, 404]));
  });

  describe('deployments', () => {
    const cases: [string, Record<string, unknown>, number | number[], (string | RegExp)?][] = [
      ['a port of the system', { port: 80 }, 400],
      ['a port beyond the last', { port: 65_536 }, 400],
      ['a port that is a text', { port: '8000' }, 400, 'port'],
      ['a port that is a fraction', { port: 8000.5 }, 400],
      ['no CPU', { resources: { cpu_limit: '0' } }, 400],
      ['negative CPU', { resources: { cpu_limit: -1 } }, 400],
      ['CPU in words', { resources: { cpu_limit: 'two' } }, 400],
      ['memory that the model does not fit in', { resources: { memory_limit: '1KB' } }, 400, /memory/i],
      ['memory in words', { resources: { memory_limit: 'lots' } }, 400],
      ['a timeout of zero', { resources: { timeout: 0 } }, 400],
      ['a negative timeout', { resources: { timeout: -5 } }, 400],
      ['a timeout in words', { resources: { timeout: 'long' } }, 400],
      ['an unknown resource', { resources: { gpu: 1 } }, 400, 'gpu'],
      ['resources that are a list', { resources: [] }, 400],
      ['an unknown environment', { environment: 'moon' }, 400, 'environment'],
      ['an unknown member', { colour: 'red' }, 400, 'colour'],
      ['an unknown member of batching', { batching: { size: 3 } }, 400, 'size'],
      ['a batch of no rows', { batching: { max_size: 0 } }, 400],
      ['a negative delay', { batching: { max_delay_ms: -1 } }, 400],
      ['a listener that is a text', { listener: 'no' }, 400],
      ['a version that is a text', { version: 'one' }, 400],
      ['a version that does not exist', { version: 99 }, 404],
      ['an unknown preprocessor', { preprocessor: 'nobody' }, [400, 404, 422], 'nobody'],
      ['warm-up rows that do not fit', { warmup: [[1, 2]] }, 400],
    ];
    it.each(whole(cases, 4))('%s is refused', async (_name, body, status, mentions) => {
      expectProblem(await server.deploy('iris', body), status, mentions);
    });

    it('says that an unknown model has to be uploaded first', async () => {
      for (const model of ['nobody', '__proto__', 'constructor']) {
        const reply = await server.deploy(model);
        expectProblem(reply, 404);
        expect(reply.json.error).toBe('Model not found. Please upload first.');
      }
    });

    it.each([
      ['an empty object', '{}'],
      ['a list', '[]'],
      ['__proto__ as a member', '{"model_id": "iris", "__proto__": {"version": 1}}'],
      ['a model_id that is a list', '{"model_id": ["iris"]}'],
      ['malformed JSON', '{"model_id": '],
    ])('%s is 400', async (_name, body) => {
      expectProblem(await send(`${server.url}/deploy`, { body, headers: JSON_TYPE }), 400);
    });

    it('a body above 200 KB is 413', async () => {
      expectProblem(await server.deploy('iris', { environment: 'x'.repeat(250_000) }), 413);
    });
  });

  describe('uploads', () => {
    const id = (value: string): Part => ({ name: 'model_id', value });
    const text = (name: string, value: string): Part => ({ name, value });
    const cases: [string, Part[], number | number[], (string | RegExp)?][] = [
      ['no model_id', [filePart(IRIS_PKL)], 400, 'model_id'],
      ['no file', [id('x')], 400, 'file'],
      ['no parts', [], 400],
      ['two files', [id('x'), filePart(IRIS_PKL), filePart(IRIS_PKL)], 400, 'file'],
      ['two ids', [id('x'), id('y'), filePart(IRIS_PKL)], 400, 'model_id'],
      ['an unknown part', [id('x'), text('colour', 'red'), filePart(IRIS_PKL)], 400, 'colour'],
      ['an unknown file', [id('x'), { ...filePart(IRIS_PKL), name: 'weights' }], 400, 'weights'],
      ['a file as a text part', [id('x'), text('file', 'abc')], [400, 422]],
      ['an empty id', [id(''), filePart(IRIS_PKL)], 400],
      ['an id with a leading dot', [id('.x'), filePart(IRIS_PKL)], 400],
      ['an id that is a path', [id('../x'), filePart(IRIS_PKL)], 400],
      ['an id with a blank', [id('a b'), filePart(IRIS_PKL)], 400],
      ['an id with an umlaut', [id('ü'), filePart(IRIS_PKL)], 400],
      ['an id of 129 characters', [id('x'.repeat(129)), filePart(IRIS_PKL)], 400],
      ['an id with a null character', [id('a\0b'), filePart(IRIS_PKL)], 400],
      ['labels that are no JSON', [id('x'), text('labels', 'a,b,c'), filePart(IRIS_PKL)], 400, 'labels'],
      ['labels that are no list', [id('x'), text('labels', '{"a": 1}'), filePart(IRIS_PKL)], 400, 'labels'],
      ['too few labels', [id('x'), text('labels', '["a", "b"]'), filePart(IRIS_PKL)], [400, 422], 'labels'],
      ['a schema that is no JSON', [id('x'), text('input_schema', '{'), filePart(IRIS_PKL)], 400, 'input_schema'],
      ['a schema that is none', [id('x'), text('input_schema', '{"type": "thing"}'), filePart(IRIS_PKL)], [400, 422]],
      ['an empty file', [id('x'), filePart('')], [400, 422]],
      ['a text file', [id('x'), filePart('hello, world')], 422],
      ['half a pickle', [id('x'), filePart(IRIS_PKL.subarray(0, 9000))], 422],
      ['a pickle that calls a command', [id('x'), filePart('cos\nsystem\n(S"touch pwned"\ntR.')], 422, 'system'],
    ];
    it.each(whole(cases, 4))('%s is refused and leaves nothing', async (_name, parts, status, mentions) => {
      const before = server.files();
      expectProblem(await uploadParts(server.url, parts), status, mentions);
      expect(server.files()).toEqual(before);
      expect((await send(`${server.url}/models`)).json.total).toBe(3);
    });

    it.each([
      ['labels that are no texts', 'labels', '[1, 2, 3]', 400, 'found 1 as its item 0'],
      ['labels that are an object', 'labels', '{"a": 1}', 400, 'found an object'],
      ['a label given twice', 'labels', '["a", "b", "a"]', 400, /found \\"a\\" twice/],
      ['a schema that is a list', 'input_schema', '[]', 400, 'found a list'],
      ['a text part that is too long', 'description', 'x'.repeat(1_000_001), 413, 'description'],
    ] as const)('of %s it is said what was found', async (_name, part, value, status, mentions) => {
      // The bound of this server is for the file and some more: the text alone must be what is too long.
      expectProblem(await uploadParts(server.url, [id('x'), text(part, value), filePart(IRIS_PKL)]), status, mentions);
    });

    it('a compressed multipart body is 415, one without its end says so', async () => {
      const { body, contentType } = multipart([id('x'), filePart(IRIS_PKL)]);
      const url = `${server.url}/upload_model`;
      const headers = { 'content-type': contentType, 'content-encoding': 'gzip' };
      expectProblem(await send(url, { body: gzipSync(body), headers }), 415, 'content encoding');
      const cut = body.subarray(0, body.length - 60);
      expectProblem(await send(url, { body: cut, headers: { 'content-type': contentType } }), 400, /end of multipart/);
    });

    it('a body that is no multipart is 415', async () => {
      expectProblem(await post(`${server.url}/upload_model`, { model_id: 'x' }), 415);
      expectProblem(await send(`${server.url}/upload_model`, { method: 'POST' }), [400, 415]);
    });

    it('multipart without a boundary or without an end is 400', async () => {
      const { body, contentType } = multipart([id('x'), filePart(IRIS_PKL)]);
      const url = `${server.url}/upload_model`;
      expectProblem(await send(url, { body, headers: { 'content-type': 'multipart/form-data' } }), [400, 415]);
      const cut = body.subarray(0, body.length - 60);
      expectProblem(await send(url, { body: cut, headers: { 'content-type': contentType } }), 400);
      const wrong = { 'content-type': 'multipart/form-data; boundary=other' };
      expectProblem(await send(url, { body, headers: wrong }), 400);
    });

    it('a file above MAX_UPLOAD is 413, announced or not', async () => {
      const before = server.files();
      const large = Buffer.alloc(1_500_000, 1);
      const { body, contentType } = multipart([id('x'), filePart(large)]);
      const url = `${server.url}/upload_model`;
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        const reply = await send(url, { body, headers: { 'content-type': contentType, ...headers } }).catch(
          (error: NodeJS.ErrnoException) => error.code,
        );
        if (typeof reply === 'object') expectProblem(reply, 413);
        else expect(['EPIPE', 'ECONNRESET']).toContain(reply);
      }
      expect(server.files()).toEqual(before);
    });

    it('an upload that stalls is 408', async () => {
      const { body, contentType } = multipart([id('x'), filePart(IRIS_PKL)]);
      const headers = { 'content-type': contentType, 'content-length': String(body.length) };
      const before = server.files();
      const half = body.subarray(0, body.length / 2);
      expectProblem(await send(`${server.url}/upload_model`, { method: 'POST', headers, body: half }), 408);
      expect(server.files()).toEqual(before);
    });

    it.each(['__proto__', 'constructor', 'a'.repeat(128), 'A-b_c.9'])(
      'takes the id %j like any other',
      async (model) => {
        expect((await upload(server.url, model, IRIS_PKL)).json).toMatchObject({ model_id: model, version: 1 });
        expect((await server.deploy(model, { listener: false })).status).toBe(200);
        expect((await server.predict(model, ROW)).json).toMatchObject({ prediction: 0, model_id: model });
        expect((await send(`${server.url}/delete_model/${model}`, { method: 'DELETE' })).status).toBe(200);
        expectProblem(await server.predict(model, ROW), 404);
      },
    );
  });

  describe('monitoring and registry', () => {
    const at = '2026-01-01T00:00:00Z';
    it.each([
      ['/logs', { service: 'a', level: 'LOUD', message: 'x', timestamp: at }, 'level'],
      ['/logs', { service: 'a', level: 'INFO', timestamp: at }, 'message'],
      ['/logs', { service: 'a', level: 'INFO', message: 'x', timestamp: at, colour: 1 }, 'colour'],
      ['/logs', { service: 'a', level: 'INFO', message: 'x', timestamp: 'yesterday' }, 'timestamp'],
      ['/logs', [{ service: 'a', level: 'INFO', message: 'x', timestamp: at }, {}], 'service'],
      ['/metrics', { service: 'a', metric_name: 'm', value: 'high', timestamp: at }, 'value'],
      ['/metrics', { service: 'a', value: 1, timestamp: at }, 'metric_name'],
      ['/registry/services', { model_id: 'x' }, 'service_url'],
      ['/registry/services', { service_url: 'http://127.0.0.1:1' }, 'model_id'],
      ['/registry/services', { model_id: 'x', service_url: 'ftp://127.0.0.1' }, 'service_url'],
      ['/registry/services', { model_id: 'x', service_url: 'http://127.0.0.1:1', colour: 1 }, 'colour'],
    ])('%s refuses %j', async (path, body, mentions) => {
      expectProblem(await post(server.url + path, body), 400, mentions);
    });

    it.each(['limit=0', 'limit=10001', 'limit=x', 'limit=1.5', 'level=LOUD', 'since=yesterday'])(
      '/reports/logs?%s is 400',
      async (query) => expectProblem(await send(`${server.url}/reports/logs?${query}`), 400),
    );

    it.each(['/logs', '/metrics', '/registry/services', '/deploy', '/preprocess', '/batch_preprocess'])(
      '%s refuses JSON that is nested without end',
      async (path) => {
        const deep = '['.repeat(50_000) + ']'.repeat(50_000);
        for (const body of [deep, `{"model_id":"iris","metadata":${deep}}`]) {
          expectProblem(await send(server.url + path, { body, headers: JSON_TYPE }), 400);
        }
      },
    );

    it('an unknown service is 404', async () => {
      const heartbeat = await send(`${server.url}/registry/services/nobody/heartbeat`, { method: 'PUT' });
      expectProblem(heartbeat, 404);
      expectProblem(await send(`${server.registryUrl}/services/__proto__`), 404);
      expectProblem(await send(`${server.registryUrl}/services/nobody`, { method: 'DELETE' }), 404);
    });
  });
});
