import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

const INTERVAL_MS = 10;
const NAME = 'nodejs_eventloop_lag';

/** What is told of the delays since the last scrape, and whether the interval is in what the monitor says of it. */
const READINGS: [suffix: string, help: string, read: (delays: ELDHistogram) => number, interval: boolean][] = [
  ['min', 'Least', (delays) => delays.min, true],
  ['max', 'Greatest', (delays) => delays.max, true],
  ['mean', 'Mean', (delays) => delays.mean, true],
  ['stddev', 'Standard deviation', (delays) => delays.stddev, false],
  ['p50', '50th percentile', (delays) => delays.percentile(50), true],
  ['p90', '90th percentile', (delays) => delays.percentile(90), true],
  ['p99', '99th percentile', (delays) => delays.percentile(99), true],
];

/**
 * Puts gauges of the event loop's delay, in seconds since the last scrape, in the place of prom-client's of the same
 * names. Node's monitor is a timer of 10 ms and tells what passed from one of its turns to the next, so that
 * prom-client 15 reports 10 ms for a loop that kept nobody waiting; and 9.2e9 s where the timer did not run at all
 * between two scrapes. Here the interval is taken off, and no turn is no delay.
 * @returns ends the monitor
 */
export function reportEventLoopDelay(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  delays.enable();
  const gauge = (suffix: string, help: string, collect?: () => Promise<void>) => {
    const name = `${NAME}${suffix}_seconds`;
    registry.removeSingleMetric(name);
    return new Gauge({ name, help, registers: [registry], ...(collect && { collect }) });
  };
  // A registry asks its metrics in their order: what sets the others is the first of them.
  const wait = gauge('', "What the scrape itself waited for the event loop's next turn.", async () => {
    for (const reading of readings) reading.gauge.set(reading.seconds());
    delays.reset();
    const start = performance.now();
    await turn();
    wait.set((performance.now() - start) / 1000);
  });
  const readings = READINGS.map(([suffix, help, read, interval]) => ({
    gauge: gauge(`_${suffix}`, `${help} of the event loop's delays since the last scrape.`),
    seconds: () => (delays.count === 0 ? 0 : Math.max(0, read(delays) / 1e9 - (interval ? INTERVAL_MS / 1000 : 0))),
  }));
  return () => delays.disable();
}
