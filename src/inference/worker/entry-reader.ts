import { isAscii, isUtf8 } from 'node:buffer';
import { byteOrderMarkOf } from '../../common/byte-order-mark';
import { AppError, type ErrorDetail } from '../../common/errors';
import { parseJsonBody } from '../../common/parse-json-body';
import { BatchSize } from '../../preprocessing/batch-size';
import { type EntryKind, FLAT } from '../protocol';
import type { ItemDecoder, Items } from './codecs/item-decoder';
import { describe, invalidInput } from './codecs/invalid-input';
import { placeOf } from './codecs/row-decoder';

type Json = Record<string, unknown>;

/** Runs one raw record through a preprocessor. */
export type Preprocess = (record: unknown) => { ok: true; record: Json } | { ok: false; details: ErrorDetail[] };

export interface ReaderParts {
  /** The version of the model that reads. */
  version: number;
  decoder: Pick<ItemDecoder, 'classify' | 'names'>;
  preprocess: Preprocess | null;
  /** Checks one record against the declared input schema. */
  checkRecord: ((record: unknown) => ErrorDetail[]) | null;
}

/** How many failing fields one reply lists; the sentence says how many there were. */
const MAX_DETAILS = 100;
/** Of the processed records of one request: several times what the largest body of usual records becomes. */
const MAX_PROCESSED_CHARACTERS = 64_000_000;

/**
 * The bytes of a whole batch as text when all of them are ASCII, as rows of numbers are; null otherwise. One conversion
 * for all entries is several times cheaper than one for each.
 */
export function asciiText(bytes: Uint8Array): string | null {
  return isAscii(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') : null;
}

/**
 * Reads one request's body, as UTF-8 or as text, into items that are ready to be written as tensors: parsed, taken
 * apart, preprocessed and checked against the declared schema.
 * @throws AppError malformed_json, bad_request, version_not_found, invalid_input, or invalid_record with the details of
 * every failing item
 */
export function readEntry(source: Uint8Array | string, kind: EntryKind, parts: ReaderParts): Items {
  const body = parseJsonBody(typeof source === 'string' ? source : decodeUtf8(source));
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new AppError('bad_request', `The body must be a JSON object, found ${describe(body)}`);
  }
  const items = kind === FLAT ? flatItems(body as Json, parts) : memberItems(body as Json, parts);
  if (parts.preprocess) preprocessItems(items, parts.preprocess);
  if (parts.checkRecord) checkItems(items, parts.checkRecord, parts.decoder.names);
  return items;
}

function decodeUtf8(bytes: Uint8Array): string {
  // UTF-8 that is broken becomes U+FFFD when decoded; text with that character is rare enough to look twice.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', byteOrderMarkOf(bytes));
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw new AppError('malformed_json', 'The body is not valid UTF-8');
  return text;
}

function flatItems(body: Json, { decoder, preprocess }: ReaderParts): Items {
  if (!decoder.names && !preprocess) {
    throw new AppError('bad_request', 'The model has no feature names; send rows to /infer, as {"features": [[...]]}');
  }
  return { single: true, list: [body], member: '' };
}

/** A flat record has no such member: there `version` may be a feature. @throws AppError version_not_found, bad_request */
function checkVersion(asked: unknown, version: number): void {
  if (asked === undefined || asked === null || asked === version) return;
  if (asked === String(version) || asked === `${version}.0`) return;
  if (typeof asked !== 'number' && typeof asked !== 'string') {
    throw new AppError(
      'bad_request',
      `version: expected a number or text such as "${version}", found ${describe(asked)}`,
    );
  }
  const found = JSON.stringify(typeof asked === 'string' ? asked.slice(0, 40) : asked);
  throw new AppError(
    'version_not_found',
    `The body asks for version ${found} of the model; version ${version} is deployed`,
  );
}

function memberItems(body: Json, { decoder, preprocess, version }: ReaderParts): Items {
  checkVersion(Object.hasOwn(body, 'version') ? body.version : null, version);
  const members = ['features', 'inputs'].filter((name) => Object.hasOwn(body, name));
  const [member] = members;
  if (member === undefined) throw new AppError('bad_request', 'The member "features" is missing from the body');
  if (members.length > 1) throw new AppError('bad_request', 'Expected either "features" or "inputs", found both');
  const value = body[member];
  if (!preprocess) return decoder.classify(value, member);
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (list.length === 0) throw new AppError('invalid_input', `${member}: expected at least one record, found none`);
  return { single: !Array.isArray(value), list: [...list], member };
}

function preprocessItems(items: Items, preprocess: Preprocess): void {
  const details = new Details(items);
  const size = new BatchSize(MAX_PROCESSED_CHARACTERS);
  items.list.forEach((raw, i) => {
    if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
      throw invalidInput(placeOf(items, i), 'a raw record for the preprocessor', raw);
    }
    const result = preprocess(raw);
    if (result.ok) {
      size.add(result.record);
      items.list[i] = result.record;
    } else details.add(i, result.details);
  });
  details.throwIfAny();
}

/**
 * Rows by position are checked as the record of their features; what the schema says of other fields is left out.
 * @throws AppError invalid_record with the details of every failing item
 */
export function checkItems(items: Items, check: (record: unknown) => ErrorDetail[], names: string[] | null): void {
  const details = new Details(items);
  items.list.forEach((item, i) => {
    if (!Array.isArray(item)) return details.add(i, check(item));
    if (!names || item.length !== names.length) return;
    const record = Object.fromEntries(names.map((name, column) => [name, item[column] as unknown]));
    details.add(
      i,
      check(record).filter(({ field }) => Object.hasOwn(record, field)),
    );
  });
  details.throwIfAny();
}

/** Collects what is wrong in every item, so that one reply tells it all. */
class Details {
  private readonly list: ErrorDetail[] = [];
  private count = 0;
  private readonly failing = new Set<number>();

  constructor(private readonly items: Items) {}

  add(index: number, found: ErrorDetail[]): void {
    if (found.length === 0) return;
    this.count += found.length;
    this.failing.add(index);
    for (const { field, message } of found) {
      if (this.list.length >= MAX_DETAILS) return;
      this.list.push({ ...(!this.items.single && { index }), field, message });
    }
  }

  throwIfAny(): void {
    const [first] = this.list;
    if (!first) return;
    const where = this.items.single ? 'The record' : `${this.failing.size} of ${this.items.list.length} records`;
    const said = first.field === '' ? first.message : `${first.field}: ${first.message}`;
    const more = this.count > 1 ? ` (and ${this.count - 1} more)` : '';
    throw new AppError('invalid_record', `${where} breaks the schema: ${said}${more}`, {
      details: this.list,
    });
  }
}
