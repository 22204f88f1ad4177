import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Distribution } from './distribution';

/** Series of a histogram, of some twenty lines each, between two turns of the event loop: about 2 ms. */
const SERIES_PER_TURN = 25;

/** Labels of a series as the text format writes them between braces; made once for each series. */
export type LabelText = string & { readonly labelText: unique symbol };

/**
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ text format 0.0.4, "Comments, help text, and type
 * information", for what is escaped
 */
export function labelText(labels: Record<string, string>): LabelText {
  const escape = (value: string) => value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',') as LabelText;
}

/**
 * Writes metrics in the Prometheus text format. prom-client's own text takes about 10 microseconds a line, which with
 * a few hundred models would hold up every prediction at each scrape; this takes a fraction of it, in small pieces.
 */
export class Exposition {
  private readonly lines: string[] = [];

  counter(name: string, help: string, samples: Iterable<[LabelText, number]>): void {
    this.family(name, help, 'counter', samples);
  }

  gauge(name: string, help: string, samples: Iterable<[LabelText, number]>): void {
    this.family(name, help, 'gauge', samples);
  }

  async histogram(name: string, help: string, series: [LabelText, Distribution][]): Promise<void> {
    this.head(name, help, 'histogram');
    for (const [i, [labels, distribution]] of series.entries()) {
      if (i % SERIES_PER_TURN === SERIES_PER_TURN - 1) await nextTurn();
      let count = 0;
      for (const [le, upTo] of distribution.cumulative()) {
        count = upTo;
        this.lines.push(`${name}_bucket{${labels},le="${le}"} ${upTo}`);
      }
      this.lines.push(`${name}_sum{${labels}} ${distribution.sum}`, `${name}_count{${labels}} ${count}`);
    }
  }

  toString(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  private family(name: string, help: string, type: string, samples: Iterable<[LabelText, number]>): void {
    this.head(name, help, type);
    for (const [labels, value] of samples) this.lines.push(`${name}{${labels}} ${value}`);
  }

  private head(name: string, help: string, type: string): void {
    this.lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }
}
