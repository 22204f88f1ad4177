import 'reflect-metadata';
import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModule } from '../../test/support/module-app';
import { Database } from '../common/database/database';
import { LOAN_DOCUMENT, PROCESSED_EXAMPLES, RAW_EXAMPLE, RAW_EXAMPLES } from './preprocessing.openapi';
import { PreprocessingController } from './preprocessing.controller';
import { PreprocessingService } from './preprocessing.service';
import { PreprocessorStore } from './preprocessor-store';
import { PreprocessorUse } from './preprocessor-use';

let app: NestExpressApplication;
let url: string;
let database: Database;
let folder: string;
let use: PreprocessorUse;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preprocessing-'));
  database = await Database.open(folder);
  use = new PreprocessorUse();

  @Module({
    controllers: [PreprocessingController],
    providers: [
      PreprocessingService,
      PreprocessorStore,
      { provide: PreprocessorUse, useValue: use },
      { provide: Database, useValue: database },
    ],
  })
  class TestModule {}

  ({ app, url } = await startModule(TestModule));
});

afterAll(async () => {
  await app.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

async function call(method: string, path: string, body?: unknown, type = 'application/json') {
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': type },
    }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: JSON.parse(await response.text()),
  };
}

describe('POST /preprocess', () => {
  it('answers the processed record, by default and by name', async () => {
    const expected = { status: 200, type: 'application/json', body: PROCESSED_EXAMPLES[0] };
    expect(await call('POST', '/preprocess', RAW_EXAMPLE)).toEqual(expected);
    expect(await call('POST', '/preprocess?preprocessor=flight_delay', RAW_EXAMPLE)).toEqual(expected);
  });

  it('names the fields of a record that does not fit', async () => {
    const answer = await call('POST', '/preprocess', { ...RAW_EXAMPLE, carrier: 'A', weather_code: 'rain' });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        error: expect.stringContaining('carrier must have at least 2 characters, found 1'),
        code: 'invalid_record',
        details: [{ field: 'carrier' }, { field: 'weather_code' }],
      },
    });
  });

  it.each([
    ['a list', [], 422],
    ['a text', '"x"', 422],
    ['a number', 5, 422],
    ['null', null, 422],
    ['malformed JSON', "{'a'", 400],
    ['nothing', undefined, 400],
  ])('refuses %s', async (_name, body, status) => {
    expect(await call('POST', '/preprocess', body)).toMatchObject({ status, body: { error: expect.any(String) } });
  });

  it('refuses an unknown preprocessor, two of them, and a foreign content type', async () => {
    expect((await call('POST', '/preprocess?preprocessor=nobody', RAW_EXAMPLE)).status).toBe(404);
    expect((await call('POST', '/preprocess?preprocessor=a&preprocessor=b', RAW_EXAMPLE)).status).toBe(400);
    expect((await call('POST', '/preprocess', RAW_EXAMPLE, 'application/yaml')).status).toBe(415);
  });
});

describe('POST /batch_preprocess', () => {
  it('keeps the order', async () => {
    expect((await call('POST', '/batch_preprocess', RAW_EXAMPLES)).body).toEqual(PROCESSED_EXAMPLES);
    expect((await call('POST', '/batch_preprocess', [])).body).toEqual([]);
  });

  it('reports every failing record under its index and answers none', async () => {
    const records = [RAW_EXAMPLE, { ...RAW_EXAMPLE, carrier: 'A' }, RAW_EXAMPLE, { ...RAW_EXAMPLE, weather_code: 'x' }];
    const { status, body } = await call('POST', '/batch_preprocess', records);
    expect(status).toBe(422);
    expect(body.error).toContain('2 of 4 records do not fit');
    expect(body.details).toEqual([
      { index: 1, field: 'carrier', message: expect.any(String) },
      { index: 3, field: 'weather_code', message: expect.any(String) },
    ]);
  });

  it('refuses a short list of records that would become more than fits into memory', async () => {
    const output = Array.from({ length: 2000 }, (_, i) => ({ field: `f${i}`, const: 1 }));
    expect((await call('PUT', '/preprocessors/wide', { input: {}, output })).status).toBe(200);
    const { status, body } = await call('POST', '/batch_preprocess?preprocessor=wide', `[${'{},'.repeat(99_999)}{}]`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'bad_request' });
    expect(body.error).toContain('fewer records');
    expect((await call('DELETE', '/preprocessors/wide')).status).toBe(200);
  });

  it('refuses what is no list', async () => {
    expect((await call('POST', '/batch_preprocess', {})).status).toBe(400);
  });
});

