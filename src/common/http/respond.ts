import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type ErrorCode } from '../errors';
import { dropIfStalled, endLingering, mustLinger } from './linger';
import { ClientGone } from './read-body';
import { requestIdOf } from './request-id';

export type Headers = Record<string, string>;

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, string>> = {
  queue_full: '1',
  not_ready: '1',
  storage_busy: '1',
  deployment_failed: '5',
};

/** Answers JSON with the content type exactly `application/json`: some clients read an error only then. */
export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  send(req, res, status, JSON.stringify(body), ['content-type', 'application/json', ...flat(headers)]);
}

/**
 * Answers bytes with `x-request-id`, also while the client is still sending its body: the reply goes out at once, the
 * rest of the body is discarded within bounds. Does nothing when a reply has been begun or the client has gone.
 */
export function sendBytes(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: Uint8Array,
  headers: Headers,
): void {
  send(req, res, status, body, flat(headers));
}

/** A text leaves with the head in one write, bytes in a second. @param headers names and values in turn */
function send(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: string[],
): void {
  if (res.headersSent || res.destroyed) return;
  const lingering = mustLinger(req);
  headers.push('content-length', String(Buffer.byteLength(body)), 'x-request-id', requestIdOf(req));
  if (lingering && !headers.includes('connection')) headers.push('connection', 'close');
  res.writeHead(status, headers);
  if (lingering && req.method !== 'HEAD') return endLingering(req, res, body);
  dropIfStalled(req);
  res.end(body);
}

function flat(headers: Headers): string[] {
  const list: string[] = [];
  for (const name in headers) list.push(name, headers[name] as string);
  return list;
}

export interface ProblemOptions {
  /** Shows the underlying reason to the client: for deployments in `development`. */
  showReason?: boolean;
  headers?: Headers;
  /** Told every failure with its id, before the reply; what is worth a log line is decided there. */
  log?: (error: AppError, requestId: string) => void;
}

/**
 * Answers a failure as contract section 9 has it: `{error, code, details?, request_id}`. An {@link AppError} is told
 * as it is; anything else becomes `internal` without a word of its own. A client that has gone gets nothing.
 */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  failure: unknown,
  options: ProblemOptions = {},
): void {
  if (failure instanceof ClientGone) {
    res.destroy();
    return;
  }
  const error = toAppError(failure);
  const requestId = requestIdOf(req);
  options.log?.(error, requestId);
  const { body, headers } = problemReply(error, requestId, options);
  send(req, res, error.status, body, headers);
}

/** The reply to a failure but for its status: JSON, and names and values of its own headers in turn. */
export function problemReply(
  error: AppError,
  requestId: string,
  { showReason = false, headers }: Pick<ProblemOptions, 'showReason' | 'headers'>,
): { body: string; headers: string[] } {
  return {
    body: JSON.stringify(problemBody(error, requestId, showReason)),
    headers: problemHeaders(error, headers),
  };
}

function problemHeaders({ code, headers: own }: AppError, more: Headers = {}): string[] {
  const headers: Headers = { 'content-type': 'application/json' };
  const retryAfter = RETRY_AFTER_SECONDS[code];
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
  // The rest of a body that has stalled is not waited for.
  if (code === 'body_timeout') headers['connection'] = 'close';
  // In small letters, so that what an error says itself takes the place of what is said here.
  for (const name in own) headers[name.toLowerCase()] = own[name] as string;
  for (const name in more) headers[name.toLowerCase()] = more[name] as string;
  return flat(headers);
}

/** The body of an error reply. */
export function problemBody(error: AppError, requestId: string, showReason = false): Record<string, unknown> {
  const body: Record<string, unknown> = { error: error.message, code: error.code };
  if (error.details) body['details'] = error.details;
  if (showReason && error.reason) body['reason'] = error.reason;
  body['request_id'] = requestId;
  return body;
}

/** An error of any origin as one of the table; the original stays as the cause, for the log. */
export function toAppError(failure: unknown): AppError {
  if (failure instanceof AppError) return failure;
  return new AppError('internal', 'The server failed to answer; its log has the reason under this request id', {
    cause: failure,
    reason: failure instanceof Error ? failure.message : String(failure),
  });
}
