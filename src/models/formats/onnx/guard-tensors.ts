import { AppError } from '../../../common/errors';
import { ELEMENT_TYPES } from './element-types';
import type { SparseTensorProto, TensorProto } from './model-proto';

/**
 * A tensor of the file must hold exactly the values that its dims promise, in the file itself: runtimes differ in what
 * they make of one that does not, and some read other files or past the end.
 * @throws AppError model_unsafe for external data, model_unsupported for segments, model_corrupt for the rest
 */
export function guardTensor(tensor: TensorProto): void {
  const label = tensor.name ? `tensor "${tensor.name.slice(0, 80)}"` : `the tensor at byte ${tensor.span.start}`;
  if (tensor.isExternal) {
    throw new AppError(
      'model_unsafe',
      `${label} keeps its data in another file, which is never read; save the model with all data inside`,
    );
  }
  if (tensor.isSegment) throw new AppError('model_unsupported', `${label} is split into segments`);
  const info = ELEMENT_TYPES.get(tensor.dataType);
  if (!info) corrupt(label, `a known element type, found ${tensor.dataType}`);
  const count = elements(tensor.dims, label);
  const stored = Object.entries(tensor.counts).filter(([, entries]) => entries > 0);
  if (tensor.raw) {
    if (info.field === 'string') corrupt(label, 'texts one by one, found raw bytes');
    if (stored.length > 0) corrupt(label, 'its values once, found them twice');
    const expected = Math.ceil((count * info.bits) / 8);
    const found = tensor.raw.end - tensor.raw.start;
    if (found !== expected) corrupt(label, `${expected} bytes for ${count} values, found ${found}`);
    return;
  }
  const misplaced = stored.find(([field]) => field !== info.field);
  if (misplaced) corrupt(label, `values of ${info.name} in ${info.field}_data, found ${misplaced[0]}_data`);
  const expected = Math.ceil(count * info.entries);
  const found = tensor.counts[info.field];
  if (found !== expected) corrupt(label, `${expected} values, found ${found}`);
}

/**
 * A sparse tensor becomes dense when it is loaded, so its dims are bounded here.
 * @throws AppError as {@link guardTensor}, and import_limit when it would be too large
 */
export function guardSparseTensor(sparse: SparseTensorProto, maxElements: number): void {
  const label = `the sparse tensor at byte ${sparse.offset}`;
  if (!sparse.values || !sparse.indices) corrupt(label, 'values and indices');
  guardTensor(sparse.values);
  guardTensor(sparse.indices);
  const count = elements(sparse.dims, label);
  if (count > maxElements) {
    throw new AppError('import_limit', `${label} would become ${count} values; at most ${maxElements} are allowed`);
  }
}

/** Product of the dims; refuses negative ones and products that are no exact number. */
function elements(dims: readonly number[], label: string): number {
  let count = 1;
  for (const dim of dims) {
    if (!(dim >= 0)) corrupt(label, `axes of size 0 or more, found ${dim}`);
    // Checked at each step: an axis of size 0 must not hide an overflow before it.
    count = dim === 0 ? 0 : count * dim;
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(dim))
      corrupt(label, `a size that exists, found [${dims.join(', ')}]`);
  }
  return count;
}

function corrupt(label: string, expected: string): never {
  throw new AppError('model_corrupt', `broken ONNX file: ${label}: expected ${expected}`);
}
