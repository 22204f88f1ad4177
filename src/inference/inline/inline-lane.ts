import type { EndpointOptions } from '../endpoint-options';
import type { Entry } from '../entry';
import { InlinePath, type RunBatch } from './inline-path';

type LaneOptions = Pick<EndpointOptions, 'model' | 'batching' | 'loadInline'>;

/** The way past the threads of one endpoint: open for as long as those threads are there that it was compared with. */
export class InlineLane {
  /** Threads have come that it has not been compared with. */
  due = false;
  private path: InlinePath | null = null;

  constructor(
    private readonly options: LaneOptions,
    private readonly run: RunBatch,
  ) {}

  /** New threads have loaded the model. */
  expect(): void {
    // Who asks for a delay wants requests to be joined.
    this.due = this.options.loadInline !== undefined && this.options.batching.maxDelayMs === 0;
  }

  /**
   * Compares it with threads that have nothing else to do, and opens it when all is equal. Never throws. The threads
   * must stay until it is done.
   */
  async prove(): Promise<void> {
    this.due = false;
    try {
      const model = await this.options.loadInline?.();
      const path = model && InlinePath.compile(model, this.options.model);
      if (path && (await path.prove(this.run))) this.path = path;
    } catch {
      // A thread that was lost has been told as lost, and a file that cannot be read leaves the threads to answer.
    }
  }

  /** The threads are gone. */
  close(): void {
    this.due = false;
    this.path = null;
  }

  /** The answer to a request and its rows; null when it is one for a thread. */
  answer({ body, kind, reply }: Entry): string | null {
    if (!this.path || reply.isAbandoned()) return null;
    try {
      return this.path.answer(body, kind);
    } catch {
      // A thread finds the same, and tells it as an error.
      return null;
    }
  }

  /** Rows of the last answer. */
  get rows(): number {
    return this.path?.rows ?? 0;
  }
}
