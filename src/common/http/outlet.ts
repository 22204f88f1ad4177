import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../errors';
import { freeBytes } from './body-memory';
import { requestIdOf } from './request-id';
import { type ProblemOptions, sendProblem } from './respond';

/** Where the one reply to a request goes. What comes when nobody waits any more, or a second time, is dropped. */
export interface Outlet {
  /** Goes back in `x-request-id` with every reply. */
  readonly requestId: string;
  /** Whether nobody waits any more. */
  isGone(): boolean;
  /**
   * Answers a request whose body has been read.
   * @param headers names and values in turn, without the body's length; the array is not to be used again
   * @param body text in ASCII, so that characters are bytes; or bytes, which are freed when they have been sent
   * @param tail of the body, in ASCII
   */
  send(status: number, headers: string[], body: string | Uint8Array, tail?: string): void;
  /** Answers a failure, also while the client is still sending. */
  sendProblem(error: AppError, options: ProblemOptions): void;
  /** Closes the connection without a reply. */
  destroy(): void;
}

/** A reply by Node's HTTP server. */
export class HttpOutlet implements Outlet {
  constructor(
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
  ) {}

  get requestId(): string {
    return requestIdOf(this.req);
  }

  isGone(): boolean {
    return this.res.destroyed;
  }

  send(status: number, headers: string[], body: string | Uint8Array, tail = ''): void {
    const { res } = this;
    if (res.headersSent || res.destroyed) return;
    const isText = typeof body === 'string';
    const length = (isText ? body.length : body.byteLength) + tail.length;
    headers.push('content-length', String(length), 'x-request-id', this.requestId);
    res.writeHead(status, headers);
    if (isText) return void res.end(body + tail, 'latin1');
    res.once('finish', () => freeBytes(body));
    res.write(body);
    res.end(tail, 'latin1');
  }

  sendProblem(error: AppError, options: ProblemOptions): void {
    sendProblem(this.req, this.res, error, options);
  }

  destroy(): void {
    this.res.destroy();
  }
}
