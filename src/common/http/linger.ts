import type { IncomingMessage, ServerResponse } from 'node:http';

/** How much of an unwanted body is read and thrown away so that its sender gets to read the refusal. */
export const LINGER = { maxBytes: 256 * 1024 * 1024, idleMs: 2_000, totalMs: 20_000, keepAliveBytes: 64 * 1024 };

/**
 * Whether the rest of this request is too much to wait for on a kept connection: then the reply says
 * `Connection: close` and goes through {@link endLingering}.
 */
export function mustLinger(req: IncomingMessage): boolean {
  if (req.complete) return false;
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
  // Without either there is no body (RFC 9112, section 6.3).
  if (length === undefined) return coding !== undefined;
  return Number(length) > LINGER.keepAliveBytes;
}

/** Requests refused in this turn of the event loop. The bodies of most are there already, and only not yet parsed. */
let refused: IncomingMessage[] = [];

/**
 * After a reply on a connection that is kept although a small rest of the body has not come: closes the connection
 * when the rest stays away, as nothing else would.
 */
export function dropIfStalled(req: IncomingMessage): void {
  if (req.complete || req.headers['content-length'] === undefined) return;
  if (refused.push(req) === 1) setImmediate(watchRefused);
}

function watchRefused(): void {
  const requests = refused;
  refused = [];
  for (const req of requests) if (!req.complete && !req.socket.destroyed) watchRest(req);
}

function watchRest(req: IncomingMessage): void {
  const { socket } = req;
  const timer = setTimeout(() => socket.destroy(), LINGER.idleMs);
  const clear = (): void => {
    clearTimeout(timer);
    socket.off('close', clear);
    req.off('end', clear);
  };
  // Of a request that has been answered, Node no longer tells that its connection closed; the socket does.
  socket.once('close', clear);
  req.once('end', clear);
}

/**
 * Sends a whole reply to a client that is still sending, and closes only when the client has finished or the bounds of
 * {@link LINGER} are reached. Closing with unread bytes in the socket would make the kernel reset the connection, and
 * the client would lose the reply (RFC 9112, section 9.6).
 * Headers, with Content-Length and `Connection: close`, must have been given to `res` already.
 */
export function endLingering(req: IncomingMessage, res: ServerResponse, body: string | Uint8Array): void {
  // write, not end: Node closes a `Connection: close` socket as soon as the response has ended.
  res.write(body);
  let discarded = 0;
  const finish = (): void => {
    clearTimeout(total);
    clearTimeout(idle);
    req.off('data', onData).off('end', finish).off('close', finish).off('error', finish);
    if (res.writableEnded) return;
    res.end();
  };
  const onData = (chunk: Buffer): void => {
    discarded += chunk.length;
    idle.refresh();
    if (discarded > LINGER.maxBytes) finish();
  };
  const total = setTimeout(finish, LINGER.totalMs);
  const idle = setTimeout(finish, LINGER.idleMs);
  req.on('data', onData).on('end', finish).on('close', finish).on('error', finish);
  req.resume();
}
