import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type ErrorCode } from '../errors';
import { dropIfStalled, endLingering, mustLinger } from './linger';
import { ClientGone } from './read-body';
import { requestIdOf } from './request-id';

export type Headers = Record<string, string>;

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, string>> = { queue_full: '1', not_ready: '1', storage_busy: '1' };

/** Answers JSON with the content type exactly `application/json`: some clients read an error only then. */
export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  sendBytes(req, res, status, Buffer.from(JSON.stringify(body)), { 'content-type': 'application/json', ...headers });
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
  if (res.headersSent || res.destroyed) return;
  const lingering = mustLinger(req);
  res.writeHead(status, {
    'content-length': String(body.byteLength),
    'x-request-id': requestIdOf(req),
    ...headers,
    ...(lingering && { connection: 'close' }),
  });
  if (lingering && req.method !== 'HEAD') return endLingering(req, res, body);
  dropIfStalled(req);
  res.end(body);
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
  const retryAfter = RETRY_AFTER_SECONDS[error.code];
  sendJson(req, res, error.status, problemBody(error, requestId, options.showReason ?? false), {
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    // The rest of a body that has stalled is not waited for.
    ...(error.code === 'body_timeout' && { connection: 'close' }),
    ...error.headers,
    ...options.headers,
  });
}

/** The body of an error reply. */
export function problemBody(error: AppError, requestId: string, showReason = false): Record<string, unknown> {
  return {
    error: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
    ...(showReason && error.reason && { reason: error.reason }),
    request_id: requestId,
  };
}

/** An error of any origin as one of the table; the original stays as the cause, for the log. */
export function toAppError(failure: unknown): AppError {
  if (failure instanceof AppError) return failure;
  return new AppError('internal', 'The server failed to answer; its log has the reason under this request id', {
    cause: failure,
    reason: failure instanceof Error ? failure.message : String(failure),
  });
}
