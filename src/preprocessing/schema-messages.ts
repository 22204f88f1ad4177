import type { ErrorObject } from 'ajv';
import type { ErrorDetail } from '../common/errors';
import { describeJson } from './json-bounds';
import { MAX_MATCHED_CHARACTERS } from './linear-regexp';

type Parameters = Record<string, unknown>;

/**
 * Ajv's errors of one record as details: the dotted path of the member that is wrong or missing, and a sentence that says
 * what was expected and what was found. Errors inside the branches of `anyOf` and `oneOf` are folded into one detail.
 */
export function toDetails(errors: readonly ErrorObject[]): ErrorDetail[] {
  const choices = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  const details = new Map<string, ErrorDetail>();
  for (const error of errors) {
    if (choices.some((choice) => isWithin(error, choice)) || error.keyword === 'if') continue;
    const detail = { field: fieldOf(error), message: messageOf(error, errors) };
    details.set(JSON.stringify(detail), detail);
  }
  return [...details.values()];
}

function isWithin(error: ErrorObject, choice: ErrorObject): boolean {
  return error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`);
}

function fieldOf(error: ErrorObject): string {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params as Parameters;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty ?? error.propertyName;
  return [...path, ...(typeof member === 'string' ? [member] : [])].join('.');
}

function messageOf(error: ErrorObject, all: readonly ErrorObject[]): string {
  const parameters = error.params as Parameters;
  const found = describeJson(error.data);
  if (error.keyword === 'anyOf' || error.keyword === 'oneOf') return choiceMessage(error, all);
  const expected = EXPECTATIONS[error.keyword]?.(parameters, error);
  if (expected === undefined) return `${error.message ?? 'does not fit the schema'}, found ${found}`;
  if (WITHOUT_FOUND.has(error.keyword)) return expected;
  if (error.keyword in COUNTED) return `${expected}, found ${COUNTED[error.keyword]?.(error.data)}`;
  return `${expected}, found ${found}`;
}

function choiceMessage(choice: ErrorObject, all: readonly ErrorObject[]): string {
  const passing = (choice.params as Parameters).passingSchemas;
  if (passing) return `must fit exactly one of the forms that the schema allows, fits several`;
  const branches = all.filter((error) => isWithin(error, choice));
  const types = branches.map((error) => (error.params as Parameters).type);
  if (
    branches.length > 0 &&
    branches.every((error) => error.keyword === 'type' && error.instancePath === choice.instancePath)
  ) {
    return `must be ${typeNames(types.flat())}, found ${describeJson(choice.data)}`;
  }
  const reasons = branches
    .filter((error) => error.keyword !== 'anyOf' && error.keyword !== 'oneOf')
    .slice(0, 8)
    .map((error) =>
      [fieldOf(error).slice(fieldOf(choice).length).replace(/^\./, ''), messageOf(error, all)].join(' ').trim(),
    );
  return `must fit one of the forms that the schema allows, found ${describeJson(choice.data)} (${[...new Set(reasons)].join('; ')})`;
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

function typeNames(types: readonly unknown[]): string {
  return [...new Set(types.map((type) => TYPE_NAMES[String(type)] ?? String(type)))].join(' or ');
}

const limit = (words: string) => (parameters: Parameters) => `must be ${words} ${String(parameters.limit)}`;
const count = (words: string, unit: string) => (parameters: Parameters) =>
  `must have ${words} ${String(parameters.limit)} ${unit}${parameters.limit === 1 ? '' : 's'}`;

const EXPECTATIONS: Record<string, (parameters: Parameters, error: ErrorObject) => string> = {
  type: (parameters) => `must be ${typeNames([parameters.type].flat())}`,
  required: () => 'is required',
  dependentRequired: (parameters) => `is required when ${String(parameters.property)} is given`,
  additionalProperties: () => 'is not a field of the schema',
  unevaluatedProperties: () => 'is not a field of the schema',
  propertyNames: () => 'is not an allowed field name',
  enum: (parameters) =>
    `must be one of ${(parameters.allowedValues as unknown[]).slice(0, 20).map(describeJson).join(', ')}`,
  const: (parameters) => `must be ${describeJson(parameters.allowedValue)}`,
  minimum: limit('at least'),
  maximum: limit('at most'),
  exclusiveMinimum: limit('above'),
  exclusiveMaximum: limit('below'),
  multipleOf: (parameters) => `must be a multiple of ${String(parameters.multipleOf)}`,
  minLength: count('at least', 'character'),
  maxLength: count('at most', 'character'),
  minItems: count('at least', 'item'),
  maxItems: count('at most', 'item'),
  minProperties: count('at least', 'field'),
  maxProperties: count('at most', 'field'),
  uniqueItems: () => 'must not have the same item twice',
  format: ({ format }) => `must be ${/^[aeio]/.test(String(format)) ? 'an' : 'a'} ${String(format)}`,
  pattern: (parameters, error) =>
    String(error.data).length > MAX_MATCHED_CHARACTERS
      ? `must have at most ${MAX_MATCHED_CHARACTERS} characters to be matched against a pattern`
      : `must match the pattern ${String(parameters.pattern)}`,
  not: () => 'must not fit the form that the schema excludes',
  'false schema': () => 'is not allowed',
};

const WITHOUT_FOUND = new Set([
  'required',
  'dependentRequired',
  'additionalProperties',
  'unevaluatedProperties',
  'uniqueItems',
  'false schema',
]);

/** For bounds on a size, the size found says more than the value. */
const COUNTED: Record<string, (data: unknown) => number> = {
  minLength: (data) => [...String(data)].length,
  maxLength: (data) => [...String(data)].length,
  minItems: (data) => (data as unknown[]).length,
  maxItems: (data) => (data as unknown[]).length,
  minProperties: (data) => Object.keys(data as object).length,
  maxProperties: (data) => Object.keys(data as object).length,
};
