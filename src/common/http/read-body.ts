import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors';
import { assertKnownEncoding, inflateBody } from './inflate-body';

export interface BodyBounds {
  maxBytes: number;
  /** Longest time without a single byte, in milliseconds. */
  timeoutMs: number;
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
 * unsupported_media_type (content encoding), bad_request (not what the encoding says)
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

/** State of one body under way. A class, so that the hot path allocates one object and a fixed set of listeners. */
class BodyReader {
  private received = 0;
  private first: Buffer | null = null;
  /** Filled from the second chunk on: one exact buffer when the length was announced, a list when it was not. */
  private whole: Buffer | null = null;
  private readonly chunks: Buffer[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly req: IncomingMessage,
    private readonly bounds: BodyBounds,
    private readonly announced: number,
    private readonly done: Done,
  ) {}

  start(): void {
    if (this.req.destroyed && !this.req.complete) return this.done(new ClientGone(), NOTHING);
    if (this.req.readableEnded) return this.done(null, NOTHING);
    this.timer = setTimeout(this.onStall, this.bounds.timeoutMs);
    this.req.on('data', this.onData).on('end', this.onEnd).on('close', this.onClose).on('error', this.onClose);
  }

  private readonly onData = (chunk: Buffer): void => {
    this.timer?.refresh();
    const start = this.received;
    this.received += chunk.length;
    if (this.received > this.bounds.maxBytes) return this.settle(tooLarge(this.bounds.maxBytes));
    if (!this.first) {
      this.first = chunk;
      return;
    }
    if (!(this.announced >= 0)) {
      this.chunks.push(chunk);
      return;
    }
    if (!this.whole) {
      // A buffer of its own, not a slice of Node's pool, so that it can be transferred to a worker without a copy.
      this.whole = Buffer.allocUnsafeSlow(this.announced);
      this.first.copy(this.whole, 0);
    }
    chunk.copy(this.whole, start);
  };

  private readonly onEnd = (): void => {
    if (this.whole) return this.settle(null, this.whole);
    if (!this.first) return this.settle(null, NOTHING);
    this.settle(null, this.chunks.length === 0 ? this.first : joinChunks(this.first, this.chunks, this.received));
  };

  private readonly onClose = (): void => this.settle(new ClientGone());

  private readonly onStall = (): void => {
    const seconds = this.bounds.timeoutMs / 1000;
    const of = this.announced >= 0 ? ` of ${this.announced}` : '';
    this.settle(
      new AppError('body_timeout', `No byte of the body came for ${seconds} s; found ${this.received}${of} bytes`),
    );
  };

  private settle(error: Error | null, body: Uint8Array = NOTHING): void {
    if (this.timer) clearTimeout(this.timer);
    this.req.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose).off('error', this.onClose);
    if (error) this.req.pause();
    this.done(error, body);
  }
}

function joinChunks(first: Buffer, rest: Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(length);
  let at = first.copy(whole, 0);
  for (const chunk of rest) at += chunk.copy(whole, at);
  return whole;
}
