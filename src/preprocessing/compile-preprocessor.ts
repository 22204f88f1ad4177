import { AppError, type ErrorDetail } from '../common/errors';
import { compileValue, type Evaluate, MAX_TEXT_CHARACTERS, type RawRecord } from './compile-value';
import { Fault } from './fault';
import { describeJson, findExcess, isJsonObject } from './json-bounds';
import type { Scalar } from './preprocessor-spec';
import { compileRecordSchema, type RecordSchema, type RecordSchemaOptions } from './record-schema';
import { SpecReader } from './spec-reader';

export type PreprocessResult = { ok: true; record: Record<string, Scalar> } | { ok: false; details: ErrorDetail[] };

/** Derives the processed record from a raw one; the same record always gives the same result. Never throws. */
export type Preprocess = (record: unknown) => PreprocessResult;

/** What the store adds to a document; ignored when it comes back. */
export const STORED_MEMBERS = ['name', 'version', 'builtin', 'created_at', 'updated_at'];

const MAX_DEPTH = 64;
const MAX_VALUES = 200_000;
const MAX_FIELDS = 2000;
const MAX_NAME_CHARACTERS = 256;
const MAX_DESCRIPTION_CHARACTERS = 10_000;

/**
 * Validates a preprocessor document (see `PreprocessorDocument`) and compiles it to a function.
 * Each call of the function checks the raw record against `input`, then derives every field of `output`; all that is
 * wrong with a record is reported under the raw field it stems from, or the output field where it stems from several.
 * @throws AppError invalid_preprocessor whose details name each place in the document that is wrong
 */
export function compilePreprocessor(document: unknown, options: RecordSchemaOptions = {}): Preprocess {
  const excess = findExcess(document, { maxDepth: MAX_DEPTH, maxValues: MAX_VALUES });
  if (excess) throw new AppError('invalid_preprocessor', `The preprocessor ${excess}`);
  const spec = SpecReader.of(document);
  if (!spec.object(['description', 'input', 'output', ...STORED_MEMBERS])) throw invalid(spec.problems);
  if (spec.has('description')) spec.member('description').text(MAX_DESCRIPTION_CHARACTERS);
  const schema = compileInput(spec.member('input'), options);
  const fields = compileOutput(spec.member('output'));
  if (spec.problems.length > 0 || !schema) throw invalid(spec.problems);
  return (record) => run(record, schema, fields);
}

interface OutputFunction {
  name: string;
  evaluate: Evaluate;
}

function compileInput(spec: SpecReader, options: RecordSchemaOptions): RecordSchema | null {
  if (!isJsonObject(spec.value)) {
    spec.problem(`must be the JSON Schema of the raw record, found ${describeJson(spec.value)}`);
    return null;
  }
  try {
    return compileRecordSchema(spec.value, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    spec.problem(error.message);
    return null;
  }
}

function compileOutput(spec: SpecReader): OutputFunction[] {
  const names = new Set<string>();
  return spec.list(1, MAX_FIELDS).map((field) => {
    const name = isJsonObject(field.value) ? field.member('field').text(MAX_NAME_CHARACTERS) : '';
    if (names.has(name) && name !== '') field.member('field').problem(`is given twice: ${describeJson(name)}`);
    names.add(name);
    if (!isJsonObject(field.value)) field.problem(`must be an object, found ${describeJson(field.value)}`);
    return { name, evaluate: compileValue(field, ['field']) };
  });
}

function run(raw: unknown, schema: RecordSchema, fields: readonly OutputFunction[]): PreprocessResult {
  const details = schema(raw);
  if (details.length > 0) return { ok: false, details };
  if (!isJsonObject(raw)) {
    return { ok: false, details: [{ field: '', message: `must be an object, found ${describeJson(raw)}` }] };
  }
  const record: Record<string, Scalar> = {};
  let characters = 0;
  for (const { name, evaluate } of fields) {
    const value = evaluate(raw satisfies RawRecord);
    if (typeof value === 'string' && (characters += value.length) > MAX_TEXT_CHARACTERS) {
      return { ok: false, details: [{ field: name, message: `makes more than ${MAX_TEXT_CHARACTERS} characters` }] };
    }
    if (value instanceof Fault) details.push({ field: value.field ?? name, message: value.message });
    else if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true });
    else record[name] = value;
  }
  return details.length > 0 ? { ok: false, details } : { ok: true, record };
}

function invalid(problems: readonly ErrorDetail[]): AppError {
  const first = problems[0];
  const where = first?.field ? `${first.field} ` : 'the document ';
  return new AppError('invalid_preprocessor', `The preprocessor cannot be used: ${where}${first?.message ?? ''}`, {
    details: [...problems],
  });
}
