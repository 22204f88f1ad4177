import { AppError } from '../common/errors';
import { NAME, NAME_RULE } from '../common/name-rule';
import type { Signature } from '../common/signature';
import { describeJson } from '../preprocessing/json-bounds';
import { compileRecordSchema } from '../preprocessing/record-schema';
import type { ReceivedUpload } from './receive-upload';

/** The text parts of an upload, checked. */
export interface DeclaredParts {
  modelId: string;
  inputSchema: Record<string, unknown> | null;
  description: string | null;
  labels: string[] | null;
}

/**
 * Reads the text parts of an upload.
 * @throws AppError bad_request naming the part that is missing or wrong
 */
export function readDeclaredParts(parts: ReceivedUpload['parts']): DeclaredParts {
  const modelId = parts.model_id;
  if (modelId === undefined) throw new AppError('bad_request', 'expected a part "model_id", found none');
  if (!NAME.test(modelId)) {
    const found = JSON.stringify(modelId.slice(0, 140));
    throw new AppError('bad_request', `model_id must be ${NAME_RULE}; found ${found}`);
  }
  return {
    modelId,
    inputSchema: parts.input_schema === undefined ? null : readInputSchema(parts.input_schema),
    description: parts.description ?? null,
    labels: parts.labels === undefined ? null : readLabels(parts.labels),
  };
}

/** Puts the names given at upload into the signature. @throws AppError bad_request when they do not match the classes */
export function withLabels(signature: Signature, labels: string[] | null): Signature {
  if (!labels) return signature;
  const count = signature.classes?.length;
  if (signature.task !== 'classification') {
    throw new AppError('bad_request', `labels name the classes of a classifier; this is a model for ${signature.task}`);
  }
  if (count !== undefined && labels.length !== count) {
    throw new AppError('bad_request', `expected ${count} labels, one for each class, found ${labels.length}`);
  }
  // A file that does not list its classes answers their places.
  return { ...signature, classes: signature.classes ?? labels.map((_, place) => place), labels };
}

function readInputSchema(text: string): Record<string, unknown> {
  const schema = parseJson('input_schema', text);
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new AppError('bad_request', `input_schema must be a JSON Schema object, found ${describeJson(schema)}`);
  }
  compileRecordSchema(schema);
  return schema as Record<string, unknown>;
}

function readLabels(text: string): string[] {
  const labels = parseJson('labels', text);
  const expected = 'labels must be a JSON array of class names, each a text';
  if (!Array.isArray(labels)) throw new AppError('bad_request', `${expected}; found ${describeJson(labels)}`);
  if (labels.length === 0) throw new AppError('bad_request', `${expected}; found an empty one`);
  const seen = new Set<string>();
  for (const [item, label] of labels.entries()) {
    if (typeof label !== 'string') {
      throw new AppError('bad_request', `${expected}; found ${describeJson(label)} as its item ${item}`);
    }
    if (seen.has(label)) throw new AppError('bad_request', `labels must differ; found ${describeJson(label)} twice`);
    seen.add(label);
  }
  return [...seen];
}

function parseJson(part: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_request', `the part "${part}" is not valid JSON: ${(error as Error).message}`);
  }
}
