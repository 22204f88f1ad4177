import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { AppError } from '../errors';
import { answerClientErrors, type OnUnreadable } from './client-error';
import { connections, type ConnectionBudget } from './connection-budget';
import { DirectConnections } from './direct/direct-connections';
import type { FindDirectRoute } from './direct/direct-connection';
import { continueOnRead } from './expect-continue';
import { sendProblem } from './respond';

/**
 * What a listener serves: every request, before that those that can be answered past Node's HTTP server, and who is told
 * of what was no request.
 */
export interface Handlers {
  request: RequestHandler;
  direct?: FindDirectRoute;
  unreadable?: OnUnreadable;
}

export type RequestHandler = (req: IncomingMessage, res: ServerResponse) => void;

/** Longer than the pools of usual clients keep a connection, so that it is they who close an idle one, never in a race. */
const KEEP_ALIVE_MS = 75_000;
/** Node's own default, which it takes only where a whole request has a bound as well. */
const HEAD_MS = 60_000;
const NO_HOST = 'A request of HTTP/1.1 must have the header "Host"; found none';
const CLOSE = { connection: 'close' };
const SWEEP_MS = 50;
/** Closing a kept connection at once would race with a request on its way; most clients send one within this time. */
const LAST_WORD_MS = 500;

/** One bound port: every HTTP listener of the process, main's included, is one of these. */
export class Listener {
  private closing: Promise<void> | null = null;

  /** The port that was bound. */
  port = 0;

  private constructor(
    private readonly server: Server,
    private readonly direct: DirectConnections | null,
  ) {}

  /**
   * Binds a port; 0 takes any free one.
   * @throws AppError port_taken when another socket has it, invalid_port when the system does not give it
   */
  static async bind(
    { request, direct, unreadable }: Handlers,
    host: string,
    port: number,
    budget = connections,
  ): Promise<Listener> {
    // No bound on a whole request: uploads may take long; silence is bounded where a body is read.
    const server = createServer({
      requestTimeout: 0,
      headersTimeout: HEAD_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: false,
    });
    const listener = new Listener(server, direct ? DirectConnections.inFrontOf(server, direct) : null);
    admitWithin(budget, server);
    continueOnRead(server);
    answerClientErrors(server, unreadable);
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      if (listener.closing) res.shouldKeepAlive = false;
      if (lacksHost(req)) sendProblem(req, res, new AppError('bad_request', NO_HOST), { headers: CLOSE });
      else request(req, res);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)));
      server.listen(port, host, 1024, resolve);
    });
    listener.port = (server.address() as AddressInfo).port;
    return listener;
  }

  /**
   * Takes no new connection from now on, answers what comes on kept ones with `Connection: close`, lets requests in
   * flight end, and cuts what is left after `graceMs`. Closing again waits for the same end.
   */
  close(graceMs: number): Promise<void> {
    this.direct?.startClosing();
    this.closing ??= new Promise((resolve) => {
      let sweep: NodeJS.Timeout | undefined;
      // A kept connection becomes idle only when its request has ended, so idle ones are swept until none is left.
      const lastWord = setTimeout(
        () => (sweep = setInterval(() => this.closeIdle(), SWEEP_MS)),
        Math.min(LAST_WORD_MS, graceMs),
      );
      const cut = setTimeout(() => this.closeAll(), graceMs);
      // The server's own close would cut idle connections at once; that of its socket stops listening only.
      NetServer.prototype.close.call(this.server, () => {
        clearTimeout(lastWord);
        clearInterval(sweep);
        clearTimeout(cut);
        // Ends the timer that looks for slow requests, which would hold the server and all that it serves for ever.
        this.server.close();
        resolve();
      });
    });
    return this.closing;
  }

  private closeIdle(): void {
    this.direct?.closeIdle();
    this.server.closeIdleConnections();
  }

  private closeAll(): void {
    this.direct?.closeAll();
    this.server.closeAllConnections();
  }
}

/** Before anyone who listens for connections already. */
function admitWithin(budget: ConnectionBudget, server: Server): void {
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (budget.admits(socket)) listeners.forEach((listener) => listener.call(server, socket));
  });
}

/** HTTP/1.1 wants one (RFC 9112, section 3.2). Node's own check would answer without a body. */
function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1';
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') return new AppError('port_taken', `port ${port} on ${host} is in use`);
  if (error.code === 'EACCES')
    return new AppError('invalid_port', `port ${port} needs rights that the server does not have`);
  return error;
}
