import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { Piscina as WorkerPool } from 'piscina';
import { ensureBuilt } from '../../test/support/built';
import { golden, workerModel } from '../../test/support/inference-fixture';
import { attribute, FLOAT, int64s, model, type ModelParts, node, tensor, value } from '../../test/support/onnx-model';
import type { ErrorData } from '../common/errors';
import type { Signature } from '../common/signature';
import { type BatchResult, type EntryKind, FEATURES, FLAT, LARGE_ANSWER, type WorkerModel } from './protocol';
import { type BatchEntry, WorkerHost } from './worker-host';

const hosts: WorkerHost[] = [];

async function start(name: string, overrides: Partial<WorkerModel> = {}, workers = 1): Promise<WorkerHost> {
  const host = new WorkerHost(workerModel(name, overrides), workers, () => undefined);
  hosts.push(host);
  await host.start(30_000);
  return host;
}

beforeAll(ensureBuilt, 120_000);
afterAll(() => Promise.all(hosts.map((host) => host.close())));

type Answer = Record<string, unknown> | ErrorData;

/** One batch of requests, and each one's answer or failure. */
async function batch(host: WorkerHost, bodies: unknown[], kind: EntryKind = FEATURES): Promise<Answer[]> {
  const entries = bodies.map((body) => ({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    kind,
  }));
  const result: BatchResult = await host.run(entries);
  return entries.map((_, i) => {
    const failure = result.errors?.[i];
    if (failure) return failure;
    const text = typeof result.text === 'string' ? result.text : Buffer.from(result.text).toString('latin1');
    return JSON.parse(`${text.slice(result.ends[i - 1] ?? 0, result.ends[i])}}`) as Answer;
  });
}

const features = (value: unknown): { features: unknown } => ({ features: value });

