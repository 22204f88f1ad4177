import type { AppError } from '../../../common/errors';
import { listFew } from '../../../common/list-few';
import { type FeatureSpec, MISSING_TEXT, type Signature, type TensorSpec } from '../../../common/signature';
import type { NumericArray } from '../../../common/tensor';
import { type InputBuffer, RANGES, wordsFor, writeElement } from './input-buffer';
import { invalidInput, type Place } from './invalid-input';

export type TabularSignature = Signature & { features: FeatureSpec[] };

/** One feature of a row, ready to be written: its tensor, and the closed set of values that it may have. */
export interface Column {
  feature: FeatureSpec;
  name: string;
  spec: TensorSpec;
  stride: number;
  allowed: Set<unknown> | null;
}

/** @throws RangeError when a feature names an input that the signature does not have */
export function compileColumns(signature: Pick<TabularSignature, 'inputs' | 'features'>): Column[] {
  return signature.features.map((feature, i) => {
    const spec = signature.inputs[feature.input];
    if (!spec) throw new RangeError(`Feature ${i} names input ${feature.input}, which the signature does not have`);
    return {
      feature,
      name: feature.name ?? `feature ${i}`,
      spec,
      stride: strideOf(spec, feature.input, signature.features),
      allowed: feature.closed && feature.categories ? new Set(feature.categories) : null,
    };
  });
}

/** Elements of one row of an input: its second axis, or the features that go there when that axis is open. */
export function strideOf(spec: TensorSpec, input: number, features: FeatureSpec[]): number {
  if (spec.shape.length < 2) return 1;
  const declared = spec.shape[1] ?? -1;
  return declared >= 0 ? declared : features.filter((feature) => feature.input === input).length;
}

/**
 * The bound of a number when the model is of the most common kind, one float input with numbers in column order, so
 * that a row can be written by one loop without calls; null for any other.
 */
export function plainBound(columns: Column[]): number | null {
  const [first] = columns;
  if (!first || (first.spec.datatype !== 'FP32' && first.spec.datatype !== 'FP64')) return null;
  const plain = columns.every(
    ({ feature, allowed, stride }, i) =>
      feature.kind === 'number' &&
      !feature.ignored &&
      feature.input === 0 &&
      feature.column === i &&
      !allowed &&
      stride === columns.length,
  );
  return plain ? RANGES[first.spec.datatype].max : null;
}

/** Writes one value where its feature belongs; false when it is not one that the feature takes. */
export function writeCell(column: Column, value: unknown, buffers: InputBuffer[], row: number): boolean {
  const { feature, spec, allowed, stride } = column;
  const { data } = buffers[feature.input] as InputBuffer;
  const at = row * stride + feature.column;
  // Whatever goes there is not read; absence in a record is as good as a value.
  if (feature.ignored) return (value === null || typeof value !== 'object') && writeMissing(data, at, spec);
  if (value === null) return feature.nullable && writeMissing(data, at, spec);
  if (!fitsKind(feature, value) || (allowed && !allowed.has(value))) return false;
  const asNumber = typeof value === 'boolean' && spec.datatype !== 'BOOL';
  return writeElement(data, at, spec.datatype, asNumber ? Number(value) : value);
}

/** The error for what {@link writeCell} refused. */
export function cellError({ feature, spec, allowed }: Column, value: unknown, place: Place): AppError {
  if (allowed && value !== null && fitsKind(feature, value) && !allowed.has(value)) {
    return invalidInput(place, `one of ${listCategories(feature)}`, value);
  }
  const words =
    feature.kind === 'boolean' ? 'true or false' : wordsFor(spec.datatype, value) + numberHint(feature, value);
  return invalidInput(place, feature.nullable ? `${words} or null` : words, value);
}

/** A model file seldom says that a column of numbers was one of booleans, so that the client has to. */
function numberHint(feature: FeatureSpec, value: unknown): string {
  return feature.kind === 'number' && typeof value === 'boolean' ? ` (for ${String(value)} send ${Number(value)})` : '';
}

function fitsKind(feature: FeatureSpec, value: unknown): boolean {
  switch (feature.kind) {
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean' || value === 0 || value === 1;
  }
}

/** NaN is the missing number, {@link MISSING_TEXT} the missing text; an integer or boolean tensor has none. */
function writeMissing(data: NumericArray | string[], at: number, spec: TensorSpec): boolean {
  if (spec.datatype.startsWith('FP')) (data as Float64Array)[at] = NaN;
  else if (spec.datatype === 'BYTES') (data as string[])[at] = MISSING_TEXT;
  else return false;
  return true;
}

function listCategories({ categories }: FeatureSpec): string {
  return listFew(categories ?? [], (category) => JSON.stringify(category));
}
