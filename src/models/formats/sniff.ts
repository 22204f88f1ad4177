import { isUtf8 } from 'node:buffer';
import { AppError } from '../../common/errors';
import {
  DATA_ADVICE,
  FITTED_ADVICE,
  EXPORT_ADVICE,
  type Recognised,
  SIGNATURES,
  TEXTS,
  ZIP_MEMBERS,
} from './known-files';
import { type Compression, detectCompression } from './pickle/compression';
import { isBinaryModel } from './xgboost/binary-model';

/** What a file is, of those that can be read; the packed ones hold a pickle. */
export type SniffedFormat = 'onnx' | 'pickle' | 'xgboost' | 'lightgbm' | Exclude<Compression, 'none'>;

const LOOKED_AT_BYTES = 64 * 1024;

/** Top-level fields of ONNX's ModelProto and their wire types. Source: onnx `onnx/onnx.proto`, IR version 3 to 13. */
const MODEL_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 0],
  [6, 2],
  [7, 2],
  [8, 2],
  [14, 2],
  [20, 2],
  [25, 2],
  [26, 2],
]);
const GRAPH_FIELD = 7;
const VARINT = 0;

/**
 * Tells formats apart by content, never by name.
 * @throws AppError `format_unknown` for what is none of them, saying what it is and what to do instead
 */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  if (bytes.length === 0) throw new AppError('format_unknown', `The file is empty; ${FITTED_ADVICE}.`);
  const protobuf = walkModelProto(bytes);
  if (protobuf === 'onnx') return 'onnx';
  const booster = recogniseBooster(bytes);
  if (booster) return booster;
  const known = recogniseOther(bytes);
  if (known) throw notServed(known);
  if (isPickle(bytes)) return 'pickle';
  const compression = detectCompression(bytes);
  if (compression !== 'none') return compression;
  // Cut off or damaged further on, which the reader of ONNX says better.
  if (protobuf === 'begins like onnx') return 'onnx';
  if (protobuf === 'no graph') throw notServed(['a protobuf message without an ONNX graph', EXPORT_ADVICE]);
  throw notServed(describeUnknown(bytes));
}

function notServed([what, advice]: readonly [string, string]): AppError {
  return new AppError(
    'format_unknown',
    `The file is ${what}, and ONNX, pickle, joblib, XGBoost and LightGBM files can be read; ${advice}.`,
  );
}

/**
 * Protocol 2 and up announce themselves; the text protocols 0 and 1 are known by the first instruction of a class,
 * dict, list or tuple.
 */
function isPickle(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x80) return bytes.length >= 2 && (bytes[1] ?? 255) <= 16;
  const head = textOf(bytes, 1200);
  return (
    /^\(*[ci][\w.]+\n[\w.<>]+\n/.test(head) ||
    /^\(+(?:[dlt](?:p\d+\n|[qr(]|\.)|[IFL][-+\d.einfa]+L?\n|[KJMUXN\]})])/.test(head) ||
    /^[\]})](?:[qr(]|p\d+\n|\.)/.test(head)
  );
}

/** Walks the top-level fields of a ModelProto without entering them. */
function walkModelProto(bytes: Uint8Array): 'onnx' | 'begins like onnx' | 'no graph' | 'other' {
  const beginsLikeOnnx = bytes[0] === 0x08 && (bytes[1] ?? 255) >= 1 && (bytes[1] ?? 255) <= 20;
  let at = 0;
  let graph = false;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const wire = tag === null ? -1 : tag.value % 8;
    const field = tag === null ? -1 : Math.floor(tag.value / 8);
    const payload = tag === null || MODEL_FIELDS.get(field) !== wire ? null : readVarint(bytes, tag.next);
    if (payload === null) return beginsLikeOnnx && at > 2 ? 'begins like onnx' : 'other';
    at = wire === VARINT ? payload.next : payload.next + payload.value;
    graph ||= field === GRAPH_FIELD;
  }
  if (at > bytes.length) return beginsLikeOnnx ? 'begins like onnx' : 'other';
  return graph ? 'onnx' : beginsLikeOnnx ? 'no graph' : 'other';
}

/** A protobuf varint; values beyond 2^53 lose precision, and are far beyond any length. */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } | null {
  let value = 0;
  for (let at = start, scale = 1; at < start + 10; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return null;
}

/** Model files of boosting libraries. `save_config` writes JSON too, but of a configuration, which has no trees. */
function recogniseBooster(bytes: Uint8Array): 'xgboost' | 'lightgbm' | null {
  const head = textOf(bytes, 8192);
  if (/^tree\r?\nversion=/.test(head)) return 'lightgbm';
  const json = /^\{\s*"learner"|^\{\s*"(?:version|Config|Model)"[\s\S]{0,4000}"learner"/;
  const ubjson = /^\{[iUIlL#$][\s\S]{0,40}(?:learner|version|Config|Model)/;
  return json.test(head) || ubjson.test(head) || isBinaryModel(bytes) ? 'xgboost' : null;
}

function recogniseOther(bytes: Uint8Array): Recognised | null {
  const head = textOf(bytes, 8192);
  if (head.startsWith('PK\x03\x04')) return recogniseZip(bytes);
  for (const [signature, at, what, advice] of SIGNATURES) {
    if (head.startsWith(signature, at)) return [what, advice];
  }
  for (const [start, what, advice] of TEXTS) if (start.test(head)) return [what, advice];
  return null;
}

function recogniseZip(bytes: Uint8Array): Recognised {
  const names = textOf(bytes, LOOKED_AT_BYTES) + textOf(bytes.subarray(-LOOKED_AT_BYTES), LOOKED_AT_BYTES);
  for (const [name, what, advice] of ZIP_MEMBERS) if (name.test(names)) return [what, advice];
  return ['a zip archive', `unpack it and ${FITTED_ADVICE}`];
}

function describeUnknown(bytes: Uint8Array): Recognised {
  let end = Math.min(512, bytes.length);
  // The cut may stand within a character.
  while (end > 0 && end < bytes.length && (bytes[end - 1] as number) >= 0x80) end -= 1;
  const head = bytes.subarray(0, end);
  if (!isUtf8(head) || head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
    const start = Buffer.from(bytes.subarray(0, 8)).toString('hex');
    return [`of no known format (it starts with ${start})`, FITTED_ADVICE];
  }
  return isTable(textOf(bytes, 8192)) ? ['a table of text (CSV)', DATA_ADVICE] : ['a text', FITTED_ADVICE];
}

/** Whether the first two lines have the same separators, and some. */
function isTable(head: string): boolean {
  const [first = '', second = ''] = head.split('\n', 2);
  return [',', ';', '\t'].some((separator) => {
    const count = first.split(separator).length;
    return count > 1 && second.split(separator).length === count;
  });
}

function textOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.length)).toString('latin1');
}
