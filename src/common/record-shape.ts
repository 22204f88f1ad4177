import type { FeatureSpec, Signature } from './signature';

const KINDS = { number: 'number', text: 'string', boolean: 'boolean' } as const;

/**
 * JSON Schema 2020-12 of one record of a tabular model with named features: what it takes, by name; null for any other.
 * Columns that the model does not read are optional and may be anything; known categories are listed, and binding only
 * where the model fails on others.
 */
export function recordSchemaOf({ features }: Signature): Record<string, unknown> | null {
  if (!features || features.length === 0) return null;
  const properties = new Map<string, unknown>();
  for (const feature of features) {
    if (feature.name === undefined) return null;
    properties.set(feature.name, propertyOf(feature));
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(properties),
    required: features.filter(({ ignored }) => !ignored).map(({ name }) => name),
    additionalProperties: false,
    ...(properties.size > 0 && { examples: [exampleRecord(features)] }),
  };
}

/** One row that the model takes, in the order of its features; null when it is not tabular. */
export function exampleRow({ features }: Signature): unknown[] | null {
  return features && features.map(exampleValue);
}

function exampleRecord(features: FeatureSpec[]): Record<string, unknown> {
  const read = features.filter(({ ignored }) => !ignored);
  return Object.fromEntries(read.map((feature) => [feature.name, exampleValue(feature)])) as Record<string, unknown>;
}

function propertyOf({ kind, nullable, categories, closed, ignored }: FeatureSpec): Record<string, unknown> {
  if (ignored) return { description: 'The model does not read it.' };
  const known = categories?.filter((category) => category !== null);
  const type = nullable ? [KINDS[kind], 'null'] : KINDS[kind];
  if (!known || known.length === 0) return { type };
  return closed ? { enum: nullable ? [...known, null] : known } : { type, examples: known.slice(0, 20) };
}

function exampleValue({ kind, categories }: FeatureSpec): unknown {
  const known = categories?.find((category) => category !== null);
  if (known !== undefined) return known;
  if (kind === 'text') return 'text';
  return kind === 'boolean' ? true : 1;
}
