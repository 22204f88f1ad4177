import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const REQUEST_ID = Symbol('request id');
const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
// A random prefix for the process and a counter: unique enough to find a line in the log, and far cheaper than a UUID.
const prefix = randomBytes(5).toString('hex');
let counter = 0;

/**
 * The id under which a request is logged and which goes back in `x-request-id`: the client's own header when it is
 * 1 to 128 visible ASCII characters, otherwise one made here. The same request always gives the same id.
 */
export function requestIdOf(req: IncomingMessage): string {
  const marked = req as IncomingMessage & { [REQUEST_ID]?: string };
  const known = marked[REQUEST_ID];
  if (known !== undefined) return known;
  const sent = req.headers['x-request-id'];
  const id = typeof sent === 'string' && VISIBLE_ASCII.test(sent) ? sent : `${prefix}-${counter++}`;
  marked[REQUEST_ID] = id;
  return id;
}
