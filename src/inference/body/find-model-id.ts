import { byteOrderMarkOf } from '../../common/byte-order-mark';

const KEY = Buffer.from('"model_id"');
/** The characters of the key that a JSON string may also spell `\u005f` and `\u0064` to `\u006f`. */
const ESCAPED_KEY_PARTS = [Buffer.from('\\u005'), Buffer.from('\\u006')];
const [QUOTE, BACKSLASH, COLON, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [34, 92, 58, 123, 125, 91, 93];
/** With more candidates than this, one pass over the whole body is cheaper than one for each. */
const MAX_CANDIDATES = 16;
/** A body of this size is walked through in less time than one native search of it takes to begin. */
const SMALL_BYTES = 512;

export type ModelIdFinding = { kind: 'text'; modelId: string } | { kind: 'missing' } | { kind: 'not-text' };

/**
 * The top-level member `model_id` of a JSON object, from its bytes, without parsing the rest: a body of 16 MB is
 * searched natively for the key, and only the shorter side of a place where it stands is walked through. A key said
 * twice: the last counts. For text that is no valid JSON the finding means nothing; the worker refuses such a body.
 */
export function findModelId(body: Uint8Array): ModelIdFinding {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const start = skipBlank(bytes, byteOrderMarkOf(bytes));
  if (bytes[start] !== OPEN_BRACE) return { kind: 'missing' };
  if (bytes.length <= SMALL_BYTES) return walk(bytes, start);
  if (ESCAPED_KEY_PARTS.some((part) => bytes.includes(part))) return walk(bytes, start);
  const candidates = findCandidates(bytes);
  if (!candidates) return walk(bytes, start);
  for (let i = candidates.length - 1; i >= 0; i--) {
    const at = candidates[i] as number;
    const colon = skipBlank(bytes, at + KEY.length);
    if (bytes[colon] !== COLON || !isTopLevel(bytes, start, at)) continue;
    return readValue(bytes, skipBlank(bytes, colon + 1));
  }
  return { kind: 'missing' };
}

/**
 * Where `"model_id"` stands as a whole string: in valid JSON its first quote opens one unless a backslash is before it.
 * Null when there are too many.
 */
function findCandidates(bytes: Buffer): number[] | null {
  const found: number[] = [];
  for (let at = bytes.indexOf(KEY); at !== -1; at = bytes.indexOf(KEY, at + KEY.length)) {
    if (bytes[at - 1] === BACKSLASH) continue;
    found.push(at);
    if (found.length > MAX_CANDIDATES) return null;
  }
  return found;
}

/** A string that starts at `at` is at depth 1 when the brackets before it leave one open, and those after it close one. */
function isTopLevel(bytes: Buffer, start: number, at: number): boolean {
  if (at - start <= bytes.length - at) return depthChange(bytes, start, at) === 1;
  return depthChange(bytes, at, bytes.length) === -1;
}

/** Opening minus closing brackets outside of strings. */
function depthChange(bytes: Buffer, from: number, to: number): number {
  let depth = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfString(bytes, i);
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
  }
  return depth;
}

/** The general way: every string at depth 1 that a colon follows is a key. */
function walk(bytes: Buffer, start: number): ModelIdFinding {
  let finding: ModelIdFinding = { kind: 'missing' };
  let depth = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
    else if (byte === QUOTE) {
      const end = endOfString(bytes, i);
      if (depth === 1) {
        const colon = skipBlank(bytes, end + 1);
        if (bytes[colon] === COLON && isKey(bytes, i, end)) {
          finding = readValue(bytes, skipBlank(bytes, colon + 1));
        }
      }
      i = end;
    }
  }
  return finding;
}

/** Index of the closing quote of the string that opens at `at`; the end of the bytes when there is none. */
function endOfString(bytes: Buffer, at: number): number {
  let i = at + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

function readValue(bytes: Buffer, at: number): ModelIdFinding {
  const modelId = bytes[at] === QUOTE ? readText(bytes, at) : undefined;
  return modelId === undefined ? { kind: 'not-text' } : { kind: 'text', modelId };
}

/** Whether the string from quote to quote is the key, spelled out or with escapes. */
function isKey(bytes: Buffer, open: number, close: number): boolean {
  if (!isPlain(bytes, open, close)) return readText(bytes, open) === 'model_id';
  if (close - open !== KEY.length - 1) return false;
  for (let i = 1; i < KEY.length; i++) if (bytes[open + i] !== KEY[i]) return false;
  return true;
}

/** Whether a string is what its bytes say: printable ASCII without escapes. */
function isPlain(bytes: Buffer, open: number, close: number): boolean {
  if (close >= bytes.length) return false;
  for (let i = open + 1; i < close; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false;
  }
  return true;
}

function readText(bytes: Buffer, at: number): string | undefined {
  const end = endOfString(bytes, at);
  if (isPlain(bytes, at, end)) return bytes.toString('latin1', at + 1, end);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', at, end + 1));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function skipBlank(bytes: Buffer, from: number): number {
  let i = from;
  for (let byte = bytes[i]; byte === 32 || byte === 10 || byte === 13 || byte === 9; byte = bytes[i]) i++;
  return i;
}
