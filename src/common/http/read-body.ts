import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors';
import { freeBytes, noteLargeBody } from './body-memory';
import { assertKnownEncoding, inflateBody } from './inflate-body';
import { LINGER } from './linger';

export interface BodyBounds {
  maxBytes: number;
  /** Longest time without a single byte, in milliseconds. */
  timeoutMs: number;
  /** Bytes of bodies under way, of all readers together, beyond which no large one is read; absent: half a gigabyte. */
  mostHeldBytes?: number;
}

/** The client left before its request was complete: nobody is there to answer, and nothing is to be logged. */
export class ClientGone extends Error {
  constructor() {
    super('The client closed the connection before its request was complete');
    this.name = 'ClientGone';
  }
}

type Done = (error: Error | null, body: Uint8Array) => void;

const NOTHING = new Uint8Array(0);

/**
 * Reads a request's body whole, without encoding undone only when none was announced. The bytes may be a view into a
 * larger buffer; their length is exact.
 * @throws AppError body_too_large (at once when the announced length is over the bound), body_timeout,
 * unsupported_media_type (content encoding), bad_request (not what the encoding says), not_ready (too many large bodies
 * under way)
 * @throws ClientGone when the connection closed early
 */
export function readBody(req: IncomingMessage, bounds: BodyBounds): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    collectBody(req, bounds, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

/** {@link readBody} for the hot path: one callback, no promise. */
export function collectBody(req: IncomingMessage, bounds: BodyBounds, done: Done): void {
  const encoding = req.headers['content-encoding']?.trim().toLowerCase();
  const announced = Number(req.headers['content-length'] ?? NaN);
  try {
    if (encoding !== undefined) assertKnownEncoding(encoding);
    if (announced > bounds.maxBytes) throw tooLarge(bounds.maxBytes, announced);
  } catch (error) {
    return done(error as Error, NOTHING);
  }
  const inflating: Done = (error, body) => {
    if (error || encoding === undefined) return done(error, body);
    inflateBody(body, encoding, bounds.maxBytes).then(
      (inflated) => done(null, inflated),
      (failure: Error) => done(failure, NOTHING),
    );
  };
  new BodyReader(req, bounds, announced, inflating).start();
}

function tooLarge(maxBytes: number, found?: number): AppError {
  const what = found === undefined ? 'more' : `${found} bytes`;
  return new AppError('body_too_large', `The body may have at most ${maxBytes} bytes; found ${what}`);
}

/**
 * Bytes of all bodies that have not come whole yet. Clients that send slowly, or stop, make a server keep what they have
 * sent; a hundred of them would fill its memory.
 */
let held = 0;
const MOST_HELD_BYTES = 512_000_000;
/** Smaller bodies are read in any case: what holds the memory is not they. */
const SMALL_BYTES = 64 * 1024;

function mostHeld({ maxBytes, mostHeldBytes }: BodyBounds): number {
  return mostHeldBytes ?? Math.max(MOST_HELD_BYTES, 8 * maxBytes);
}

function tooManyBodies(): AppError {
  return new AppError('not_ready', 'Too many large bodies are being sent at once for the memory that they may take', {
    headers: { connection: 'close' },
  });
}

/** Where a request keeps the reader of its body, so that every request has the same listeners and none of its own. */
const READER = Symbol('body reader');
type ReadRequest = IncomingMessage & { [READER]?: BodyReader };

/** Readers begun in this turn of the event loop. Most bodies come with their head, and never need what follows. */
let fresh: BodyReader[] = [];

function watchFresh(): void {
  const begun = fresh;
  fresh = [];
  for (const reader of begun) reader.watch();
}

/**
 * State of one body under way. What a small body does not need (a timer, word of a lost connection) is set up only
 * when it has not come by the next turn: together they cost more than reading it.
 */
class BodyReader {
  private received = 0;
  private settled = false;
  private first: Buffer | null = null;
  /** Filled from the second chunk on: exact when the length was announced, growing when it was not. */
  private whole: Buffer | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly req: ReadRequest,
    private readonly bounds: BodyBounds,
    private readonly announced: number,
    private readonly done: Done,
  ) {}

  start(): void {
    const { req } = this;
    if (req.destroyed && !req.complete) return this.done(new ClientGone(), NOTHING);
    if (req.readableEnded) return this.done(null, NOTHING);
    req[READER] = this;
    if (fresh.push(this) === 1) setImmediate(watchFresh);
    req.on('data', onData);
    if (!this.endsByLength()) req.on('end', onEnd);
  }

  /** Guards a body that has not come with its head. */
  watch(): void {
    if (this.settled) return;
    if (this.req.destroyed) return this.settle(new ClientGone());
    this.timer = setTimeout(() => this.stalled(), this.bounds.timeoutMs);
    this.req.on('close', onClose).on('error', onClose);
  }

  take(chunk: Buffer): void {
    if (this.settled) return;
    this.timer?.refresh();
    const start = this.received;
    this.received += chunk.length;
    held += chunk.length;
    if (this.received > this.bounds.maxBytes) return this.settle(tooLarge(this.bounds.maxBytes));
    if (held > mostHeld(this.bounds) && this.received > SMALL_BYTES) return this.settle(tooManyBodies());
    if (!this.first) this.first = chunk;
    else this.append(this.first, chunk, start);
    if (this.received === this.announced && this.endsByLength()) this.end();
  }

  end(): void {
    const { whole, first, received } = this;
    if (!whole) return this.settle(null, first ?? NOTHING);
    this.settle(
      null,
      whole.length === received ? whole : Buffer.from((whole.buffer as ArrayBuffer).transfer(received)),
    );
  }

  gone(): void {
    this.settle(new ClientGone());
  }

  /** A body of announced length is complete with its last byte. A long one waits to be called so, for {@link mustLinger}. */
  private endsByLength(): boolean {
    return this.announced > 0 && this.announced <= LINGER.keepAliveBytes;
  }

  private append(first: Buffer, chunk: Buffer, start: number): void {
    if (!this.whole) {
      // A buffer of its own, not a slice of Node's pool, so that it can be transferred to a worker without a copy.
      this.whole = Buffer.allocUnsafeSlow(this.announced >= 0 ? this.announced : 2 * this.received);
      moveInto(this.whole, first, 0);
    } else if (this.received > this.whole.length) {
      // Chunks are not kept as they come: of one byte each, they would take a hundred times the body.
      const longer = Buffer.allocUnsafeSlow(2 * this.received);
      moveInto(longer, this.whole.subarray(0, start), 0);
      freeBytes(this.whole);
      this.whole = longer;
    }
    moveInto(this.whole, chunk, start);
  }

  private stalled(): void {
    const seconds = this.bounds.timeoutMs / 1000;
    const of = this.announced >= 0 ? ` of ${this.announced}` : '';
    this.settle(
      new AppError('body_timeout', `No byte of the body came for ${seconds} s; found ${this.received}${of} bytes`),
    );
  }

  private settle(error: Error | null, body: Uint8Array = NOTHING): void {
    if (this.settled) return;
    this.settled = true;
    held -= this.received;
    if (this.timer) {
      clearTimeout(this.timer);
      this.req.off('close', onClose).off('error', onClose);
    }
    if (error) this.req.off('data', onData).off('end', onEnd).pause();
    if (this.received > LINGER.keepAliveBytes) noteLargeBody(this.received);
    this.done(error, body);
  }
}

function onData(this: ReadRequest, chunk: Buffer): void {
  this[READER]?.take(chunk);
}

function onEnd(this: ReadRequest): void {
  this[READER]?.end();
}

function onClose(this: ReadRequest): void {
  this[READER]?.gone();
}

/**
 * Copies a chunk and frees its memory at once where it has its own: left to the collector, the chunks of large bodies
 * are what drives V8 to collections of the whole heap. @returns bytes copied
 */
function moveInto(whole: Buffer, chunk: Buffer, at: number): number {
  const length = chunk.copy(whole, at);
  freeBytes(chunk);
  return length;
}
