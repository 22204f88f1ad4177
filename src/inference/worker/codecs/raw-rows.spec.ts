import fc from 'fast-check';
import { ensureBuilt } from '../../../../test/support/built';
import { golden, workerModel } from '../../../../test/support/inference-fixture';
import type { ErrorData } from '../../../common/errors';
import type { Datatype, FeatureSpec, Signature } from '../../../common/signature';
import { type EntryKind, FEATURES, FEATURES_AS_BINARY, RAW, RAW_AS_BINARY, type WorkerModel } from '../../protocol';
import { WorkerHost } from '../../worker-host';
import { decodeMessage } from './binary-tensors';
import { RawRowReader } from './raw-rows';

const hosts = new Map<string, Promise<WorkerHost>>();
beforeAll(ensureBuilt, 120_000);
afterAll(async () => {
  for (const host of hosts.values()) await (await host).close();
});

function hostOf(name: string, overrides: Partial<WorkerModel> = {}): Promise<WorkerHost> {
  const key = name + JSON.stringify(overrides);
  const start = async (): Promise<WorkerHost> => {
    const host = new WorkerHost(workerModel(name, overrides), 1, () => undefined);
    await host.start(30_000);
    return host;
  };
  if (!hosts.has(key)) hosts.set(key, start());
  return hosts.get(key) as Promise<WorkerHost>;
}

interface Asked {
  body: Uint8Array;
  kind: EntryKind;
  datatype?: Datatype;
}

const json = (features: unknown, kind: EntryKind = FEATURES): Asked => ({
  body: Buffer.from(JSON.stringify({ features })),
  kind,
});
const raw = (data: Float32Array | Float64Array | BigInt64Array | Int32Array, datatype?: Datatype): Asked => ({
  body: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  kind: RAW,
  ...(datatype && { datatype }),
});

async function answers(host: WorkerHost, entries: Asked[]): Promise<unknown[]> {
  const { text, ends, errors, binaries } = await host.run(entries);
  return entries.map((_, i) => {
    if (errors?.[i]) return errors[i];
    const binary = binaries?.[i];
    if (!binary) return JSON.parse(`${text.slice(ends[i - 1] ?? 0, ends[i])}}`) as unknown;
    const header = Buffer.from(`{"outputs":${binary.outputs}}`);
    const { items } = decodeMessage(Buffer.concat([header, binary.bytes]), header.length, 'outputs');
    return Object.fromEntries(items.map(({ json: { name }, tensor }) => [name as string, tensor]));
  });
}

const failureOf = (answer: unknown): ErrorData => answer as ErrorData;

