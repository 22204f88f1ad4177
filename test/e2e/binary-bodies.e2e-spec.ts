import { gzipSync } from 'node:zlib';
import { expectProblem } from '../support/expect-problem';
import { FLIGHT_DELAY_PKL, golden, IRIS_PKL } from '../support/fixtures';
import { post, send, type Reply } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const OCTETS = 'application/octet-stream';
const { rows, probabilities, predictions } = golden('iris');
const FP64 = Buffer.from(Float64Array.from(rows.flat()).buffer);

/** docs/adr/0013-rows-as-bytes.md */
describe('rows as bytes', () => {
  let server: TestServer;
  let infer: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await upload(server.url, 'iris', IRIS_PKL);
    infer = `${server.at((await server.deploy('iris')).json.port as number)}/infer`;
  });
  afterAll(() => server.dispose());

  const ask = (url: string, body: Buffer, type = `${OCTETS}; dtype=fp64`, headers: Record<string, string> = {}) =>
    send(url, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

  it('are answered as the same rows in JSON, on both listeners', async () => {
    const { json } = await post(infer, { features: rows });
    expect(json.prediction).toEqual(predictions);
    const replies = [
      await ask(infer, FP64),
      await ask(infer, FP64, `${OCTETS};DTYPE="FP64"`),
      await ask(`${server.url}/predict`, FP64, undefined, { 'x-model-id': 'iris' }),
      await ask(`${server.url}/predict?model_id=iris`, FP64),
      await ask(infer, gzipSync(FP64), undefined, { 'content-encoding': 'gzip' }),
      await ask(infer, FP64, undefined, { 'inference-header-content-length': '0' }),
    ];
    for (const { status, json: answer } of replies) {
      expect(status).toBe(200);
      expect(answer).toMatchObject({ prediction: predictions, model_id: 'iris', version: 1 });
      expect(answer.probabilities).toEqual(json.probabilities);
    }
    const one = await ask(infer, FP64.subarray(0, 32));
    expect(one.json.prediction).toEqual(predictions.slice(0, 1));
  });

  const tensors = ({ status, headers, bytes }: Reply) => {
    expect([status, headers['content-type']]).toEqual([200, OCTETS]);
    const length = Number(headers['inference-header-content-length']);
    const header = JSON.parse(bytes.subarray(0, length).toString()) as {
      model_name: string;
      model_version: string;
      outputs: { name: string; datatype: string; shape: number[]; parameters: { binary_data_size: number } }[];
    };
    let at = length;
    const parts = header.outputs.map(({ parameters }) => bytes.subarray(at, (at += parameters.binary_data_size)));
    expect(at).toBe(bytes.length);
    return { header, parts };
  };

  it('come back as tensors to who accepts them, whatever was sent', async () => {
    const accept = { accept: OCTETS };
    const replies = [
      await ask(infer, FP64, undefined, accept),
      await ask(`${server.url}/predict?model_id=iris`, FP64, undefined, accept),
      await post(infer, { features: rows }, { headers: accept }),
      await post(`${server.url}/predict`, { model_id: 'iris', features: rows }, { headers: accept }),
    ];
    for (const reply of replies) {
      const { header, parts } = tensors(reply);
      expect(header).toMatchObject({ model_name: 'iris', model_version: '1' });
      expect(header.outputs.map(({ shape }) => shape)).toEqual([[rows.length], [rows.length, 3]]);
      const [labels, shares] = parts.map((part) => new Uint8Array(part).buffer);
      expect(header.outputs[1]?.datatype).toBe('FP64');
      expect(Array.from(new Float64Array(shares as ArrayBuffer))).toEqual(
        probabilities.flat().map((share) => expect.closeTo(share, 12) as number),
      );
      expect(Array.from(new BigInt64Array(labels as ArrayBuffer), Number)).toEqual(predictions);
    }
    const json = await ask(infer, FP64, undefined, { accept: `application/json, ${OCTETS};q=0` });
    expect(json.headers['content-type']).toBe('application/json');
  });

  it('are refused in JSON when they are not rows of the model', async () => {
    expectProblem(
      await ask(infer, FP64.subarray(1), undefined, { accept: OCTETS }),
      400,
      '4 FP64 numbers, 32 bytes each',
    );
    expectProblem(await ask(infer, Buffer.alloc(0)), 400, 'found 0 bytes');
    expectProblem(await ask(infer, Buffer.from(Float64Array.of(1, 2, NaN, 4).buffer)), 400, 'features[0][2]');
    expectProblem(await ask(infer, FP64, `${OCTETS}; dtype=fp8`), 415, 'dtype must be one of fp32, fp64, int64');
    expectProblem(await ask(infer, FP64, undefined, { 'inference-header-content-length': '2' }), 400);
    expectProblem(await ask(`${server.url}/predict`, FP64), 400, 'x-model-id');
    expectProblem(await ask(`${server.url}/predict?model_id=nobody`, FP64), 404);
    expectProblem(await ask(infer.replace('/infer', '/predict'), FP64), 415);
    expectProblem(await ask(`${server.url}/deploy`, FP64), 415);
  });

  it('are no way to ask a model of text or a preprocessor', async () => {
    await upload(server.url, 'flight', FLIGHT_DELAY_PKL);
    await server.deploy('flight', { listener: false, preprocessor: 'flight_delay' });
    const asked = await ask(`${server.url}/predict?model_id=flight`, Buffer.alloc(24));
    expectProblem(asked, 415, 'preprocessor');
    await server.deploy('flight', { preprocessor: null });
    expect((await ask(`${server.url}/predict?model_id=flight`, Buffer.alloc(24))).status).toBe(200);
  });
});
