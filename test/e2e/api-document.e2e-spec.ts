import { FLIGHT_DELAY_PKL } from '../support/fixtures';
import { send } from '../support/http-client';
import { filePart, multipart } from '../support/multipart';
import { TestServer } from '../support/test-server';

interface Media {
  schema?: { example?: unknown };
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

interface Operation {
  parameters?: { name: string; in: string; example?: string; schema?: { example?: string } }[];
  requestBody?: { content: Record<string, Media> };
}

type Example = [method: string, path: string, type: string, body: unknown];

/** Every body that an operation of the document shows, at the path that its parameters' examples make. */
function examplesOf(method: string, path: string, { parameters = [], requestBody }: Operation): Example[] {
  const filled = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((made, { name, example, schema }) => made.replace(`{${name}}`, String(example ?? schema?.example)), path);
  if (!requestBody) return [[method, filled, '', undefined]];
  return Object.entries(requestBody.content).flatMap(([type, { schema, example, examples }]) => {
    const bodies = Object.values(examples ?? {}).map(({ value }) => value);
    for (const body of [example, schema?.example]) if (body !== undefined) bodies.push(body);
    return bodies.map((body): Example => [method, filled, type, body]);
  });
}

describe('the document of the API', () => {
  let server: TestServer;
  let all: Example[];

  beforeAll(async () => {
    server = await TestServer.start({ examples: true });
    const { body, contentType } = multipart([{ name: 'model_id', value: 'late' }, filePart(FLIGHT_DELAY_PKL)]);
    const headers = { 'content-type': contentType, 'x-request-id': 'upload-7' };
    await send(`${server.url}/upload_model`, { method: 'POST', body, headers });
    const { paths } = (await send(`${server.url}/docs-json`)).json;
    all = Object.entries<Record<string, Operation>>(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) => examplesOf(method, path, operation)),
    );
  });
  afterAll(() => server.dispose());

  it('shows bodies for all that is sent, and all of them are taken', async () => {
    const sent = all.filter(([method]) => method === 'post' || method === 'put');
    expect(new Set(sent.map(([, path]) => path))).toEqual(
      new Set([
        ...['/batch_preprocess', '/preprocess', '/preprocessors/loan', '/predict', '/deploy', '/logs', '/metrics'],
        ...['/registry/services', '/stop_deployment/iris'],
      ]),
    );
    expect(sent.map(([, path, type]) => [path, type])).toContainEqual(['/preprocessors/loan', 'application/yaml']);
    for (const [method, path, type, body] of sent) {
      if (path.startsWith('/stop')) continue;
      // Another server of this machine may have the port of the example.
      const { port: _port, ...rest } = body as { port?: number };
      const json = path === '/deploy' ? rest : body;
      const text = typeof json === 'string' ? json : JSON.stringify(json);
      const headers = { 'content-type': type };
      const reply = await send(server.url + path, { method: method.toUpperCase(), body: text, headers });
      expect({ path, type, status: reply.status, text: reply.text }).toMatchObject({ status: 200 });
    }
  });

  it('shows addresses that are there', async () => {
    for (const [, path] of all.filter(([method]) => method === 'get')) {
      expect([path, (await send(server.url + path)).status]).toEqual([path, 200]);
    }
  });
});
