import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { AppError } from '../../errors';
import { freeBytes } from '../body-memory';
import type { Outlet } from '../outlet';
import { makeRequestId } from '../request-id';
import { problemReply, type ProblemOptions } from '../respond';
import { beginsWithHead, type DirectHead, readDirectHead } from './direct-head';
import { httpDate } from './http-date';

/** Larger requests spend their time elsewhere. */
const MAX_BODY_BYTES = 64 * 1024;
/** A body that comes in more pieces than this is slow, and Node's to time. */
const MAX_PIECES = 8;

/** Answers the small requests of one kind on a listener. */
export interface DirectRoute {
  /** Asked when a head has come without all of its body: whether it is worth waiting for. */
  isOpen(): boolean;
  /**
   * Takes a whole request; it is answered exactly once through the connection, now or later.
   * @returns false when it is not to be answered here after all
   */
  handle(connection: DirectConnection, body: Uint8Array): boolean;
}

/** Who answers requests with this head; null for those that Node is to read. Asked once for a head that repeats. */
export type FindDirectRoute = (head: DirectHead) => DirectRoute | null;

/** The listener that a connection belongs to. */
export interface DirectOwner {
  readonly find: FindDirectRoute;
  readonly isClosing: boolean;
  readonly keepAliveSeconds: number;
  /** Gives the connection, and what has been read of it and not been answered, to Node's HTTP server for good. */
  handOver(connection: DirectConnection, bytes: Buffer): void;
  closed(connection: DirectConnection): void;
}

/**
 * A connection whose requests are answered without Node's HTTP server while they are small, whole and plain: that
 * server's work for a request is several times what is ours. The first request that is anything else takes the
 * connection to Node's server, which reads it from its first byte, and stays there.
 */
export class DirectConnection implements Outlet {
  /** When the first byte of the request came, of `performance.now()`. */
  arrivedAt = 0;
  /** How often its body was waited for. */
  pieces = 0;
  /** Looks of the listener's sweep since the last request or answer. */
  idleSweeps = 0;
  private requestIdOrNone: string | null = null;
  private head: DirectHead | null = null;
  private route: DirectRoute | null = null;
  /** A request without the end of its body, or what came while one was being answered. */
  private held: Buffer | null = null;
  private busy = false;
  private gone = false;

  constructor(
    readonly socket: Socket,
    private readonly owner: DirectOwner,
  ) {
    socket.on('data', this.onData).on('end', this.onEnd).on('error', this.onError).on('close', this.onClose);
  }

  /** Whether a request is being answered. */
  get isBusy(): boolean {
    return this.busy;
  }

  /** Whether a part of a request is waiting for the rest. */
  get isPartial(): boolean {
    return this.held !== null && !this.busy;
  }

  get requestId(): string {
    return (this.requestIdOrNone ??= makeRequestId(this.head?.headers['x-request-id']));
  }

  isGone(): boolean {
    return this.gone;
  }

  send(status: number, headers: readonly string[], body: string | Uint8Array, tail = ''): void {
    if (typeof body === 'string') return this.sendText(status, headers, body + tail, 'latin1');
    if (this.gone || !this.busy) return;
    const { socket } = this;
    const closes = this.closesWith(headers);
    socket.cork();
    socket.write(this.headOf(status, headers, body.byteLength + tail.length, closes), 'latin1');
    socket.write(body, () => freeBytes(body));
    const isTaken = socket.write(tail, 'latin1');
    socket.uncork();
    this.answered(isTaken, closes);
  }

