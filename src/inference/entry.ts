import type { AppError } from '../common/errors';
import type { Datatype } from '../common/signature';
import type { BinaryAnswer, EntryKind } from './protocol';

/** Where the answer goes: an HTTP response, or whatever else asks. Called exactly once for each entry. */
export interface Reply {
  /**
   * @param answer as JSON, open at its end, in ASCII, as bytes where it is large; or in binary tensors where the entry's
   * kind asks for them
   * @param now instant of the answer, of `performance.now()`: one for all of a batch
   */
  answered(answer: string | Uint8Array | BinaryAnswer, now: number): void;
  failed(error: AppError): void;
  /** Whether nobody waits any more, so that the work need not be done. */
  isAbandoned(): boolean;
}

/** One request in an endpoint: its bytes, how they are read, and its instants (of `performance.now()`). */
export class Entry {
  dispatchedAt = 0;
  settled = false;

  constructor(
    /** Not to be touched after submission: large bodies are handed to the worker. */
    readonly body: Uint8Array,
    readonly kind: EntryKind,
    readonly reply: Reply,
    readonly submittedAt = performance.now(),
    /** Of raw rows, where the request says it. */
    readonly datatype: Datatype | null = null,
  ) {}
}
