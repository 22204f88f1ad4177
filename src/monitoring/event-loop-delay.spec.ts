import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { reportEventLoopDelay } from './event-loop-delay';

describe('reportEventLoopDelay', () => {
  let registry: Registry;
  let end: () => void;

  beforeEach(() => {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
    end = reportEventLoopDelay(registry);
  });

  afterEach(() => end());

  /** One scrape: the gauges of the delay, in milliseconds, by what stands between name and unit. */
  async function scrape(): Promise<Record<string, number>> {
    const lines = (await registry.metrics()).matchAll(/^nodejs_eventloop_lag(?:_(\w+))?_seconds (\S+)$/gm);
    return Object.fromEntries([...lines].map(([, of, seconds]) => [of ?? 'scrape', Number(seconds) * 1000]));
  }

  function block(ms: number): void {
    for (const until = performance.now() + ms; performance.now() < until;);
  }

  it('tells every gauge of prom-client under its name, once', async () => {
    const names = (text: string) => [...text.matchAll(/^nodejs_eventloop_lag\S*/gm)].map(([name]) => name).sort();
    const theirs = new Registry();
    collectDefaultMetrics({ register: theirs });
    expect(names(await registry.metrics())).toEqual(names(await theirs.metrics()));
  });

  it('does not count the interval of the monitor: half of the turns of an idle loop are hardly late', async () => {
    await sleep(300);
    const { p50, min } = await scrape();
    expect(p50).toBeLessThan(8);
    expect(min).toBeLessThan(8);
  });

  it('tells how long the loop was blocked, in the scrape after it and in no later one', async () => {
    await sleep(50);
    block(200);
    await sleep(50);
    const { max, p99, mean } = await scrape();
    expect(max).toBeGreaterThan(180);
    expect(p99).toBeGreaterThan(180);
    expect(mean).toBeLessThan(max!);
    await sleep(100);
    expect((await scrape()).max).toBeLessThan(180);
  });

  it('tells none where no turn was between two scrapes', async () => {
    await scrape();
    expect(await scrape()).toMatchObject({ min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 });
  });

  it('tells what the scrape waited for its turn', async () => {
    const scraping = scrape();
    block(50);
    expect((await scraping).scrape).toBeGreaterThan(45);
  });
});
