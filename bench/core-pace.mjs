import { clearInterval, setInterval } from 'node:timers';
import { quantile, spread } from './statistics.mjs';

const EVERY_MS = 250;
const CELLS = 4096;
const PASSES = 120;
const TRIES = 3;
const WARM_UP = 500;

/**
 * How fast the cores are while something is measured. What needs most of a core's units goes at up to half the pace when
 * somebody else uses the core's other hardware thread, and for a while after the processor was idle: neither load average
 * nor steal time tells of it. Eight sums that do not wait for each other are such work; now and then they are timed,
 * 0.15 ms each, the quickest of three so that waiting for a core does not count.
 */
export class CorePace {
  constructor() {
    this.cells = Int32Array.from({ length: CELLS }, (_, i) => i * 7);
    this.samples = [];
    // Until it is compiled.
    for (let i = 0; i < WARM_UP; i++) this.sum = work(this.cells);
    this.timer = setInterval(() => this.sample(), EVERY_MS);
    this.timer.unref();
    this.sample();
  }

  sample() {
    let quickest = Infinity;
    for (let i = 0; i < TRIES; i++) {
      const startedAt = performance.now();
      this.sum = work(this.cells);
      quickest = Math.min(quickest, performance.now() - startedAt);
    }
    this.samples.push(quickest);
  }

  /** Ends it. @returns what {@link soFar} does */
  stop() {
    clearInterval(this.timer);
    return this.soFar();
  }

  /** @returns how much longer than at its quickest the same work took: in the median, in the slowest tenth */
  soFar() {
    const sorted = [...this.samples].sort((a, b) => a - b);
    return { median: spread(sorted).median / sorted[0], slowestTenth: quantile(sorted, 0.9) / sorted[0] };
  }
}

/** What a reader of figures should know of it. */
export function paceText({ median, slowestTenth }) {
  return `A fixed piece of arithmetic, timed four times a second meanwhile, took ${median.toFixed(2)} times its quickest in the median and ${slowestTenth.toFixed(2)} times in the slowest tenth: it goes slower on cores that other tenants use as well, and after a pause.`;
}

function work(cells) {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < CELLS; i += 8) {
      a = (a + cells[i]) | 0;
      b ^= cells[i + 1];
      c = (c + cells[i + 2]) | 0;
      d ^= cells[i + 3];
      e = (e + cells[i + 4]) | 0;
      f ^= cells[i + 5];
      g = (g + cells[i + 6]) | 0;
      h ^= cells[i + 7];
    }
  }
  return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}
