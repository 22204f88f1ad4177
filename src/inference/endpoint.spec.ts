import { AppError } from '../common/errors';
import { ask, endpointOptions } from '../../test/support/inference-fixture';
import { Metrics } from '../monitoring/metrics';
import { Endpoint } from './endpoint';
import type { EndpointOptions } from './endpoint-options';
import { Entry } from './entry';
import { type BatchResult, FEATURES } from './protocol';
import type { BatchEntry } from './worker-host';

/** A pool whose runs end when the test says so. */
class HeldHost {
  readonly batches: { bodies: string[]; finish: () => void; lose: (error: Error) => void }[] = [];
  closed = false;
  tidied = 0;

  tidy = (): Promise<void> => {
    this.tidied++;
    return Promise.resolve();
  };
  start = (): Promise<never> => Promise.resolve({ loadMs: 1, joinable: true, heapBytes: 1 } as never);
  close = (): Promise<void> => {
    this.closed = true;
    return Promise.resolve();
  };
  run = (entries: readonly BatchEntry[]): Promise<BatchResult> => {
    const bodies = entries.map(({ body }) => Buffer.from(body).toString());
    const { promise, resolve, reject } = Promise.withResolvers<BatchResult>();
    const finish = (): void => resolve(answering(bodies));
    this.batches.push({ bodies, finish, lose: reject });
    return promise;
  };
  /** Finishes batch `i`, and lets what follows from it happen. */
  async finish(i: number): Promise<void> {
    this.batches[i]?.finish();
    await turn();
  }
}

function answering(bodies: string[]): BatchResult {
  let length = 0;
  const ends = bodies.map((body) => (length += body.length));
  return {
    type: 'batch',
    text: bodies.join(''),
    ends,
    binaries: null,
    errors: null,
    rows: bodies.map(() => 1),
    runs: [],
    heapBytes: 1,
  };
}

/** Long enough for a busy machine to post a request in. */
const SOON_STUCK = { timeoutMs: 200, stuckGraceMs: 5 };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

async function start(overrides: Partial<EndpointOptions> = {}): Promise<{ endpoint: Endpoint; host: HeldHost }> {
  const host = new HeldHost();
  const endpoint = new Endpoint(endpointOptions('forest', overrides), () => host);
  await endpoint.start();
  return { endpoint, host };
}

async function failure(answer: Promise<string>): Promise<AppError> {
  return answer.then(
    () => Promise.reject(new Error('was answered')),
    (error: AppError) => error,
  );
}

/** Pools whose loading the test decides; the newest is the last. */
class Pools {
  readonly made: (HeldHost & { load: PromiseWithResolvers<never> })[] = [];
  /** New pools load at once while nobody holds them. */
  held = false;

  readonly make = (): HeldHost => {
    const load = Promise.withResolvers<never>();
    const host = Object.assign(new HeldHost(), { load });
    host.start = () => load.promise;
    if (!this.held) load.resolve(REPORT);
    this.made.push(host);
    return host;
  };

  get last(): HeldHost & { load: PromiseWithResolvers<never> } {
    return this.made.at(-1) as HeldHost & { load: PromiseWithResolvers<never> };
  }
}

const REPORT = { loadMs: 1, joinable: true, heapBytes: 1 } as never;

async function startSleepy(overrides: Partial<EndpointOptions> = {}): Promise<{ endpoint: Endpoint; pools: Pools }> {
  const pools = new Pools();
  const endpoint = new Endpoint(endpointOptions('forest', { idleTimeoutMs: 10, ...overrides }), pools.make);
  await endpoint.start();
  return { endpoint, pools };
}

