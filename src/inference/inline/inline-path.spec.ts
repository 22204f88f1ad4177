import type { AppError } from '../../common/errors';
import { ensureBuilt } from '../../../test/support/built';
import { ask, endpointOptions, workerModel } from '../../../test/support/inference-fixture';
import { Endpoint } from '../endpoint';
import type { EndpointOptions } from '../endpoint-options';
import { FEATURES, FLAT } from '../protocol';
import { type BatchEntry, WorkerHost } from '../worker-host';
import type { InlineModel } from './inline-model';
import { InlinePath } from './inline-path';

/** A model of one number in and one out, as plain code. */
function inlineModel(answer: (x: number) => number, probes = [1, -2.5, 4]): InlineModel {
  const input = new Float64Array(4);
  const output = new Float64Array(4);
  return {
    input,
    outputs: new Map([['y', { data: output, dims: [4, 1] }]]),
    rows: 4,
    probes: Float64Array.from(probes),
    run: (count) => {
      for (let i = 0; i < count; i++) output[i] = answer(input[i]!);
    },
  };
}

/** Real threads, which are counted, and can be held. */
class CountedHost {
  batches = 0;
  gate: Promise<void> = Promise.resolve();
  private readonly host = new WorkerHost(workerModel('reciprocal'), 1, () => undefined);

  start = (timeoutMs: number, tidy: boolean) => this.host.start(timeoutMs, tidy);
  tidy = () => this.host.tidy();
  close = () => this.host.close();
  run = async (entries: readonly BatchEntry[]) => {
    this.batches++;
    await this.gate;
    return this.host.run(entries);
  };
}

const endings: (() => unknown)[] = [];
beforeAll(ensureBuilt, 120_000);
afterAll(async () => {
  for (const end of endings) await end();
});

