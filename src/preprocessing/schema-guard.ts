import { findExcess, isJsonObject } from './json-bounds';

const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;
/** Subschemas after every `$ref` has been replaced by what it points to: the work of one value of a record. */
const MAX_EXPANDED_SUBSCHEMAS = 2000;
/** Compiling one takes about a millisecond, and matching it as long as some twenty plain checks. */
const MAX_PATTERNS = 200;
const PATTERN_WEIGHT = 20;
const DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** Keywords of JSON Schema 2020-12 (core and applicator vocabularies) whose value is a schema, a list or a map of them. */
const SCHEMA_KEYWORDS = [
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
const LIST_KEYWORDS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAP_KEYWORDS = ['dependentSchemas', 'patternProperties', 'properties'];
const REFUSED_KEYWORDS = [
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$recursiveAnchor',
  '$recursiveRef',
  '$vocabulary',
];

/** What may be said of a schema before it is compiled: why it may not be, or how much work it is for one value. */
export type SchemaInspection = { problem: string } | { problem: null; weight: number };

/**
 * Refuses schemas whose checking could reach outside the document or take unbounded time: foreign dialects, `$ref` to
 * anything but `#/...`, recursion, and references that multiply. The `weight` of any other is the number of checks that
 * one value of a record may need at most.
 */
export function inspectSchema(schema: unknown): SchemaInspection {
  const excess = findExcess(schema, { maxDepth: MAX_DEPTH, maxValues: MAX_VALUES });
  if (excess) return { problem: `the schema ${excess}` };
  if (!isJsonObject(schema)) return { problem: 'the schema must be an object' };
  if (schema.$schema !== undefined && !(typeof schema.$schema === 'string' && DIALECT.test(schema.$schema))) {
    return { problem: `$schema must be JSON Schema 2020-12, found ${JSON.stringify(schema.$schema).slice(0, 80)}` };
  }
  const walk = new SchemaWalk(schema);
  const problem = walk.visit(schema, []);
  return problem === null ? { problem, weight: walk.weight } : { problem };
}

class SchemaWalk {
  private expanded = 0;
  private patterns = 0;
  private choices = 0;

  constructor(private readonly root: Record<string, unknown>) {}

  get weight(): number {
    return this.expanded + this.choices + PATTERN_WEIGHT * this.patterns;
  }

  /** `references` are the `$ref`s that are being followed, outermost first. */
  visit(schema: unknown, references: readonly string[]): string | null {
    if (!isJsonObject(schema)) return null;
    if (++this.expanded > MAX_EXPANDED_SUBSCHEMAS) {
      return `the schema has more than ${MAX_EXPANDED_SUBSCHEMAS} subschemas, references followed`;
    }
    if (Array.isArray(schema.enum)) this.choices += schema.enum.length;
    if (schema.pattern !== undefined) this.patterns += 1;
    if (isJsonObject(schema.patternProperties)) this.patterns += Object.keys(schema.patternProperties).length;
    if (this.patterns > MAX_PATTERNS) return `the schema has more than ${MAX_PATTERNS} patterns, references followed`;
    const refused = REFUSED_KEYWORDS.find((keyword) => keyword in schema);
    if (refused) return `${refused} is not supported; use $ref with "#/$defs/..."`;
    if (schema.$id !== undefined && schema !== this.root) return '$id is supported at the root of the schema only';
    if (isJsonObject(schema.properties) && Object.hasOwn(schema.properties, '__proto__')) {
      return 'a field named __proto__ cannot be declared';
    }
    for (const child of subschemas(schema)) {
      const problem = this.visit(child, references);
      if (problem) return problem;
    }
    return schema.$ref === undefined ? null : this.follow(schema.$ref, references);
  }

  private follow(reference: unknown, references: readonly string[]): string | null {
    if (typeof reference !== 'string') return '$ref must be a text';
    if (!/^#(\/|$)/.test(reference)) {
      return `$ref must point into the same document with "#/...", found ${JSON.stringify(reference.slice(0, 80))}`;
    }
    if (references.includes(reference)) return `the schema refers to itself through ${reference.slice(0, 80)}`;
    const target = resolvePointer(this.root, reference.slice(1));
    if (target === undefined) return `$ref points to nothing: ${reference.slice(0, 80)}`;
    return this.visit(target, [...references, reference]);
  }
}

function subschemas(schema: Record<string, unknown>): unknown[] {
  const children: unknown[] = SCHEMA_KEYWORDS.map((keyword) => schema[keyword]);
  for (const keyword of LIST_KEYWORDS) {
    const list = schema[keyword];
    if (Array.isArray(list)) children.push(...(list as unknown[]));
  }
  for (const keyword of MAP_KEYWORDS) {
    const map = schema[keyword];
    if (isJsonObject(map)) children.push(...Object.values(map));
  }
  return children;
}

/** RFC 6901, in its URI fragment form (section 6). */
function resolvePointer(root: unknown, pointer: string): unknown {
  let target = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = decodeFragment(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return undefined;
    target = (target as Record<string, unknown>)[name];
  }
  return target;
}

function decodeFragment(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