async function untilAsleep(endpoint: Endpoint): Promise<void> {
  while (endpoint.workers > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** An endpoint that fell asleep and is being woken by one request: the load of its new threads is the test's to end. */
async function startWaking(): Promise<{ endpoint: Endpoint; pools: Pools; answer: Promise<string> }> {
  const { endpoint, pools } = await startSleepy();
  await untilAsleep(endpoint);
  pools.held = true;
  return { endpoint, pools, ...(await give(endpoint, 'a')) };
}

/** Gives an endpoint one request and lets what follows from it happen. @returns the promise of its answer, in a box */
async function give(endpoint: Endpoint, body: string): Promise<{ answer: Promise<string> }> {
  const { entry, answer } = ask(body);
  endpoint.submit(entry);
  await turn();
  return { answer };
}

describe('an endpoint that sleeps', () => {
  test('lets its threads go, stays running, and answers the next request after one wake', async () => {
    const { endpoint, pools } = await startSleepy({ modelBytes: 1000 });
    expect(endpoint.workers).toBe(1);
    expect(endpoint.memoryBytes).toBeGreaterThan(1000);
    await untilAsleep(endpoint);
    expect(pools.last.closed).toBe(true);
    expect(endpoint.state).toBe('running');
    expect(endpoint.memoryBytes).toBe(0);
    pools.held = true;
    const asked = ['a', 'b', 'c'].map((body) => ask(body));
    for (const { entry } of asked) {
      endpoint.submit(entry);
      await turn();
    }
    expect(pools.made).toHaveLength(2);
    expect(endpoint.stats().queueDepth).toBe(3);
    pools.last.load.resolve(REPORT);
    await turn();
    expect(pools.last.batches.map(({ bodies }) => bodies)).toEqual([['a', 'b', 'c']]);
    await pools.last.finish(0);
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(['a', 'b', 'c']);
    expect(endpoint.workers).toBe(1);
    await endpoint.drain();
  });

  test('does not sleep while a run is under way, however long it takes', async () => {
    const { endpoint, pools } = await startSleepy();
    const { entry, answer } = ask('a');
    endpoint.submit(entry);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(endpoint.workers).toBe(1);
    expect(pools.last.closed).toBe(false);
    await pools.last.finish(0);
    expect(await answer).toBe('a');
    await untilAsleep(endpoint);
  });

  test('tidies up after it was woken in a hurry, once it has been quiet for a second', async () => {
    const { endpoint, pools } = await startSleepy();
    await untilAsleep(endpoint);
    expect(pools.last.tidied).toBe(0);
    await endpoint.drain();
    const woken = new Pools();
    const patient = new Endpoint(endpointOptions('forest', { idleTimeoutMs: 60_000 }), woken.make);
    patient.startAsleep();
    const askedAt = performance.now();
    const { answer } = await give(patient, 'a');
    await woken.last.finish(0);
    await answer;
    while (woken.last.tidied === 0 && performance.now() - askedAt < 20_000)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(999);
    await patient.drain();
    expect(woken.last.tidied).toBe(1);
  });

  test('waits for the end of its old threads before it starts new ones', async () => {
    const pools = new Pools();
    const endpoint = new Endpoint(endpointOptions('forest', { idleTimeoutMs: 10 }), pools.make);
    await endpoint.start();
    const ended = Promise.withResolvers<void>();
    pools.last.close = () => ended.promise;
    await untilAsleep(endpoint);
    const { answer } = await give(endpoint, 'a');
    expect(pools.made).toHaveLength(1);
    ended.resolve();
    await turn();
    expect(pools.made).toHaveLength(2);
    await pools.last.finish(0);
    expect(await answer).toBe('a');
    await endpoint.drain();
  });

  test('starts asleep where it is told to', async () => {
    const pools = new Pools();
    const endpoint = new Endpoint(endpointOptions('forest', { idleTimeoutMs: 60_000 }), pools.make);
    endpoint.startAsleep();
    expect(pools.made).toHaveLength(0);
    expect([endpoint.state, endpoint.workers, endpoint.refusal()]).toEqual(['running', 0, null]);
    const { answer } = await give(endpoint, 'a');
    await pools.last.finish(0);
    expect(await answer).toBe('a');
    await endpoint.drain();
  });

  test('a wake that fails answers what waits with 503, is told, and is tried again with the next request', async () => {
    const told: AppError[] = [];
    const { endpoint, pools } = await startSleepy({ onFailure: (error) => told.push(error) });
    await untilAsleep(endpoint);
    pools.held = true;
    const asked = ['a', 'b'].map((body) => ask(body));
    asked.forEach(({ entry }) => endpoint.submit(entry));
    await turn();
    pools.last.load.reject(new AppError('inference_failed', 'could not be loaded', { reason: 'no such file' }));
    for (const { answer } of asked) {
      expect(await failure(answer)).toMatchObject({ code: 'not_ready', status: 503, reason: 'no such file' });
    }
    expect(endpoint.stats().lastError).toMatch(/could not be woken: no such file/);
    expect(told).toHaveLength(1);
    expect([endpoint.state, endpoint.workers]).toEqual(['running', 0]);
    pools.held = false;
    const { answer } = await give(endpoint, 'c');
    await pools.last.finish(0);
    expect(await answer).toBe('c');
    await endpoint.drain();
  });

  test('holds its queue bound and its deadlines while it wakes', async () => {
    const { endpoint, pools } = await startSleepy({
      timeoutMs: 30,
      batching: { maxSize: 9, maxDelayMs: 0, maxQueue: 2 },
    });
    await untilAsleep(endpoint);
    pools.held = true;
    const asked = ['a', 'b', 'c'].map((body) => ask(body));
    asked.forEach(({ entry }) => endpoint.submit(entry));
    const [a, b, c] = await Promise.all(asked.map(({ answer }) => failure(answer)));
    expect([a?.status, b?.status, c?.status]).toEqual([504, 504, 429]);
    pools.last.load.resolve(REPORT);
    await turn();
    expect(pools.last.batches).toHaveLength(0);
    await untilAsleep(endpoint);
  });

  test('a stop while it wakes drops what waits at once, and ends the threads only after their load', async () => {
    const { endpoint, pools, answer } = await startWaking();
    let drained = false;
    const drain = endpoint.drain().then(() => (drained = true));
    expect(await failure(answer)).toMatchObject({ code: 'not_ready', status: 503 });
    await turn();
    expect([drained, pools.last.closed]).toEqual([false, false]);
    pools.last.load.resolve(REPORT);
    await drain;
    expect(pools.last.closed).toBe(true);
    expect([endpoint.state, endpoint.workers]).toEqual(['stopped', 0]);
  });

  test('a swap while it wakes answers what waits', async () => {
    const { endpoint, pools, answer } = await startWaking();
    const retired = endpoint.retire();
    pools.last.load.resolve(REPORT);
    await turn();
    await pools.last.finish(0);
    expect(await answer).toBe('a');
    await retired;
    expect(pools.last.closed).toBe(true);
  });

  test('a swap while it wakes in vain tells what waits, and ends', async () => {
    const { endpoint, pools, answer } = await startWaking();
    const retired = endpoint.retire();
    pools.last.load.reject(new Error('gone'));
    expect(await failure(answer)).toMatchObject({ status: 503 });
    await retired;
    expect(endpoint.state).toBe('stopped');
  });

  test('stops and is replaced while it sleeps, without a thread', async () => {
    for (const end of ['drain', 'retire'] as const) {
      const { endpoint, pools } = await startSleepy();
      await untilAsleep(endpoint);
      await endpoint[end]();
      expect([endpoint.state, pools.made.length]).toEqual(['stopped', 1]);
      expect(endpoint.refusal()).toMatchObject({ code: 'not_ready' });
    }
  });
});

describe('Endpoint', () => {
  test('makes one batch of what arrives in one turn, and the next of what piles up meanwhile', async () => {
    const { endpoint, host } = await start();
    const asked = ['a', 'b', 'c', 'd', 'e'].map((body) => ask(body));
    asked.slice(0, 2).forEach(({ entry }) => endpoint.submit(entry));
    await turn();
    asked.slice(2).forEach(({ entry }) => endpoint.submit(entry));
    await turn();
    expect(host.batches.map(({ bodies }) => bodies)).toEqual([['a', 'b']]);
    await host.finish(0);
    expect(host.batches.map(({ bodies }) => bodies)).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    await host.finish(1);
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('posts no more batches than there are threads', async () => {
    const { endpoint, host } = await start({ workers: 2, batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 9 } });
    for (const body of ['a', 'b', 'c']) endpoint.submit(ask(body).entry);
    await turn();
    expect(host.batches.map(({ bodies }) => bodies)).toEqual([['a'], ['b']]);
    await host.finish(1);
    expect(host.batches).toHaveLength(3);
  });

  test('refuses what is beyond its queue with 429, and takes again when there is room', async () => {
    const { endpoint, host } = await start({ batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 2 } });
    const asked = ['a', 'b', 'c'].map((body) => ask(body));
    endpoint.submit((asked[0] as (typeof asked)[0]).entry);
    await turn();
    asked.slice(1).forEach(({ entry }) => endpoint.submit(entry));
    expect(endpoint.refusal()).toMatchObject({ code: 'queue_full', status: 429 });
    const { entry, answer } = ask('d');
    endpoint.submit(entry);
    expect(await failure(answer)).toMatchObject({ code: 'queue_full' });
    expect(endpoint.stats()).toMatchObject({ queueDepth: 2, requestsTotal: 2, errorsTotal: 2 });
    await host.finish(0);
    expect(endpoint.refusal()).toBeNull();
  });

  test('drops clients that have gone, and gives their places to others', async () => {
    const { endpoint, host } = await start({ batching: { maxSize: 9, maxDelayMs: 0, maxQueue: 2 } });
    await give(endpoint, 'a');
    let gone = false;
    for (const body of ['b', 'c']) endpoint.submit(ask(body, { isAbandoned: () => gone }).entry);
    expect(endpoint.refusal()).not.toBeNull();
    gone = true;
    expect(endpoint.refusal()).toBeNull();
    endpoint.submit(ask('d').entry);
    endpoint.submit(ask('e', { isAbandoned: () => gone }).entry);
    await host.finish(0);
    expect(host.batches[1]?.bodies).toEqual(['d']);
  });

  test('answers 504 at the deadline while the run goes on, and never posts what is late', async () => {
    const { endpoint, host } = await start({ timeoutMs: 30, stuckGraceMs: 60_000 });
    const running = await give(endpoint, 'a');
    const waiting = ask('b');
    endpoint.submit(waiting.entry);
    expect(await failure(running.answer)).toMatchObject({ code: 'deadline_exceeded', status: 504 });
    expect(await failure(waiting.answer)).toMatchObject({ code: 'deadline_exceeded' });
    expect(endpoint.state).toBe('running');
    await host.finish(0);
    expect(host.batches).toHaveLength(1);
    expect(endpoint.stats()).toMatchObject({ queueDepth: 0, requestsTotal: 2, errorsTotal: 2 });
    expect(endpoint.stats().lastError).toMatch(/did not answer within its 0.03 s/);
  });

  test('does not post what is late already, though no timer has said so', async () => {
    const { endpoint, host } = await start({ timeoutMs: 1000 });
    const {
      entry: { body, reply },
      answer,
    } = ask('a');
    endpoint.submit(new Entry(body, FEATURES, reply, performance.now() - 1001));
    await turn();
    expect(host.batches).toHaveLength(0);
    expect(await failure(answer)).toMatchObject({ code: 'deadline_exceeded' });
  });

  test('is stuck while a run does not come back, refuses, and recovers when it does', async () => {
    const { endpoint, host } = await start(SOON_STUCK);
    const { entry, answer } = ask('a');
    endpoint.submit(entry);
    await failure(answer);
    while (endpoint.state !== 'stuck') await new Promise((resolve) => setTimeout(resolve, 2));
    expect(endpoint.refusal()).toMatchObject({ code: 'not_ready' });
    expect(endpoint.stats().lastError).toMatch(/has not come back/);
    await host.finish(0);
    expect(endpoint.state).toBe('running');
    expect(endpoint.refusal()).toBeNull();
  });

  test('a run that never returns does not keep a drain, nor is its pool closed', async () => {
    const { endpoint, host } = await start(SOON_STUCK);
    await give(endpoint, 'a');
    await endpoint.drain();
    expect(endpoint.state).toBe('stuck');
    expect(host.closed).toBe(false);
    await host.finish(0);
    expect(endpoint.state).toBe('stopped');
    expect(host.closed).toBe(true);
  });

  test('a swap is not kept by a run that never returns, nor by what waited behind it', async () => {
    const { endpoint, host } = await start(SOON_STUCK);
    await give(endpoint, 'a');
    const { entry, answer } = ask('b');
    endpoint.submit(entry);
    await endpoint.retire();
    expect(await failure(answer)).toMatchObject({ code: 'deadline_exceeded' });
    expect([endpoint.state, host.batches.length]).toEqual(['stuck', 1]);
    await host.finish(0);
    expect(host.closed).toBe(true);
  });

  test('drain drops what waits with 503, answers what runs, then closes', async () => {
    const { endpoint, host } = await start();
    const running = await give(endpoint, 'a');
    const waiting = ask('b');
    endpoint.submit(waiting.entry);
    const drained = endpoint.drain();
    expect(await failure(waiting.answer)).toMatchObject({ code: 'not_ready', status: 503 });
    expect(endpoint.refusal()).toMatchObject({ code: 'not_ready' });
    expect(host.closed).toBe(false);
    await host.finish(0);
    await drained;
    expect(await running.answer).toBe('a');
    expect(host.batches).toHaveLength(1);
    expect(endpoint.state).toBe('stopped');
  });

  test('retire answers what waits too, then closes', async () => {
    const { endpoint, host } = await start({ batching: { maxSize: 1, maxDelayMs: 0, maxQueue: 9 } });
    const asked = ['a', 'b', 'c'].map((body) => ask(body));
    asked.forEach(({ entry }) => endpoint.submit(entry));
    const retired = endpoint.retire();
    for (let i = 0; i < 3; i++) {
      await turn();
      await host.finish(i);
    }
    await retired;
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(['a', 'b', 'c']);
    expect(host.closed).toBe(true);
  });

  test('a swap does not wait for company that will not come', async () => {
    const { endpoint, host } = await start({ batching: { maxSize: 2, maxDelayMs: 60_000, maxQueue: 9 } });
    const { answer } = await give(endpoint, 'a');
    expect(host.batches).toHaveLength(0);
    const retired = endpoint.retire();
    await turn();
    await host.finish(0);
    expect(await answer).toBe('a');
    await retired;
    expect(host.closed).toBe(true);
  });

  test('waits for company only as long as asked, and not when the batch is full', async () => {
    const { endpoint, host } = await start({ batching: { maxSize: 2, maxDelayMs: 60_000, maxQueue: 9 } });
    await give(endpoint, 'a');
    expect(host.batches).toHaveLength(0);
    endpoint.submit(ask('b').entry);
    await turn();
    expect(host.batches.map(({ bodies }) => bodies)).toEqual([['a', 'b']]);
  });

  test('tells every entry of a batch when its thread is lost', async () => {
    const { endpoint, host } = await start();
    const asked = [ask('a'), ask('b')];
    asked.forEach(({ entry }) => endpoint.submit(entry));
    await turn();
    host.batches[0]?.lose(new AppError('worker_lost', 'lost'));
    for (const { answer } of asked) expect(await failure(answer)).toMatchObject({ code: 'worker_lost', status: 500 });
    expect(endpoint.state).toBe('running');
  });
});

describe('the gauges of an endpoint', () => {
  const LABELS = { service: 'modelport', model_id: 'forest', version: '1', environment: 'production' };

  function counted(host: HeldHost): { endpoint: Endpoint; hasGauges: () => Promise<boolean> } {
    const metrics = new Metrics();
    const options = { metrics: metrics.forModel(LABELS), ...SOON_STUCK };
    const endpoint = new Endpoint(endpointOptions('forest', options), () => host);
    return { endpoint, hasGauges: async () => /^prediction_queue_depth\{/m.test(await metrics.render()) };
  }

  test.each(['drain', 'retire'] as const)('go with the end of a %s', async (end) => {
    const { endpoint, hasGauges } = counted(new HeldHost());
    await endpoint.start();
    expect(await hasGauges()).toBe(true);
    await endpoint[end]();
    expect(await hasGauges()).toBe(false);
  });

  test('go with a stop that a run never lets come to its end', async () => {
    const { endpoint, hasGauges } = counted(new HeldHost());
    await endpoint.start();
    await give(endpoint, 'a');
    await endpoint.drain();
    expect(endpoint.state).toBe('stuck');
    expect(await hasGauges()).toBe(false);
  });

  test('do not stay behind a start that failed', async () => {
    const host = new HeldHost();
    const failing = Promise.reject<never>(new Error('no such file'));
    host.start = () => failing;
    const { endpoint, hasGauges } = counted(host);
    await expect(endpoint.start()).rejects.toThrow('no such file');
    expect(endpoint.state).toBe('failed');
    expect(await hasGauges()).toBe(false);
  });
});

describe('an endpoint under large requests', () => {
  /** How many batches had been given to the thread when the first of two requests was answered. */
  async function givenAtAnswer(second: string): Promise<number> {
    const { endpoint, host } = await start();
    const [learnt, first, next] = ['a', 'b'.repeat(100), second].map((body) => ask(body));
    // Of one row and one byte: from now on bytes are rows.
    endpoint.submit(learnt!.entry);
    await turn();
    await host.finish(0);
    endpoint.submit(first!.entry);
    await turn();
    endpoint.submit(next!.entry);
    let given = 0;
    const { reply } = first!.entry;
    const answered = jest.spyOn(reply, 'answered').mockImplementation(() => (given = host.batches.length));
    await host.finish(1);
    expect(answered).toHaveBeenCalledTimes(1);
    expect(host.batches.map(({ bodies }) => bodies)).toEqual([['a'], ['b'.repeat(100)], [second]]);
    await host.finish(2);
    expect(await next!.answer).toBe(second);
    expect(host.batches).toHaveLength(3);
    await endpoint.drain();
    return given;
  }

  test('gives the thread the next one before it answers', async () => {
    expect(await givenAtAnswer('c'.repeat(64))).toBe(3);
  });

  test('lets a small one wait for company', async () => {
    expect(await givenAtAnswer('c')).toBe(2);
  });
});