describe('/preprocessors', () => {
  it('stores, answers with, replaces and deletes a document', async () => {
    const stored = await call('PUT', '/preprocessors/loan', LOAN_DOCUMENT);
    expect(stored).toMatchObject({ status: 200, body: { name: 'loan', version: 1, builtin: false, ...LOAN_DOCUMENT } });
    expect((await call('PUT', '/preprocessors/loan', stored.body)).body).toEqual(stored.body);
    const record = { income: 0, debt: 5, employment: ' Self-Employed ' };
    const ask = () => call('POST', '/preprocess?preprocessor=loan', record);
    expect((await ask()).body).toEqual({ log_income: 0, debt_ratio: 5, employment: 1 });

    const changed = { ...stored.body, output: [{ field: 'constant', const: 1 }] };
    expect((await call('PUT', '/preprocessors/loan', changed)).body.version).toBe(2);
    expect((await ask()).body).toEqual({ constant: 1 });
    expect((await call('GET', '/preprocessors')).body).toMatchObject({
      preprocessors: [{ name: 'flight_delay' }, { name: 'loan', version: 2 }],
      total: 2,
    });
    const again = new PreprocessorStore(database, use);
    expect((await again.get('loan')).version).toBe(2);

    expect(await call('DELETE', '/preprocessors/loan')).toMatchObject({ status: 200, body: { name: 'loan' } });
    expect((await ask()).status).toBe(404);
    expect((await call('DELETE', '/preprocessors/loan')).status).toBe(404);
    expect((await call('PUT', '/preprocessors/loan', LOAN_DOCUMENT)).body.version).toBe(1);
  });

  it('takes what GET of the shipped one returns under another name', async () => {
    const { body } = await call('GET', '/preprocessors/flight_delay');
    body.output[3].steps[0].map.table['4'] = 31;
    expect((await call('PUT', '/preprocessors/copy', body)).status).toBe(200);
    const thunder = { ...RAW_EXAMPLE, weather_code: 4 };
    expect((await call('POST', '/preprocess?preprocessor=copy', thunder)).body.weather_delay).toBe(31);
    expect((await call('POST', '/preprocess', thunder)).body.weather_delay).toBe(30);
  });

  it('takes YAML and refuses its dangers', async () => {
    const yaml = (text: string) => call('PUT', '/preprocessors/yaml', text, 'application/yaml');
    const head = 'input: { type: object }\noutput:\n';
    expect(
      (await yaml(`${head}  - { field: delay, from: w, steps: [{ map: { table: { 1: 0, 2: 5 } } }] }\n`)).status,
    ).toBe(200);
    expect((await call('POST', '/preprocess?preprocessor=yaml', { w: 2 })).body).toEqual({ delay: 5 });
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]}, `.repeat(9)}]`),
    ];
    expect((await yaml(bomb.join('\n'))).status).toBe(400);
    expect((await yaml(`a: &a [*a]`)).status).toBeGreaterThanOrEqual(400);
    expect((await yaml('['.repeat(50_000))).status).toBe(400);
    expect((await yaml(`a: !!js/function "function(){}"`)).status).toBe(400);
    expect((await yaml('---\na: 1\n---\nb: 1\n')).status).toBe(400);
    expect((await yaml(`${head}  - { field: a, const: .inf }`)).status).toBe(422);
    expect((await yaml('')).status).toBe(400);
  });

  it.each(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml; charset=utf-8'])(
    'takes YAML as %s',
    async (type) => {
      const text = 'input: { type: object }\noutput: [{ field: a, from: w }]';
      expect((await call('PUT', '/preprocessors/typed', text, type)).status).toBe(200);
    },
  );

  it('names what it takes when it refuses a content type', async () => {
    const refused = await call('PUT', '/preprocessors/plain', 'input: { type: object }', 'text/plain');
    expect(refused).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect(refused.body.error).toBe(
      'The content type must be application/json or application/yaml; found "text/plain"',
    );
    const { error } = (await call('POST', '/preprocess', RAW_EXAMPLE, 'text/plain')).body;
    expect(error).toBe('The content type must be application/json; found "text/plain"');
  });

  it('refuses what cannot be compiled, names the place and stores nothing', async () => {
    for (const body of [{}, { nonsense: true }, [], null, 5]) {
      expect(await call('PUT', '/preprocessors/bad', body)).toMatchObject({
        status: 422,
        body: { code: 'invalid_preprocessor' },
      });
    }
    expect((await call('PUT', '/preprocessors/bad', { nonsense: true })).body.details).toContainEqual({
      field: 'nonsense',
      message: expect.stringContaining('unknown'),
    });
    expect((await call('GET', '/preprocessors/bad')).status).toBe(404);
    expect((await call('PUT', '/preprocessors/.bad', LOAN_DOCUMENT)).status).toBe(400);
    expect((await call('PUT', '/preprocessors/a%2Fb', LOAN_DOCUMENT)).status).toBe(400);
    expect((await call('PUT', '/preprocessors/bad', '{')).status).toBe(400);
    expect((await call('PUT', '/preprocessors/bad', 'x'.repeat(1_000_001))).status).toBe(413);
  });

  it('takes names that objects have of their own', async () => {
    for (const name of ['__proto__', 'constructor']) {
      expect((await call('GET', `/preprocessors/${name}`)).status).toBe(404);
      expect((await call('PUT', `/preprocessors/${name}`, LOAN_DOCUMENT)).body).toMatchObject({ name, version: 1 });
      expect((await call('DELETE', `/preprocessors/${name}`)).status).toBe(200);
    }
  });

  it('neither replaces nor deletes the shipped one, nor deletes one in use', async () => {
    expect((await call('PUT', '/preprocessors/flight_delay', LOAN_DOCUMENT)).body.code).toBe('preprocessor_builtin');
    expect((await call('DELETE', '/preprocessors/flight_delay')).status).toBe(409);
    await call('PUT', '/preprocessors/used', LOAN_DOCUMENT);
    const users = ['the deployment of iris'];
    use.ask((name) => (name === 'used' ? users : []));
    expect(await call('DELETE', '/preprocessors/used')).toMatchObject({
      status: 409,
      body: { code: 'preprocessor_in_use', error: expect.stringContaining('the deployment of iris') },
    });
    users.pop();
    expect((await call('DELETE', '/preprocessors/used')).status).toBe(200);
  });

  it('numbers changes that come at once one after another', async () => {
    const puts = Array.from({ length: 8 }, (_, i) =>
      call('PUT', '/preprocessors/race', { input: {}, output: [{ field: 'a', const: i }] }),
    );
    const versions = (await Promise.all(puts)).map(({ body }) => body.version as number);
    expect(versions.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
