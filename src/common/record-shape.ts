import type { FeatureSpec, Signature, TensorSpec } from './signature';
import { elementCount } from './tensor';

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

/** An example of more values than this would be most of a document. */
const MAX_EXAMPLE_VALUES = 10_000;

/**
 * One item that the model takes: a row in the order of its features, or nested arrays of ones, by name where it has
 * several inputs; axes of any size have one element. Null when that were too many to show.
 */
export function exampleItem(signature: Signature): unknown {
  const { features, inputs, whole } = signature;
  if (features) return features.map(exampleValue);
  const axesOf = ({ shape }: TensorSpec): number[] => (whole ? shape : shape.slice(1)).map((axis) => Math.max(axis, 1));
  if (inputs.reduce((sum, spec) => sum + elementCount(axesOf(spec)), 0) > MAX_EXAMPLE_VALUES) return null;
  const tensors = inputs.map((spec) => [spec.name, nested(axesOf(spec), elementOf(spec))] as const);
  return tensors.length === 1 ? tensors[0]![1] : Object.fromEntries(tensors);
}

function nested([size, ...inner]: number[], value: unknown): unknown {
  return size === undefined ? value : Array.from({ length: size }, () => nested(inner, value));
}

/** Integers are mostly places in a table, which has a first one. */
function elementOf({ datatype }: TensorSpec): unknown {
  if (datatype === 'BYTES') return 'text';
  return datatype === 'BOOL' ? true : datatype.startsWith('FP') ? 1 : 0;
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
