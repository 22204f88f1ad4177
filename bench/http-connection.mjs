import { connect } from 'node:net';

const READ_BYTES = 64 * 1024;
const NO_HEAD = Buffer.alloc(0);

/**
 * A keep-alive connection with at most one request under way, on a bare socket: it writes bytes that are ready and reads
 * no more of a reply than its status and its length. It costs a few microseconds a request, where an HTTP client takes
 * tens: what makes the load must not be what is measured.
 */
export class HttpConnection {
  /**
   * @param onReply called with the connection and the status when a reply is complete
   * @param onEnd called with the connection when it is closed, whatever was under way
   */
  constructor({ host, port }, onReply, onEnd) {
    this.onReply = onReply;
    /** For whoever uses the connection: which request is under way, -1 for none. */
    this.current = -1;
    this.head = NO_HEAD;
    this.missing = 0;
    this.status = 0;
    this.socket = connect({
      host,
      port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: (length, bytes) => this.read(length, bytes) },
    });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => onEnd(this));
  }

  /** Resolves when connected. */
  ready() {
    return new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
  }

  /** @param request the bytes of a whole request */
  send(request, index) {
    this.current = index;
    this.socket.write(request);
  }

  close() {
    this.socket.destroy();
  }

  read(length, buffer) {
    if (this.missing > 0) {
      this.missing -= length;
    } else {
      const chunk = buffer.subarray(0, length);
      const bytes = this.head.length > 0 ? Buffer.concat([this.head, chunk]) : chunk;
      const reply = readReplyHead(bytes);
      if (!reply) {
        this.head = Buffer.from(bytes);
        return true;
      }
      this.head = NO_HEAD;
      this.status = reply.status;
      this.missing = reply.length - bytes.length;
    }
    if (this.missing <= 0) {
      this.missing = 0;
      this.onReply(this, this.status);
    }
    return true;
  }
}

/** Sends one request on a connection of its own. @throws Error when the reply is not 2xx, or does not come */
export async function sendOnce(url, request) {
  const { hostname: host, port } = new URL(url);
  const status = await new Promise((resolve, reject) => {
    const onReply = (connection, found) => {
      resolve(found);
      connection.close();
    };
    const connection = new HttpConnection({ host, port: Number(port) }, onReply, () => resolve(0));
    connection.ready().then(() => connection.send(request, 0), reject);
  });
  if (status < 200 || status > 299) throw new Error(`${url} answered ${status || 'nothing'}`);
}

/**
 * Status of a reply and its bytes with the head, from its first bytes; null while the head is cut.
 * @throws Error for a reply without Content-Length, which the servers measured here do not send
 */
export function readReplyHead(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.latin1Slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (!length) throw new Error(`a reply without Content-Length: ${head}`);
  return { status: Number(head.slice(9, 12)), length: end + 4 + Number(length[1]) };
}

/** The bytes of a request on a keep-alive connection. */
export function requestBytes({ url, method = 'POST', type = 'application/json', body = '' }) {
  const { host, pathname, search } = new URL(url);
  const head = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`];
  if (body.length > 0) head.push(`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}
