import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchResult, type EntryKind, FEATURES, type WorkerModel } from '../protocol';
import { compileReplyEncoder, type Span } from '../worker/codecs/reply-encoder';
import { RowScanner, tableShapeOf } from '../worker/codecs/scan-rows';
import type { BatchEntry } from '../worker-host';
import type { InlineModel } from './inline-model';

/** A row that costs more is better left to a thread. */
const MAX_ROW_US = 20;
/** How long one request may keep the HTTP thread. */
const MAX_REQUEST_US = 100;
/** Bytes that a request may have for each of its numbers, and besides: 24 are the longest that a double is written in. */
const NUMBER_BYTES = 32;
const OTHER_BYTES = 1024;
const TIMED_ROUNDS = 12;
const TIMED_ROWS = 16;

export type RunBatch = (entries: readonly BatchEntry[]) => Promise<BatchResult>;

/**
 * Answers small requests of a cheap model on the HTTP thread, with the very text that a worker would answer. Knows plain
 * rows of numbers only; everything else, errors most of all, is for a worker.
 */
export class InlinePath {
  /** Rows of the last answer. */
  rows = 0;
  private maxRows: number;
  private readonly span: Span = { start: 0, count: 0, single: false, flat: false };

  private constructor(
    private readonly model: InlineModel,
    private readonly scanner: RowScanner,
    private readonly textOf: (span: Span) => string,
  ) {
    this.maxRows = model.rows;
  }

  /** @returns null for a deployment whose rows are more than plain numbers, or are prepared or checked first */
  static compile(model: InlineModel, { signature, preprocessor, inputSchema }: WorkerModel): InlinePath | null {
    const shape = tableShapeOf(signature);
    if (!shape || (preprocessor ?? inputSchema ?? null) !== null) return null;
    const encoder = compileReplyEncoder(signature);
    if (!encoder.outputNames.every((name) => model.outputs.has(name))) return null;
    return new InlinePath(model, new RowScanner(shape, model.input), encoder.encode(model.outputs, model.rows));
  }

  /**
   * The answer to a request, open at its end as a worker's; null when it is not a plain one.
   * @throws RangeError when the model has no answer to these rows
   */
  answer(body: Uint8Array, kind: EntryKind): string | null {
    const { scanner, model, span } = this;
    // Reading takes time as well: a long text or much white space beside few rows is for a thread.
    if (body.byteLength > OTHER_BYTES + this.maxRows * scanner.columns * NUMBER_BYTES) return null;
    if (kind !== FEATURES || !scanner.scan(body, 0, body.byteLength, 0, this.maxRows)) return null;
    this.rows = span.count = scanner.rows;
    span.single = scanner.single;
    model.run(span.count);
    return this.textOf(span);
  }

  /**
   * Whether this path gives the same text as the worker for all probe rows, one by one and several at once, and is
   * cheap enough; to be asked before it is used. Takes some milliseconds, in pieces.
   * @throws AppError what `run` throws
   */
  async prove(run: RunBatch): Promise<boolean> {
    const bodies = this.probeBodies();
    const { text, ends, errors } = await run(bodies.map((body) => ({ body, kind: FEATURES })));
    if (errors || !bodies.every((body, i) => this.answer(body, FEATURES) === text.slice(ends[i - 1] ?? 0, ends[i]))) {
      return false;
    }
    const rowUs = await this.measure(bodies);
    this.maxRows = Math.min(this.maxRows, Math.floor(MAX_REQUEST_US / rowUs));
    return rowUs <= MAX_ROW_US;
  }

  private probeBodies(): Uint8Array[] {
    const { probes, input, rows: most } = this.model;
    const width = input.length / most;
    const rows = Array.from({ length: probes.length / width }, (_, i) => [
      ...probes.subarray(i * width, (i + 1) * width),
    ]);
    return [...rows, rows.slice(0, most)].map((features) => Buffer.from(JSON.stringify({ features })));
  }

  /** Microseconds of one row, decoded and encoded, when nothing else is in the way: the best of some rounds. */
  private async measure(bodies: readonly Uint8Array[]): Promise<number> {
    let best = Infinity;
    for (let round = 0; round < TIMED_ROUNDS; round++) {
      const startedAt = performance.now();
      for (let i = 0; i < TIMED_ROWS; i++) this.answer(bodies[i % (bodies.length - 1)]!, FEATURES);
      best = Math.min(best, performance.now() - startedAt);
      await nextTurn();
    }
    return (best * 1000) / TIMED_ROWS;
  }
}