describe('raw rows', () => {
  test.each([
    ['forest', 'FP32', 4],
    ['reciprocal', 'FP64', 1],
    ['targets', 'FP64', 2],
    ['pair', 'FP32', 2],
  ] as const)('of %s are answered as the same rows in JSON, in a batch with others', async (name, own, columns) => {
    const host = await hostOf(name);
    const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x || 1);
    const rows = fc.array(fc.array(number, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 4 }), async (requests) => {
        const entries = requests.flatMap((features) => [
          raw(own === 'FP32' ? Float32Array.from(features.flat()) : Float64Array.from(features.flat())),
          json(features),
          raw(Float64Array.from(features.flat()), 'FP64'),
          raw(Float32Array.from(features.flat()), 'FP32'),
        ]);
        const all = await answers(host, entries);
        requests.forEach((_, i) => {
          const [ownRaw, asJson, ...others] = all.slice(4 * i, 4 * i + 4);
          expect(asJson).toHaveProperty('prediction');
          for (const other of [ownRaw, ...others]) expect(other).toEqual(asJson);
        });
      }),
      { numRuns: 25 },
    );
  });

  test('whole numbers of any width are the numbers that they are', async () => {
    const host = await hostOf('forest');
    const row = [5, 3, 1, 0];
    const [expected, ...others] = await answers(host, [
      json([row]),
      raw(BigInt64Array.from(row.map(BigInt)), 'INT64'),
      raw(Int32Array.from(row), 'INT32'),
      { body: Uint8Array.from(row), kind: RAW, datatype: 'UINT8' },
    ]);
    for (const other of others) expect(other).toEqual(expected);
  });

  test('a row of booleans is one of 0 and 1', async () => {
    const flags = (...bytes: number[]): Asked => ({ body: Uint8Array.from(bytes), kind: RAW, datatype: 'BOOL' });
    for (const host of [await hostOf('forest'), await hostOf('forest', { inputSchema: { type: 'object' } })]) {
      const [expected, fine, wrong, far] = await answers(host, [
        json([[1, 0, 0, 1]]),
        flags(1, 0, 0, 1),
        flags(1, 0, 0, 1, 0, 0, 2, 255),
        flags(...Array<number>(40_000).fill(1), 1, 1, 1, 128),
      ]);
      expect(fine).toEqual(expected);
      const message = 'features[1][2] ("petal length (cm)"): expected 0 or 1, found 2';
      expect(failureOf(wrong)).toMatchObject({ code: 'invalid_input', message });
      expect(failureOf(far).message).toBe('features[10000][3] ("petal width (cm)"): expected 0 or 1, found 128');
    }
  });

  test('what does not fit fails alone, and says where', async () => {
    const host = await hostOf('forest');
    const good = Float32Array.of(5, 3, 1, 0);
    const [fine, nan, infinite, large, short, none, alsoFine] = await answers(host, [
      raw(good),
      raw(Float32Array.of(5, 3, 1, 0, 5, 3, NaN, 0)),
      raw(Float32Array.of(5, -Infinity, 1, 0)),
      raw(Float64Array.of(5, 3, 1, 1e300), 'FP64'),
      { body: new Uint8Array(15), kind: RAW },
      { body: new Uint8Array(0), kind: RAW },
      raw(good),
    ]);
    expect(alsoFine).toEqual(fine);
    expect(fine).toHaveProperty('prediction');
    expect(failureOf(nan)).toMatchObject({
      code: 'invalid_input',
      message: 'features[1][2] ("petal length (cm)"): expected a finite number within FP32, found NaN',
    });
    expect(failureOf(infinite).message).toMatch(/^features\[0\]\[1\]/);
    expect(failureOf(large).message).toMatch(/^features\[0\]\[3\].*found 1e\+300$/);
    expect(failureOf(short).message).toBe('Expected rows of 4 FP32 numbers, 16 bytes each; found 15 bytes');
    expect(failureOf(none).message).toMatch(/found 0 bytes$/);
  });

  test('models that numbers alone cannot ask say so', async () => {
    const [words] = await answers(await hostOf('words'), [raw(Float32Array.of(1, 2))]);
    expect(failureOf(words)).toMatchObject({ code: 'unsupported_media_type' });
    expect(failureOf(words).message).toMatch(/takes text \("word"\): send JSON/);
    const [image] = await answers(await hostOf('image'), [raw(Float32Array.of(1, 2))]);
    expect(failureOf(image).message).toMatch(/axes of any size: send JSON/);
    const checked = await hostOf('forest', {
      inputSchema: { type: 'object', properties: { 'petal width (cm)': { type: 'number', maximum: 1 } } },
    });
    const [fits, breaks] = await answers(checked, [raw(Float32Array.of(5, 3, 1, 1)), raw(Float32Array.of(5, 3, 1, 2))]);
    expect(fits).toHaveProperty('prediction');
    expect(failureOf(breaks)).toMatchObject({ code: 'invalid_record' });
  });

  test('answers in binary tensors are those in JSON', async () => {
    const { rows } = golden('forest');
    const host = await hostOf('forest');
    const flat = Float32Array.from((rows as number[][]).flat());
    const [asJson, ofRaw, ofJson] = (await answers(host, [
      json(rows),
      { ...raw(flat), kind: RAW_AS_BINARY },
      json(rows, FEATURES_AS_BINARY),
    ])) as [{ prediction: number[]; probabilities: number[][] }, ...Record<string, { data: Float32Array }>[]];
    expect(ofJson).toEqual(ofRaw);
    expect(Object.keys(ofRaw as object)).toEqual(['label', 'probabilities']);
    expect(ofRaw).toMatchObject({
      label: { datatype: 'INT64', shape: [rows.length] },
      probabilities: { datatype: 'FP32', shape: [rows.length, 3] },
    });
    expect(Array.from(ofRaw?.label?.data ?? [], Number)).toEqual(asJson.prediction);
    expect(Array.from(ofRaw?.probabilities?.data ?? [])).toEqual(asJson.probabilities.flat().map(Math.fround));
  });

  test('labels that were named at the upload are these names, and texts are texts', async () => {
    const { signature, rows } = golden('forest');
    const named = { ...signature, classes: [0, 1, 2], labels: ['setosa', 'versicolor', 'virginica'] };
    const host = await hostOf('forest', { signature: named });
    const [asJson, binary] = (await answers(host, [json(rows), json(rows, FEATURES_AS_BINARY)])) as [
      { prediction: string[] },
      Record<string, { datatype: string; data: string[] }>,
    ];
    expect(binary.label).toMatchObject({ datatype: 'BYTES', data: asJson.prediction });
    const texts = golden('words').rows;
    const [words, wordsBinary] = (await answers(await hostOf('words'), [
      json(texts),
      json(texts, FEATURES_AS_BINARY),
    ])) as [{ prediction: string[] }, Record<string, { data: string[] }>];
    expect(wordsBinary.label?.data).toEqual(words.prediction);
  });

  test('a graph of a fixed number of rows is asked piece by piece', async () => {
    const [asJson, binary] = (await answers(await hostOf('pair'), [
      json([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      { ...raw(Float32Array.of(1, 2, 3, 4, 5, 6)), kind: RAW_AS_BINARY },
    ])) as [{ prediction: number[][] }, Record<string, { data: Float32Array; shape: number[] }>];
    expect(binary.y?.shape).toEqual([3, 2]);
    expect(Array.from(binary.y?.data ?? [])).toEqual(asJson.prediction.flat());
  });
});

