import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const REQUEST_ID = Symbol('request id');
const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
// A random prefix for the process and a counter: unique enough to find a line in the log, and far cheaper than a UUID.
const prefix = randomBytes(5).toString('hex');
let counter = 0;

/**
 * The id under which a request is logged and which goes back in `x-request-id`: what the client sent there when it is
 * 1 to 128 visible ASCII characters, otherwise a new one.
 */
export function makeRequestId(sent: unknown): string {
  return typeof sent === 'string' && VISIBLE_ASCII.test(sent) ? sent : `${prefix}-${counter++}`;
}

/** {@link makeRequestId} of a request's own header. The same request always gives the same id. */
export function requestIdOf(req: IncomingMessage): string {
  const marked = req as IncomingMessage & { [REQUEST_ID]?: string };
  const known = marked[REQUEST_ID];
  if (known !== undefined) return known;
  const id = makeRequestId(req.headers['x-request-id']);
  marked[REQUEST_ID] = id;
  return id;
}