  sendProblem(error: AppError, options: ProblemOptions): void {
    options.log?.(error, this.requestId);
    const { headers, body } = problemReply(error, this.requestId, options);
    this.sendText(error.status, headers, body, 'utf8');
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Lets the socket go to who reads it from now on. */
  release(): void {
    this.socket
      .off('data', this.onData)
      .off('end', this.onEnd)
      .off('error', this.onError)
      .off('close', this.onClose)
      .off('drain', this.onDrain);
  }

  /** Gives a request that does not come on to Node's server, which knows how long to wait. */
  giveUpWaiting(): void {
    if (this.held && !this.busy) this.handOver(this.held);
  }

  private readonly onData = (chunk: Buffer): void => {
    this.idleSweeps = 0;
    if (this.busy) {
      // Pipelined: the answers must leave in the order of the requests.
      this.held = this.held ? Buffer.concat([this.held, chunk]) : chunk;
      this.socket.pause();
      return;
    }
    if (!this.held) {
      this.arrivedAt = performance.now();
      this.pieces = 0;
      return this.read(chunk);
    }
    const bytes = Buffer.concat([this.held, chunk]);
    this.held = null;
    this.read(bytes);
  };

  private read(bytes: Buffer): void {
    if (!this.head || !beginsWithHead(bytes, this.head)) this.findRoute(bytes);
    const { head, route } = this;
    if (!head || !route || this.owner.isClosing) return this.handOver(bytes);
    const end = head.bytes.length + head.contentLength;
    if (bytes.length < end && ++this.pieces <= MAX_PIECES && route.isOpen()) {
      this.held = bytes;
      return;
    }
    // More than one request is left to Node as well.
    if (bytes.length !== end) return this.handOver(bytes);
    this.busy = true;
    this.requestIdOrNone = null;
    if (route.handle(this, bytes.subarray(head.bytes.length))) return;
    this.busy = false;
    this.handOver(bytes);
  }

  private findRoute(bytes: Buffer): void {
    const head = readDirectHead(bytes);
    this.head = head;
    this.route = head && head.contentLength <= MAX_BODY_BYTES ? this.owner.find(head) : null;
  }

  /** Head and text leave in one write. */
  private sendText(status: number, headers: readonly string[], text: string, encoding: 'latin1' | 'utf8'): void {
    if (this.gone || !this.busy) return;
    const length = encoding === 'latin1' ? text.length : Buffer.byteLength(text);
    const closes = this.closesWith(headers);
    this.answered(this.socket.write(this.headOf(status, headers, length, closes) + text, encoding), closes);
  }

  private closesWith(headers: readonly string[]): boolean {
    return this.owner.isClosing || headers.includes('connection');
  }

  /** The same lines as Node's server sends. */
  private headOf(status: number, headers: readonly string[], length: number, closes: boolean): string {
    let lines = '';
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i] !== 'connection') lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
    }
    const connection = closes
      ? 'Connection: close'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${this.owner.keepAliveSeconds}`;
    return (
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}content-length: ${length}\r\n` +
      `x-request-id: ${this.requestId}\r\nDate: ${httpDate()}\r\n${connection}\r\n\r\n`
    );
  }

  /** @param isTaken whether the socket takes more: what a client does not read is not piled up */
  private answered(isTaken: boolean, closes: boolean): void {
    this.busy = false;
    this.idleSweeps = 0;
    if (closes) {
      this.gone = true;
      this.socket.destroySoon();
      return;
    }
    // Not now, in the middle of a batch's answers.
    if (this.held) process.nextTick(this.handOverHeld);
    else if (!isTaken) {
      this.socket.pause();
      this.socket.once('drain', this.onDrain);
    }
  }

  private readonly handOverHeld = (): void => {
    if (this.held && !this.gone) this.handOver(this.held);
  };

  private handOver(bytes: Buffer): void {
    this.held = null;
    this.owner.handOver(this, bytes);
  }

  private readonly onDrain = (): void => {
    this.socket.resume();
  };

  /** A client that sends no more is taken to have gone, as Node's server does: most have closed the connection. */
  private readonly onEnd = (): void => {
    this.gone = true;
    this.socket.end();
  };

  /** `close` follows, and is all there is to do. */
  private readonly onError = (): void => {
    this.gone = true;
  };

  private readonly onClose = (): void => {
    this.gone = true;
    this.owner.closed(this);
  };
}