describe('RawRowReader', () => {
  const feature = (over: Partial<FeatureSpec> = {}): FeatureSpec => ({
    kind: 'number',
    input: 0,
    column: 0,
    nullable: false,
    ...over,
  });
  const signature = (
    datatype: Datatype,
    features: FeatureSpec[] | null,
    shape = [-1, features?.length ?? 1],
  ): Signature => ({
    task: 'regression',
    inputs: [{ name: 'x', datatype, shape }],
    outputs: [],
    features,
  });

  test('NaN is a missing value where the model takes one', () => {
    const reader = RawRowReader.compile(signature('FP64', [feature({ nullable: true }), feature({ column: 1 })]));
    const spec = { name: 'x', datatype: 'FP64' as const, shape: [-1, 2] };
    const write = (...row: number[]): Float64Array => {
      const data = new Float64Array(2);
      reader.write(reader.read(new Uint8Array(Float64Array.from(row).buffer), null), [{ spec, stride: 2, data }], 0);
      return data;
    };
    expect(write(NaN, 1)).toEqual(Float64Array.of(NaN, 1));
    expect(() => write(1, NaN)).toThrow(/features\[0\]\[1\]: expected a finite number, found NaN/);
  });

  test('rows in the precision of the tensor are the tensor, and are held to the same bounds', () => {
    const reader = RawRowReader.compile(signature('FP64', [feature({ nullable: true }), feature({ column: 1 })]));
    const spec = { name: 'x', datatype: 'FP64' as const, shape: [-1, 2] };
    const bufferOf = (data: Float64Array | Float32Array): unknown =>
      reader.asBuffer(reader.read(new Uint8Array(data.buffer), data instanceof Float32Array ? 'FP32' : 'FP64'), spec);
    const data = Float64Array.of(NaN, 1, 2, -Number.MAX_VALUE);
    const buffer = bufferOf(data) as { data: Float64Array };
    expect(buffer).toEqual({ spec, stride: 2, data });
    expect(buffer.data.buffer).toBe(data.buffer);
    expect(bufferOf(Float32Array.of(1, 2))).toBeNull();
    expect(() => bufferOf(Float64Array.of(1, 2, 3, NaN))).toThrow(
      /features\[1\]\[1\]: expected a finite number, found NaN/,
    );
    expect(() => bufferOf(Float64Array.of(-Infinity, 2))).toThrow(/features\[0\]\[0\]: .*found a number beyond/);
  });

  test('tables of other kinds become rows as JSON has them', () => {
    const reader = RawRowReader.compile(signature('INT64', [feature({ nullable: true }), feature({ column: 1 })]));
    expect(reader.isPlain).toBe(false);
    const rows = reader.read(new Uint8Array(BigInt64Array.of(1n, -2n).buffer), null);
    expect(reader.asItems(rows)).toEqual({ single: false, list: [[1, -2]], member: 'features' });
    const fractions = reader.read(new Uint8Array(Float64Array.of(NaN, 2.5).buffer), 'FP64');
    expect(reader.asItems(fractions).list).toEqual([[null, 2.5]]);
  });

  test('a tensor of integers takes its own integers only, and booleans are 0 and 1', () => {
    const reader = RawRowReader.compile(signature('INT64', null, [-1, 2]));
    const data = new BigInt64Array(2);
    const spec = { name: 'x', datatype: 'INT64' as const, shape: [-1, 2] };
    const sent = BigInt64Array.of(2n ** 62n + 1n, -1n);
    reader.write(reader.read(new Uint8Array(sent.buffer), null), [{ spec, stride: 2, data }], 0);
    expect(data).toEqual(sent);
    expect(() => reader.read(new Uint8Array(16), 'FP64')).toThrow(/takes INT64, and cannot be asked in FP64/);
    const flags = RawRowReader.compile(signature('BOOL', null, [-1, 2]));
    const buffer = { spec: { ...spec, datatype: 'BOOL' as const }, stride: 2, data: new Uint8Array(2) };
    flags.write(flags.read(Uint8Array.of(1, 0), null), [buffer], 0);
    expect(buffer.data).toEqual(Uint8Array.of(1, 0));
    expect(() => flags.read(Uint8Array.of(1, 2), null)).toThrow(/features\[0\]\[1\]: expected 0 or 1, found 2/);
  });
});
