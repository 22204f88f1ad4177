import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type ErrorCode } from '../errors';
import { LINGER } from './linger';
import { makeRequestId, requestIdOf } from './request-id';
import { problemReply } from './respond';

/** Told of what was sent and is no request that can be read, with the id that the client sees. */
export type OnUnreadable = (error: AppError, requestId: string) => void;

const PROBLEMS: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['head_too_large', 'The head of the request is larger than the server reads'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'The body has more chunk extensions than the server reads'],
  ERR_HTTP_REQUEST_TIMEOUT: ['head_timeout', 'The head of the request was not complete in time'],
};
const MALFORMED: [ErrorCode, string] = ['bad_request', 'The request is not HTTP that can be read'];

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/**
 * Answers what Node's parser refuses, which never becomes a request, as any other error, and closes. A request before
 * it on the same connection is answered first: the replies of a connection are in the order of its requests.
 */
export function answerClientErrors(server: Server, onUnreadable: OnUnreadable = () => undefined): void {
  const latest = new WeakMap<Socket, Exchange>();
  const failed = new WeakSet<Socket>();
  server.on('request', (req: IncomingMessage, res: ServerResponse) => latest.set(req.socket, { req, res }));
  server.on('clientError', (failure: NodeJS.ErrnoException, socket: Socket) => {
    const again = failed.has(socket);
    if (failure.code === 'ECONNRESET' || (!socket.writable && !again)) return void socket.destroy();
    // The parser says it again of whatever else comes.
    if (again) return;
    failed.add(socket);
    const [code, sentence] = PROBLEMS[failure.code ?? ''] ?? MALFORMED;
    const answer = (requestId: string): void => {
      const error = new AppError(code, sentence);
      onUnreadable(error, requestId);
      endWith(socket, error, requestId);
    };
    const before = latest.get(socket);
    if (!before || before.res.closed) return answer(makeRequestId(undefined));
    if (before.req.complete) return void before.res.once('close', () => answer(makeRequestId(undefined)));
    // It is the body of that request which cannot be read, and there is one reply to it.
    if (before.res.headersSent) socket.destroySoon();
    else answer(requestIdOf(before.req));
  });
}

/** Closing with unread bytes would cost the client the reply (RFC 9112, section 9.6): some time is left for them. */
function endWith(socket: Socket, error: AppError, requestId: string): void {
  if (!socket.writable) return void socket.destroy();
  const { body, headers } = problemReply(error, requestId, {});
  const lines = [`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  lines.push(`content-length: ${Buffer.byteLength(body)}`, `x-request-id: ${requestId}`, 'connection: close', '', body);
  socket.end(lines.join('\r\n'));
  const timer = setTimeout(() => socket.destroy(), LINGER.idleMs);
  socket.once('close', () => clearTimeout(timer));
}
