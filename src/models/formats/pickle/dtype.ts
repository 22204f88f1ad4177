import { AppError } from '../../../common/errors';
import { type DType, DTypeRecord, PyDict, PyGlobal, PyTuple, type PyValue } from './records';

/**
 * numpy dtypes as pickles have them. Source: numpy `numpy/_core/src/multiarray/descriptor.c`, `arraydescr_reduce` and
 * `arraydescr_setstate`, versions 1.16 to 2.4.
 */

/** Item sizes that a kind may have; `null` for those whose size is free. */
const SIZES: Readonly<Record<string, readonly number[] | null>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
  m: [8],
  M: [8],
  O: [4, 8],
  S: null,
  U: null,
  V: null,
};
const MAX_ITEM_SIZE = 2 ** 28;
const MAX_DIMENSIONS = 64;

/** Types that numpy names by their scalar class where kind and size do not say it. */
const BY_CLASS: Readonly<Record<string, string>> = { record: 'V0', void: 'V0', object_: 'O8', bool_: 'b1', bool: 'b1' };

export function corruptArray(found: string): AppError {
  return new AppError('model_corrupt', `A numpy array of the pickle is broken: ${found}.`);
}

/**
 * The dtype that `numpy.dtype(code)` makes, such as `f8`, `U10` or `V64`.
 * @throws AppError `model_corrupt` for a code that numpy does not write.
 */
export function parseDType(code: PyValue | undefined): DType {
  const text = code instanceof PyGlobal ? BY_CLASS[code.name] : code;
  const match = typeof text === 'string' ? /^([<>|=]?)([?biufcmMOSUVa])(\d{0,9})$/.exec(text) : null;
  if (!match) throw corruptArray('the type of its elements is not one that numpy writes');
  const kind = match[2] === '?' ? 'b' : match[2] === 'a' ? 'S' : (match[2] ?? '');
  const digits = match[3] ?? '';
  const width = digits === '' ? defaultWidth(kind) : Number(digits);
  return checked({
    kind,
    itemSize: kind === 'U' ? width * 4 : width,
    littleEndian: match[1] !== '>',
    fields: null,
    ...(kind === 'O' && { hasObject: true }),
  });
}

/**
 * Completes a dtype with the state that numpy's `dtype.__setstate__` takes: (version, byte order, subarray, names,
 * fields, item size, alignment, flags, metadata), of which the last two are missing in old files.
 */
export function completeDType(record: DTypeRecord, state: PyValue): void {
  const items = state instanceof PyTuple ? state.items : [];
  const [version, order, sub = null, names = null, fields = null, elementSize] = items;
  if (items.length < 7 || typeof version !== 'number' || typeof order !== 'string' || !/^[<>|=]$/.test(order)) {
    throw corruptArray('the state of its element type is not one that numpy writes');
  }
  const base = record.dtype;
  const itemSize = typeof elementSize === 'number' && elementSize >= 0 ? elementSize : base.itemSize;
  const structure = names === null ? null : readFields(names, fields, itemSize);
  const subarray = sub === null ? null : readSubarray(sub, itemSize);
  const hasObject = base.kind === 'O' || Boolean(subarray?.dtype.hasObject) || anyObject(structure);
  record.dtype = checked({
    kind: base.kind,
    itemSize,
    littleEndian: order !== '>',
    fields: structure,
    ...(subarray && { subarray }),
    ...(hasObject && { hasObject }),
  });
}

/** The whole numbers of a shape, checked. @throws AppError `model_corrupt` */
export function readShape(shape: PyValue | undefined): number[] {
  const items = shape instanceof PyTuple ? shape.items : Array.isArray(shape) ? shape : [shape];
  if (items.length > MAX_DIMENSIONS) throw corruptArray(`it has ${items.length} dimensions`);
  return items.map((size) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw corruptArray('its shape is no list of whole numbers');
    }
    return size;
  });
}

/** Elements of an array of this shape. @throws AppError `model_corrupt` when that is no number a file can mean. */
export function countElements(shape: readonly number[]): number {
  let count = 1;
  // A zero anywhere makes the array empty, whatever the other sizes multiply to.
  if (shape.includes(0)) return 0;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) throw corruptArray('its shape has more elements than can be counted');
  }
  return count;
}

/** How messages name a dtype: `float64` as `f8`, structured ones by their fields. */
export function describeDType(dtype: DType): string {
  if (dtype.fields) return `structure (${[...dtype.fields.keys()].slice(0, 12).join(', ').slice(0, 200)})`;
  return `${dtype.littleEndian ? '' : '>'}${dtype.kind}${dtype.kind === 'U' ? dtype.itemSize / 4 : dtype.itemSize}`;
}

function defaultWidth(kind: string): number {
  if (kind === 'O') return 8;
  return kind === 'b' ? 1 : 0;
}

function checked(dtype: DType): DType {
  const sizes = SIZES[dtype.kind];
  const { itemSize } = dtype;
  const sizeKnown = sizes ? sizes.includes(itemSize) : Number.isInteger(itemSize) && itemSize <= MAX_ITEM_SIZE;
  if (sizes === undefined || !sizeKnown || (dtype.kind === 'U' && itemSize % 4 !== 0)) {
    throw corruptArray(`its elements would be of kind ${dtype.kind} and ${itemSize} bytes`);
  }
  return dtype;
}

function readFields(names: PyValue, fields: PyValue, itemSize: number): NonNullable<DType['fields']> {
  const list = names instanceof PyTuple ? names.items : names;
  if (!Array.isArray(list) || !(fields instanceof PyDict)) throw corruptArray('its fields are no list of names');
  const result: NonNullable<DType['fields']> = new Map();
  for (const name of list) {
    const entry = fields.get(name);
    const [record, offset] = entry instanceof PyTuple ? entry.items : [];
    const dtype = record instanceof DTypeRecord ? record.dtype : null;
    if (typeof name !== 'string' || dtype === null || typeof offset !== 'number' || !Number.isInteger(offset)) {
      throw corruptArray('a field of its elements has no name, type or place');
    }
    if (offset < 0 || offset + dtype.itemSize > itemSize) {
      throw corruptArray(`a field of ${dtype.itemSize} bytes at ${offset} is outside its elements of ${itemSize}`);
    }
    result.set(name, { dtype, offset });
  }
  return result;
}

function readSubarray(sub: PyValue, itemSize: number): NonNullable<DType['subarray']> {
  const [record, size] = sub instanceof PyTuple ? sub.items : [];
  if (!(record instanceof DTypeRecord)) throw corruptArray('the type of an inner array is missing');
  const shape = readShape(size);
  if (countElements(shape) * record.dtype.itemSize !== itemSize) {
    throw corruptArray(`an inner array of shape (${shape.join(', ')}) does not fill ${itemSize} bytes`);
  }
  return { dtype: record.dtype, shape };
}

function anyObject(fields: DType['fields']): boolean {
  for (const { dtype } of fields?.values() ?? []) if (dtype.hasObject) return true;
  return false;
}
