import { AppError } from '../../common/errors';
import type { Datatype, FeatureSpec, Signature, TensorSpec } from '../../common/signature';
import { elementCount, type NumericArray, type Tensor } from '../../common/tensor';

/** Made-up rows larger than this are not made. */
const MAX_VALUES = 2 ** 24;

const ARRAYS: Record<Exclude<Datatype, 'BYTES'>, (length: number) => NumericArray> = {
  BOOL: (length) => new Uint8Array(length),
  UINT8: (length) => new Uint8Array(length),
  UINT16: (length) => new Uint16Array(length),
  UINT32: (length) => new Uint32Array(length),
  UINT64: (length) => new BigUint64Array(length),
  INT8: (length) => new Int8Array(length),
  INT16: (length) => new Int16Array(length),
  INT32: (length) => new Int32Array(length),
  INT64: (length) => new BigInt64Array(length),
  FP16: (length) => new Float16Array(length),
  FP32: (length) => new Float32Array(length),
  FP64: (length) => new Float64Array(length),
};

/**
 * Made-up rows that a model should be able to answer: known categories where there are any, otherwise small positive
 * numbers, 0 and 1 for integers (they may be places in a table), short texts. A free batch axis gets `rows`, any other
 * free axis 1; a fixed axis stays. The rows differ from each other.
 * @throws AppError import_limit when the fixed axes are absurdly large
 */
export function probeInputs(signature: Signature, rows: number): Tensor[] {
  return signature.inputs.map((spec, index) => {
    const features = signature.features?.filter(({ input }) => input === index) ?? null;
    return probe(spec, rows, features);
  });
}

function probe({ name, datatype, shape: declared }: TensorSpec, rows: number, features: FeatureSpec[] | null): Tensor {
  const shape = declared.map((axis, i) => (axis !== -1 ? axis : i === 0 ? rows : 1));
  const count = elementCount(shape);
  if (!(count <= MAX_VALUES)) {
    throw new AppError('import_limit', `input "${name.slice(0, 80)}" takes ${count} values for ${rows} rows`);
  }
  const columns = features ? columnTable(features) : null;
  const width = columns?.length || 1;
  const valueAt = (i: number): string | number => {
    const categories = columns?.[i % width]?.categories?.filter((category) => category !== null);
    if (categories?.length) return toScalar(categories[Math.floor(i / width) % categories.length]!);
    if (datatype === 'BYTES') return `text ${i % 3}`;
    // Neighbouring rows must differ even when the width is a multiple of the period.
    const step = (i + Math.floor(i / width)) % 7;
    return datatype.startsWith('FP') ? 0.25 + step / 8 : step % 2;
  };
  if (datatype === 'BYTES')
    return { datatype, shape, data: Array.from({ length: count }, (_, i) => String(valueAt(i))) };
  const data = ARRAYS[datatype](count);
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < count; i++) data[i] = isBig ? BigInt(Math.trunc(Number(valueAt(i)))) : Number(valueAt(i));
  return { datatype, shape, data };
}

function columnTable(features: FeatureSpec[]): (FeatureSpec | undefined)[] {
  const table: (FeatureSpec | undefined)[] = [];
  for (const feature of features) table[feature.column] = feature;
  return table;
}

function toScalar(category: string | number | boolean): string | number {
  return typeof category === 'boolean' ? Number(category) : category;
}
