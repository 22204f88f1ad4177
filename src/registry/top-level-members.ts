import { byteOrderMarkOf } from '../common/byte-order-mark';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * The members of the object in a JSON text, each as the bytes of its value: what was sent can be passed on to the last
 * digit, and a large body need not be parsed. Of a name said twice the last counts. Only brackets, texts, commas and
 * colons are looked at, so values may still be malformed inside. Null when the text is not one object.
 */
export function topLevelMembers(json: Uint8Array): Map<string, Uint8Array> | null {
  const members = new Map<string, Uint8Array>();
  let at = skipSpace(json, byteOrderMarkOf(json));
  if (json[at] !== OPEN_BRACE) return null;
  at = skipSpace(json, at + 1);
  if (json[at] === CLOSE_BRACE) return skipSpace(json, at + 1) === json.length ? members : null;
  for (;;) {
    const nameEnd = json[at] === QUOTE ? endOfText(json, at) : -1;
    const name = nameEnd < 0 ? null : readName(json.subarray(at, nameEnd));
    if (name === null) return null;
    const colon = skipSpace(json, nameEnd);
    if (json[colon] !== COLON) return null;
    const start = skipSpace(json, colon + 1);
    const end = endOfValue(json, start);
    if (end <= start) return null;
    members.set(name, json.subarray(start, trimEnd(json, start, end)));
    if (json[end] === CLOSE_BRACE) return skipSpace(json, end + 1) === json.length ? members : null;
    at = skipSpace(json, end + 1);
  }
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}

function trimEnd(json: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(json[at - 1])) at -= 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Place after the closing quote, or -1. */
function endOfText(json: Uint8Array, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) return at + 1;
  }
  return -1;
}

/** Place of the comma or brace after the value, or -1. */
function endOfValue(json: Uint8Array, start: number): number {
  const length = json.length;
  let depth = 0;
  for (let at = start; at < length; at += 1) {
    switch (json[at]) {
      case QUOTE:
        at = endOfText(json, at) - 1;
        if (at < 0) return -1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        break;
      case CLOSE_BRACKET:
        depth -= 1;
        if (depth < 0) return -1;
        break;
      case CLOSE_BRACE:
        if (depth === 0) return at;
        depth -= 1;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      default:
    }
  }
  return -1;
}

function readName(text: Uint8Array): string | null {
  try {
    return JSON.parse(new TextDecoder().decode(text)) as string;
  } catch {
    return null;
  }
}
