import type { Ajv2020, Options, ValidateFunction } from 'ajv/dist/2020';
import { createRequire } from 'node:module';
import { AppError, type ErrorDetail } from '../common/errors';
import { findExcess } from './json-bounds';
import { compileLinearRegExp, TooMuchMatching, withBoundedMatching } from './linear-regexp';
import { inspectSchema } from './schema-guard';
import { toDetails } from './schema-messages';

/** Checks one record; an empty list means that it fits. Never throws. */
export type RecordSchema = (record: unknown) => ErrorDetail[];

const MAX_DETAILS = 100;
/** Errors that are made into details; several may go into one. */
const MAX_ERRORS = 1000;
/** In larger records only the first error is looked for, so that a hostile one cannot make millions of them. */
const MAX_VALUES_FOR_ALL_ERRORS = 5000;
const MAX_RECORD_DEPTH = 100;
/** Checks that one record may need: its values times the schema's weight. */
const MAX_CHECKS = 20e6;
const TOO_MUCH_TEXT = 'has more text than may be matched against the patterns of the schema';

export interface RecordSchemaOptions {
  /** The schema was compiled before (it comes from the store): skips checking it against the meta-schema, some 40 ms. */
  trusted?: boolean;
}

// Ajv costs some 30 ms and 8 MB where it is loaded; workers of models without a schema never pay for it.
const load = createRequire(__filename);

/**
 * Compiles a JSON Schema (2020-12) of one record to a check. `$ref` stays inside the document, patterns run in linear
 * time, fields that the schema does not name are allowed unless it says otherwise, `format` is checked for date, time,
 * date-time, uuid and email and is an annotation otherwise (JSON Schema Validation 2020-12, section 7.2.1).
 * @throws AppError bad_request with the reason when it is not a schema that can be compiled
 */
export function compileRecordSchema(schema: unknown, options: RecordSchemaOptions = {}): RecordSchema {
  const inspection = inspectSchema(schema);
  if (inspection.problem !== null) throw unusable(inspection.problem);
  const { $id: _unused, ...document } = schema as Record<string, unknown>;
  if (!options.trusted) assertValidSchema(document);
  const findAll = compile(document, { allErrors: true });
  const maxValues = Math.floor(MAX_CHECKS / inspection.weight);
  let findFirst: ValidateFunction | undefined;
  return (record) => {
    let check = findAll;
    if (findExcess(record, { maxDepth: MAX_RECORD_DEPTH, maxValues: Math.min(maxValues, MAX_VALUES_FOR_ALL_ERRORS) })) {
      const excess = findExcess(record, { maxDepth: MAX_RECORD_DEPTH, maxValues });
      if (excess) return [{ field: '', message: excess }];
      check = findFirst ??= compileFirst(document) ?? findAll;
    }
    try {
      if (withBoundedMatching(() => check(record))) return [];
    } catch (error) {
      if (error instanceof TooMuchMatching) return [{ field: '', message: TOO_MUCH_TEXT }];
      throw error;
    }
    return toDetails((check.errors ?? []).slice(0, MAX_ERRORS)).slice(0, MAX_DETAILS);
  };
}

/**
 * A check that stops at the first error. Ajv writes it as one condition inside the other, too deep for the engine when
 * a schema has more than a thousand fields or so; null then (the bound on checks holds all the same).
 */
function compileFirst(schema: Record<string, unknown>): ValidateFunction | null {
  try {
    const check = makeAjv({}).compile(schema);
    // The engine reads a function whole when it is first called, and not before.
    check(undefined);
    return check;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function compile(schema: Record<string, unknown>, options: Options): ValidateFunction {
  try {
    return makeAjv(options).compile(schema);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error));
  }
}

// The compiled meta-schema depends on nothing, so it is kept: compiling it takes some 40 ms.
let metaSchema: Ajv2020 | undefined;

function assertValidSchema(schema: Record<string, unknown>): void {
  metaSchema ??= makeAjv({ meta: true, validateSchema: true });
  if (metaSchema.validateSchema(schema) !== true) throw unusable(metaSchema.errorsText(metaSchema.errors));
}

function unusable(reason: string): AppError {
  return new AppError('bad_request', `input_schema cannot be used: ${reason.slice(0, 300)}`);
}

function makeAjv(options: Options): Ajv2020 {
  const { Ajv2020: Ajv } = load('ajv/dist/2020') as typeof import('ajv/dist/2020');
  const ajv = new Ajv({ ...OPTIONS, ...options });
  addFormats(ajv);
  replaceUniqueItems(ajv);
  return ajv;
}

/** Ajv keeps compiled patterns under their `toString()`, so that must tell them apart. */
const regExpEngine = Object.assign(
  (pattern: string) => ({ test: compileLinearRegExp(pattern), toString: () => pattern }),
  { code: 'compileLinearRegExp' },
);

const OPTIONS: Options = {
  // Unknown keywords are annotations, as JSON Schema Core 2020-12 section 6.5 wants it.
  strict: false,
  meta: false,
  validateSchema: false,
  verbose: true,
  logger: false,
  // Without it a record would seem to have fields like "constructor".
  ownProperties: true,
  code: { regExp: regExpEngine },
};

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** RFC 3339 section 5.6 for dates and times. Each expression is anchored and bounded, so linear by itself. */
const FORMATS: Record<string, (text: string) => boolean> = {
  date: isDate,
  time: (text) => TIME.test(text),
  'date-time': (text) => isDate(text.slice(0, 10)) && /^[Tt ]$/.test(text.charAt(10)) && TIME.test(text.slice(11)),
  uuid: (text) => UUID.test(text),
  email: (text) => EMAIL.test(text),
};

function isDate(text: string): boolean {
  return DATE.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

function addFormats(ajv: Ajv2020): void {
  for (const [name, validate] of Object.entries(FORMATS)) ajv.addFormat(name, { type: 'string', validate });
}

/** Ajv compares every item with every other; by their canonical text the work stays linear in the record. */
function replaceUniqueItems(ajv: Ajv2020): void {
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not have the same item twice' },
    validate: (wanted: boolean, items: unknown[]) =>
      !wanted || new Set(items.map((item) => JSON.stringify(item, sortKeys))).size === items.length,
  });
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