describe('WorkerHost', () => {
  test.each(['forest', 'words', 'lookup', 'reciprocal', 'centred', 'pair', 'image', 'targets'])(
    '%s answers what onnxruntime for Python answers',
    async (name) => {
      const { rows, expected, signature } = golden(name);
      const [answer] = (await batch(await start(name), [features(rows)])) as [Record<string, unknown>];
      const label = signature.outputs.find(({ role }) => role === 'label' || role === 'value');
      const scalars = (expected[label?.name ?? ''] ?? []).map((row) =>
        Array.isArray(row) && row.length === 1 ? (row[0] as unknown) : row,
      );
      expect(answer['prediction']).toEqual(scalars);
      const probabilities = signature.outputs
        .filter(({ role }) => role === 'probabilities')
        .map((spec) => expected[spec.name] ?? []);
      const listed =
        probabilities.length === 1 ? probabilities[0] : rows.map((_, i) => probabilities.map((rowsOf) => rowsOf[i]));
      if (probabilities.length > 0) expect(answer['probabilities']).toEqual(listed);
    },
  );

  test('a batch answers each request as it is answered alone', async () => {
    const host = await start('forest');
    const { rows, signature } = golden('forest');
    const names = (signature.features ?? []).map((feature) => feature.name as string);
    const row = fc.constantFrom(...(rows as number[][]));
    const record = row.map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])));
    const request = fc.oneof(
      row.map(features),
      fc.array(row, { minLength: 1, maxLength: 40 }).map(features),
      record.map(features),
      fc.array(record, { minLength: 1, maxLength: 3 }).map((inputs) => ({ inputs })),
      fc.constantFrom<unknown>(features([1, 2]), features([]), '{"features":', features([[1, 2, 3, 'x']]), '[]', {}),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const together = await batch(host, requests);
        const alone: Answer[] = [];
        for (const one of requests) alone.push(...(await batch(host, [one])));
        expect(together).toEqual(alone);
      }),
      { numRuns: 60 },
    );
  });

  test('rows of several requests share a run, at most as many as allowed, and a large request runs whole', async () => {
    const host = await start('forest', { maxRows: 4 });
    const { rows } = golden('forest');
    const bodies = [rows.slice(0, 1), rows.slice(0, 3), rows.slice(0, 10), rows.slice(0, 2)].map(features);
    const entries = bodies.map((body): BatchEntry => ({ body: Buffer.from(JSON.stringify(body)), kind: FEATURES }));
    const result = await host.run(entries);
    expect(result.runs.map((run) => run.rows)).toEqual([4, 10, 2]);
    expect(result.rows).toEqual([1, 3, 10, 2]);
  });

  describe('a request of very many rows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'many-rows-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    /** One column in and out. */
    function startWritten(name: string, parts: Pick<ModelParts, 'nodes' | 'initializers'>): Promise<WorkerHost> {
      const modelPath = join(folder, `${name}.onnx`);
      const column = (of: string) => value(of, FLOAT, ['n', 1]);
      writeFileSync(modelPath, model({ ...parts, opset: 17, inputs: [column('x')], outputs: [column('y')] }));
      const signature: Signature = {
        task: 'regression',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1], role: 'value' }],
        features: [{ kind: 'number', input: 0, column: 0, nullable: false }],
      };
      return start('reciprocal', { modelPath, signature });
    }

    test('takes no more memory at once than some of them do, in the order of the rows', async () => {
      const width = 20_000;
      const host = await startWritten('wide', {
        nodes: [node('MatMul', ['x', 'w'], ['a']), node('ReduceMax', ['a'], ['y'], [attribute.ints('axes', [1])])],
        initializers: [tensor('w', FLOAT, [1, width], new Float32Array(width).fill(2))],
      });
      const rows = Array.from({ length: 30_000 }, (_, row) => [row]);
      const before = process.resourceUsage().maxRSS;
      const [answer] = await batch(host, [features(rows)]);
      const grownMb = (process.resourceUsage().maxRSS - before) / 1024;
      expect(answer).toEqual({ prediction: rows.map(([row]) => 2 * row!) });
      // At once they would take 2,400 MB.
      expect(grownMb).toBeLessThan(600);
    });

    test('is asked whole once its rows turn out not to be answered one by one', async () => {
      // All rows, and the first of them once more where there are more than a thousand.
      const host = await startWritten('longer', {
        nodes: [
          node('Shape', ['x'], ['s']),
          node('Gather', ['s', 'zero'], ['n']),
          node('Div', ['n', 'thousand'], ['more']),
          node('Min', ['more', 'one'], ['end']),
          node('Slice', ['x', 'zero', 'end', 'zero'], ['first']),
          node('Concat', ['x', 'first'], ['y'], [attribute.int('axis', 0)]),
        ],
        initializers: [int64s('zero', [0]), int64s('one', [1]), int64s('thousand', [1000])],
      });
      const rows = Array.from({ length: 3000 }, (_, row) => [row]);
      const [many, few] = await batch(host, [features(rows), features(rows.slice(0, 2))]);
      expect(many).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/is not that of the rows/) });
      expect(few).toEqual({ prediction: [0, 1] });
    });
  });

  test('an entry on which the model itself fails does so alone', async () => {
    const host = await start('lookup');
    const answers = await batch(host, [features([0]), features([7]), features([[1], [2]])]);
    expect(answers).toEqual([
      { prediction: 10 },
      expect.objectContaining({ code: 'inference_failed', reason: expect.stringMatching(/out of data bounds/) }),
      { prediction: [20, 30] },
    ]);
  });

  test('rows that are not independent of each other do not share a run with those of another request', async () => {
    const host = await start('centred');
    expect(await batch(host, [features([[1], [3]]), features([[10], [20]])])).toEqual([
      { prediction: [-1, 1] },
      { prediction: [-5, 5] },
    ]);
  });

  test('arrays of different inner sizes in one batch each answer for themselves', async () => {
    const host = await start('image');
    const wide = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    expect(await batch(host, [features([[1], [2]]), features([wide, wide]), features([[1, 2], [3]])])).toEqual([
      { prediction: 3 },
      { prediction: [36, 36] },
      expect.objectContaining({
        code: 'invalid_input',
        message: 'features[1]: expected an array of 2, found an array of 1',
      }),
    ]);
  });

  test('answers one flat record, with 4 digits', async () => {
    const host = await start('words');
    expect(await batch(host, [{ word: 'good', number: 0.5 }, { word: 'good' }, [1]], FLAT)).toEqual([
      { prediction: 'positif', probability: 0.9241 },
      expect.objectContaining({
        code: 'invalid_input',
        message: 'number: expected a finite number within FP32 or null, found nothing',
      }),
      expect.objectContaining({ code: 'bad_request' }),
    ]);
  });

  test('checks records against a declared schema, tells every failing item, and ignores fields it knows', async () => {
    const inputSchema = {
      type: 'object',
      required: ['word', 'note'],
      properties: {
        word: { type: 'string', maxLength: 5 },
        number: { type: 'number', minimum: 0 },
        note: { type: 'string' },
      },
    };
    const host = await start('words', { inputSchema });
    const good = { word: 'good', number: 0.5, note: 'x' };
    const [ok, bad, missing, row, badRow] = await batch(host, [
      features(good),
      features([good, { ...good, number: -1 }, { ...good, word: 'too long' }]),
      features({ word: 'good', number: 1 }),
      features(['good', 0.5]),
      features(['good', -0.5]),
    ]);
    expect(ok).toMatchObject({ prediction: 'positif' });
    expect(bad).toMatchObject({
      code: 'invalid_record',
      details: [
        { index: 1, field: 'number' },
        { index: 2, field: 'word' },
      ],
    });
    expect(missing).toMatchObject({ code: 'invalid_record', details: [{ field: 'note' }] });
    expect(row).toMatchObject({ prediction: 'positif' });
    expect(badRow).toMatchObject({ code: 'invalid_record', details: [{ field: 'number' }] });
  });

  test('a body that is not UTF-8 is refused, one with a replacement character is not', async () => {
    const host = await start('words');
    const broken = Buffer.concat([Buffer.from('{"features":["'), Buffer.from([0xc3, 0x28]), Buffer.from('",1]}')]);
    const result = await host.run([
      { body: broken, kind: FEATURES },
      { body: Buffer.from('{"features":["\ufffd",1]}'), kind: FEATURES },
    ]);
    expect(result.errors).toMatchObject([{ code: 'malformed_json', message: 'The body is not valid UTF-8' }]);
  });

  test('every thread loads and warms up before the start is over', async () => {
    const host = new WorkerHost(workerModel('forest'), 3, () => undefined);
    hosts.push(host);
    const report = await host.start(30_000);
    expect(report).toMatchObject({ joinable: true });
    expect(report.loadMs).toBeGreaterThan(0);
    const answers = await Promise.all([1, 2, 3].map(() => batch(host, [features([5.1, 3.5, 1.4, 0.2])])));
    expect(answers.flat()).toEqual([1, 2, 3].map(() => expect.objectContaining({ prediction: 0 })));
  });

  test('a load that fails is told, and so are warm-up rows that do not fit', async () => {
    const absent = new WorkerHost(workerModel('forest', { modelPath: '/nowhere.onnx' }), 2, () => undefined);
    hosts.push(absent);
    await expect(absent.start(30_000)).rejects.toMatchObject({
      code: 'inference_failed',
      message: 'The model could not be loaded: its file is no longer in DATA_DIR',
    });
    const misfit = new WorkerHost(workerModel('forest', { warmup: [[1]] }), 1, () => undefined);
    hosts.push(misfit);
    await expect(misfit.start(30_000)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('a model that could not be loaded is loaded by the next batch', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelport-worker-'));
    const modelPath = join(folder, 'late.onnx');
    const host = new WorkerHost(workerModel('forest', { modelPath }), 1, () => undefined);
    hosts.push(host);
    await expect(host.start(30_000)).rejects.toMatchObject({ code: 'inference_failed' });
    const requests = [features([5.1, 3.5, 1.4, 0.2]), features([])];
    const message = expect.stringMatching(/^The model could not be loaded: /) as string;
    const absent = expect.objectContaining({ code: 'inference_failed', message });
    expect(await batch(host, requests)).toEqual([absent, absent]);
    copyFileSync(workerModel('forest').modelPath, modelPath);
    expect(await batch(host, requests)).toEqual([
      expect.objectContaining({ prediction: 0 }),
      expect.objectContaining({ code: 'invalid_input' }),
    ]);
    rmSync(folder, { recursive: true });
  });

  test('a thread that ends fails its batch, and the one that takes its place serves', async () => {
    const losses: string[] = [];
    const host = new WorkerHost(workerModel('spin', { compiled: true }), 1, (error) => losses.push(error.code));
    hosts.push(host);
    await host.start(30_000);
    // Terminating a thread that is idle in JavaScript is safe; only one inside native code takes the process along.
    const pool = (host as unknown as { pool: { threads: { terminate(): Promise<number> }[] } }).pool;
    await pool.threads[0]?.terminate();
    const answers = await batch(host, [features([3])]).catch((error: { code: string }) => error.code);
    expect([[{ prediction: 3 }], 'worker_lost']).toContainEqual(answers);
    expect(await batch(host, [features([4])])).toEqual([{ prediction: 4 }]);
  });

  test('a large lone body is handed over', async () => {
    const host = await start('forest');
    const body = Buffer.from(JSON.stringify(features(Array.from({ length: 5000 }, () => [5.1, 3.5, 1.4, 0.2]))));
    const own = Buffer.from(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength));
    const result = await host.run([{ body: own, kind: FEATURES }]);
    expect(result.rows).toEqual([5000]);
    expect(own.byteLength).toBe(0);
  });

  test('a large lone answer changes hands as bytes that own their memory', async () => {
    const host = await start('forest');
    const rows = golden('forest').rows as number[][];
    const many = Array.from({ length: Math.ceil((4 * LARGE_ANSWER) / rows.length / 10) }, () => rows).flat();
    const body = Buffer.from(JSON.stringify(features(many)));
    const { text } = await host.run([{ body, kind: FEATURES }]);
    expect(text).toBeInstanceOf(Uint8Array);
    expect(text.length).toBeGreaterThanOrEqual(LARGE_ANSWER);
    expect((text as Uint8Array).buffer.byteLength).toBe(text.length);
    const [alone] = await batch(host, [features(rows)]);
    const together = JSON.parse(`${Buffer.from(text as Uint8Array).toString('latin1')}}`) as Answer;
    for (const [name, values] of Object.entries(alone as Record<string, unknown[]>)) {
      expect((together as Record<string, unknown[]>)[name]).toEqual(many.map((_, i) => values[i % rows.length]));
    }
  });

  test('leaves nothing behind when it is closed: swaps and sleepers close one after the other', async () => {
    const openAndClose = async (): Promise<void> => {
      const host = new WorkerHost(workerModel('forest', {}), 1, () => undefined);
      await host.start(30_000);
      await host.close();
    };
    const before = queryObjects(WorkerPool, { format: 'count' });
    for (let i = 0; i < 3; i++) await openAndClose();
    expect(queryObjects(WorkerPool, { format: 'count' })).toBeLessThanOrEqual(before);
  });

  test('is closed after what runs has come back', async () => {
    const host = new WorkerHost(workerModel('forest', {}), 1, () => undefined);
    await host.start(30_000);
    const { rows } = golden('forest');
    const body = Buffer.from(JSON.stringify(features(Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length]))));
    const order: string[] = [];
    const ran = host.run([{ body, kind: FEATURES }]).then((result) => {
      order.push('answered');
      return result;
    });
    await host.close().then(() => order.push('closed'));
    expect((await ran).rows).toEqual([20_000]);
    expect(order).toEqual(['answered', 'closed']);
  });
});
