/** Longer heads are rare, and left to Node's parser. */
const MAX_HEAD_BYTES = 4096;
const [CR, LF] = [13, 10];

/** The headers that an answer may depend on. */
const READ = ['host', 'content-length', 'content-type', 'accept', 'x-request-id'] as const;
type ReadHeader = (typeof READ)[number];
/** With any of these a body or a connection may be other than it looks. */
const DECLINED: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  'proxy-connection',
]);
const REQUEST_LINE = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;
/** Horizontal tabs, spaces and visible ASCII. */
const FIELD_TEXT = /^[\t\x20-\x7e]*$/;
const LENGTH = /^\d{1,9}$/;

/** The head of a `POST` with a body of known length. */
export interface DirectHead {
  /** As it came, with the empty line that ends it. */
  readonly bytes: Buffer;
  readonly target: string;
  readonly contentLength: number;
  readonly headers: { readonly [name in ReadHeader]?: string };
}

/**
 * Reads the head of a request where no two servers could read it in different ways (RFC 9112, sections 2 to 6, without
 * what they allow for old senders): HTTP/1.1, one `Host`, one `Content-Length`, no other framing, connection kept,
 * printable ASCII, and none of the headers read here twice.
 * @param bytes from the first byte of the request on
 * @returns null for every other head, and for one that has not come whole: Node's parser is to read those
 */
export function readDirectHead(bytes: Buffer): DirectHead | null {
  const end = endOfHead(bytes);
  if (end < 0) return null;
  const lines = bytes.toString('latin1', 0, end - 4).split('\r\n');
  const target = REQUEST_LINE.exec(lines[0] as string)?.[1];
  const headers = target === undefined ? null : readFields(lines);
  if (target === undefined || !headers?.host) return null;
  const length = headers['content-length'] ?? '';
  if (!LENGTH.test(length) || Number(length) === 0) return null;
  return { bytes: Buffer.from(bytes.subarray(0, end)), target, contentLength: Number(length), headers };
}

/** Whether a request begins with the same head, byte by byte, as an earlier one of its connection. */
export function beginsWithHead(bytes: Buffer, head: DirectHead): boolean {
  const known = head.bytes;
  if (bytes.length < known.length) return false;
  // Most heads of a connection differ in their last bytes, if at all.
  for (let i = known.length - 1; i >= 0; i--) if (bytes[i] !== known[i]) return false;
  return true;
}

/** Length of the head with its empty line; -1 when it is longer than is read here, or has not come whole. */
function endOfHead(bytes: Buffer): number {
  const last = Math.min(bytes.length, MAX_HEAD_BYTES) - 4;
  for (let i = 0; i <= last; i++) {
    if (bytes[i] === CR && bytes[i + 1] === LF && bytes[i + 2] === CR && bytes[i + 3] === LF) return i + 4;
  }
  return -1;
}

/** The headers of {@link READ}; null when the head is not one for this reader. */
function readFields(lines: readonly string[]): { [name in ReadHeader]?: string } | null {
  const found: { [name in ReadHeader]?: string } = {};
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!TOKEN.test(name) || DECLINED.has(name) || !FIELD_TEXT.test(line)) return null;
    const value = line.slice(colon + 1).trim();
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return null;
    if (!isRead(name)) continue;
    if (found[name] !== undefined) return null;
    found[name] = value;
  }
  return found;
}

function isRead(name: string): name is ReadHeader {
  return (READ as readonly string[]).includes(name);
}
