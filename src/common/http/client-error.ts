import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';

const PROBLEMS: Record<string, { status: number; code: string; error: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'bad_request',
    error: 'The head of the request is larger than the server reads',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'body_timeout', error: 'The request was not complete in time' },
};
const MALFORMED = { status: 400, code: 'bad_request', error: 'The request is not HTTP that can be read' };

/** Answers what Node's parser refuses, which never becomes a request, as JSON like any other error, and closes. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (failure: NodeJS.ErrnoException, socket: Duplex) => {
    if (failure.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, code, error } = PROBLEMS[failure.code ?? ''] ?? MALFORMED;
    const body = JSON.stringify({ error, code });
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