/** An endpoint of the graph `reciprocal`, y = 1 / x. */
async function start(overrides: Partial<EndpointOptions> = {}) {
  const runtime = new CountedHost();
  const options = endpointOptions('reciprocal', {
    loadInline: () => Promise.resolve(inlineModel((x) => 1 / x)),
    ...overrides,
  });
  const endpoint = new Endpoint(options, () => runtime);
  endings.push(() => endpoint.drain());
  await endpoint.start();
  const proofs = runtime.batches;
  const answer = (body: unknown, kind: typeof FEATURES | typeof FLAT = FEATURES): Promise<string> => {
    const asked = ask(body, { kind });
    endpoint.submit(asked.entry);
    return asked.answer;
  };
  return { endpoint, runtime, answer, posted: () => runtime.batches - proofs };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('InlinePath', () => {
  test('answers plain rows without a thread, in the words of a thread', async () => {
    const inline = await start();
    const threads = await start({ loadInline: () => Promise.resolve(null) });
    for (const features of [[8], [[8]], [[0.3], [-7], [1e-300], [3]]]) {
      expect(await inline.answer({ features })).toBe(await threads.answer({ features }));
    }
    expect(inline.posted()).toBe(0);
    expect(threads.posted()).toBe(3);
    expect(inline.endpoint.stats()).toMatchObject({ requestsTotal: 3, errorsTotal: 0 });
  });

  test.each([
    ['a record', { features: { x: 8 } }, FEATURES],
    ['a flat record', { x: 8 }, FLAT],
    ['more rows than it takes', { features: [[1], [2], [3], [4], [5]] }, FEATURES],
    ['text for a number', { features: ['8'] }, FEATURES],
    ['no JSON', '{"features":[8]', FEATURES],
    ['a body much longer than its rows', { note: 'x'.repeat(100_000), features: [8] }, FEATURES],
  ] as const)('leaves %s to a thread', async (_what, body, kind) => {
    const { answer, posted } = await start();
    await answer(body, kind).catch((error: AppError) => expect(error.status).toBe(400));
    expect(posted()).toBe(1);
  });

  test('is not used when one probe is answered otherwise', async () => {
    const { answer, posted } = await start({
      loadInline: () => Promise.resolve(inlineModel((x) => (x === 4 ? 0.26 : 1 / x))),
    });
    expect(await answer({ features: [8] })).toContain('0.125');
    expect(posted()).toBe(1);
  });

  test('is not used when it takes long', async () => {
    const slow = (x: number): number => {
      for (const until = performance.now() + 0.05; performance.now() < until;);
      return 1 / x;
    };
    const { answer, posted } = await start({ loadInline: () => Promise.resolve(inlineModel(slow)) });
    await answer({ features: [8] });
    expect(posted()).toBe(1);
  });

  test('is not used for a deployment that asks for requests to be joined', async () => {
    const { answer, posted } = await start({ batching: { maxSize: 64, maxDelayMs: 5, maxQueue: 256 } });
    await answer({ features: [8] });
    expect(posted()).toBe(1);
  });

  test('is not used where records are checked or prepared first', () => {
    const compile = (overrides: object): InlinePath | null =>
      InlinePath.compile(
        inlineModel((x) => x),
        workerModel('reciprocal', overrides),
      );
    expect(compile({})).not.toBeNull();
    expect(compile({ inputSchema: { type: 'object' } })).toBeNull();
    expect(compile({ preprocessor: { steps: [] } })).toBeNull();
    expect(compile({ signature: { ...workerModel('reciprocal').signature, features: null } })).toBeNull();
  });

  test('passes nobody who waits: with every thread at work a request joins the queue, and its bound holds', async () => {
    const { endpoint, runtime, answer } = await start({ batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 2 } });
    const gate = Promise.withResolvers<void>();
    runtime.gate = gate.promise;
    const first = answer({ features: { x: 8 } });
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = [answer({ features: [2] }), answer({ features: [4] })];
    await expect(answer({ features: [5] })).rejects.toMatchObject({ code: 'queue_full' });
    expect(endpoint.stats().queueDepth).toBe(2);
    gate.resolve();
    const texts = await Promise.all([first, ...waiting]);
    expect(texts.map((text) => /-?\d[\d.]*/.exec(text)?.[0])).toEqual(['0.125', '0.5', '0.25']);
  });

  test('is closed while the threads sleep, and opened again when they are back and have been asked', async () => {
    const { endpoint, answer, posted } = await start({ idleTimeoutMs: 100 });
    await until(() => endpoint.workers === 0);
    expect(await answer({ features: [8] })).toContain('0.125');
    expect(posted()).toBe(1);
    // The proof is a batch as well.
    await until(() => posted() === 2);
    await until(() => endpoint.stats().queueDepth === 0);
    await until(async () => {
      const before = posted();
      await answer({ features: [8] });
      return posted() === before;
    });
  });

  test('keeps the threads from sleep as long as it is asked', async () => {
    const { endpoint, answer, posted } = await start({ idleTimeoutMs: 200 });
    for (const end = performance.now() + 800; performance.now() < end;) {
      await answer({ features: [8] });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect([endpoint.workers, posted()]).toEqual([1, 0]);
    await until(() => endpoint.workers === 0);
  });

  test('asks nobody who has gone', async () => {
    const { endpoint, posted } = await start();
    endpoint.submit(ask({ features: [8] }, { isAbandoned: () => true }).entry);
    await new Promise((resolve) => setImmediate(resolve));
    expect(posted()).toBe(0);
    expect(endpoint.stats().requestsTotal).toBe(0);
  });

  test('leaves rows that the model has no answer to for a thread', async () => {
    const { answer, posted } = await start({
      loadInline: () =>
        Promise.resolve(
          inlineModel((x) => {
            if (x === 8) throw new RangeError('no class');
            return 1 / x;
          }),
        ),
    });
    expect(await answer({ features: [8] })).toContain('0.125');
    expect(posted()).toBe(1);
  });
});
