import { AppError } from '../../../common/errors';

/**
 * What a pickle becomes: inert records. Nothing here can call, import or look anything up; a class of the file is a
 * pair of strings, an object of it is its class, arguments and state. Lists are plain arrays, so cycles and shared
 * references are as in the file: whoever walks records keeps a set of those it has seen, and does not recurse.
 */

/** A name the file asked Python to import. */
export class PyGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

const NO_ITEMS: PyValue[] = [];
const NO_ENTRIES: [PyValue, PyValue][] = [];

/** An object that Python would have made by calling `cls(*args)` and handing it `state`. */
export class PyObject {
  state: PyValue = null;
  /** What APPEND(S) and SETITEM(S) put into it, for subclasses of list and dict; read only, see {@link append}. */
  items: PyValue[] = NO_ITEMS;
  entries: [PyValue, PyValue][] = NO_ENTRIES;
  /** Keyword arguments of NEWOBJ_EX. */
  kwargs: PyDict | null = null;

  constructor(
    readonly cls: PyGlobal | PyObject,
    readonly args: PyValue[],
  ) {}

  /** Dotted class path, such as `sklearn.tree._classes.DecisionTreeClassifier`; `?` for a class made at run time. */
  get path(): string {
    return this.cls instanceof PyGlobal ? this.cls.path : '?';
  }

  get className(): string {
    return this.cls instanceof PyGlobal ? this.cls.name : '?';
  }

  append(item: PyValue): void {
    if (this.items === NO_ITEMS) this.items = [];
    this.items.push(item);
  }

  setItem(key: PyValue, value: PyValue): void {
    if (this.entries === NO_ENTRIES) this.entries = [];
    this.entries.push([key, value]);
  }
}

export class PyTuple {
  constructor(readonly items: PyValue[]) {}
}

/** A dict: keys compare as in Python for text, numbers, booleans, None, bytes and tuples of them; others by identity. */
export class PyDict {
  /** Made on first use: an empty Map costs as much as ten empty dicts. */
  private map: Map<unknown, PyValue> | null = null;
  /** The keys that are not what {@link map} knows them by. */
  private keys: Map<unknown, PyValue> | null = null;

  get size(): number {
    return this.map?.size ?? 0;
  }

  get(key: PyValue): PyValue | undefined {
    return this.map?.get(dictKey(key));
  }

  has(key: PyValue): boolean {
    return this.map?.has(dictKey(key)) ?? false;
  }

  /** @throws AppError `import_limit` for a tuple key too large to compare. */
  set(key: PyValue, value: PyValue): void {
    const known = dictKey(key);
    this.map ??= new Map();
    // As in Python, the first of several equal keys stays.
    if (known !== key && !this.map.has(known)) (this.keys ??= new Map()).set(known, key);
    this.map.set(known, value);
  }

  /** In order of insertion. */
  *entries(): IterableIterator<[PyValue, PyValue]> {
    for (const [known, value] of this.map ?? []) {
      const key = this.keys?.get(known);
      yield [key === undefined ? (known as PyValue) : key, value];
    }
  }
}

export class PySet {
  constructor(readonly items: PyValue[]) {}
}

/** numpy.dtype: kind as numpy has it (`b i u f c O S U V M m`), item size in bytes. */
export interface DType {
  kind: string;
  itemSize: number;
  littleEndian: boolean;
  /** Of a structured dtype: fields by name. */
  fields: Map<string, { dtype: DType; offset: number }> | null;
  /** Of a field that is itself an array, such as `('f4', (3,))`. */
  subarray?: { dtype: DType; shape: number[] };
  /** Whether Python objects are in it, so that an array of it has no raw bytes. */
  hasObject?: boolean;
}

/**
 * numpy.ndarray. `data` are its raw bytes (a view of the upload, of any alignment), or the objects of an object array,
 * in the order of storage. Read it with the functions of `numpy.ts`.
 */
export interface NdArray {
  readonly type: 'ndarray';
  dtype: DType;
  shape: number[];
  /** Column-major storage. */
  fortran: boolean;
  data: Uint8Array | PyValue[];
}

export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PyValue[]
  | PyTuple
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | NdArray
  | DTypeRecord
  | NumpyScalar;

/** numpy.dtype as a value of its own: completed by BUILD, which replaces `dtype`, so that arrays made before keep theirs. */
export class DTypeRecord {
  constructor(public dtype: DType) {}
}

/** numpy scalar, such as numpy.float64(1.5). */
export class NumpyScalar {
  constructor(
    readonly dtype: DType,
    readonly value: PyValue,
  ) {}
}

/** Whether a value is an array, of numbers or of whatever else. */
export function isNdArray(value: PyValue | undefined): value is NdArray {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'ndarray';
}

/** Parts and characters a key may have: ample for tuples of labels, and what keeps shared tuples from unfolding. */
const MAX_KEY_UNITS = 4096;

/** Steps that looking `key` up takes. @throws AppError `import_limit` for bytes or tuples too large to compare. */
export function dictKeyCost(key: PyValue): number {
  if (typeof key === 'string') return 1 + (key.length >> 3);
  if (typeof key !== 'object' || key === null) return 1;
  if (!(key instanceof PyTuple || key instanceof Uint8Array || key instanceof NumpyScalar)) return 1;
  let units = 0;
  visitKey(key, (part) => {
    units += 1;
    if (typeof part === 'string' || part instanceof Uint8Array) units += part.length;
    if (part instanceof PyTuple) units += part.items.length;
    if (units > MAX_KEY_UNITS) throw new AppError('import_limit', KEY_TOO_LARGE);
  });
  return units;
}

const KEY_TOO_LARGE = `A dict of the pickle has a key of more than ${MAX_KEY_UNITS} parts, which no model needs.`;

/** Calls `visit` for the parts of a key, depth first; `visit` throws to stop. */
function visitKey(key: PyValue, visit: (part: PyValue) => void): void {
  const pending: PyValue[] = [key];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    visit(part);
    if (part instanceof NumpyScalar) pending.push(part.value);
    else if (part instanceof PyTuple) for (let at = part.items.length - 1; at >= 0; at--) pending.push(part.items[at]!);
  }
}

/** Whole numbers that stand for themselves as keys, as labels and column numbers do. */
const PLAIN_NUMBERS = { low: -1024, high: 65_535 };

/**
 * What a Map knows `key` by. Text and small whole numbers stand for themselves; other kinds that compare by value
 * become text that starts with NUL, and the rare text that does is escaped. Numbers are among them because V8 hashes
 * text with a secret seed and numbers without, so that a file could make all its keys collide.
 */
function dictKey(key: PyValue): unknown {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `\0s${key}` : key;
  if (typeof key === 'boolean') return Number(key);
  if (typeof key === 'number') return numberKey(key);
  if (typeof key === 'bigint')
    return BigInt.asIntN(53, key) === key ? numberKey(Number(key)) : `\0i${key.toString(16)}`;
  if (key instanceof Uint8Array) return `\0b${Buffer.from(key).toString('latin1')}`;
  if (key instanceof PyTuple) return tupleKey(key);
  if (!(key instanceof NumpyScalar)) return key;
  let inner: PyValue = key;
  while (inner instanceof NumpyScalar) inner = inner.value;
  return dictKey(inner);
}

function numberKey(key: number): unknown {
  if (!Number.isInteger(key)) return `\0n${key}`;
  if (key >= PLAIN_NUMBERS.low && key <= PLAIN_NUMBERS.high) return key;
  return Number.isSafeInteger(key) ? `\0n${key}` : `\0i${BigInt(key).toString(16)}`;
}

/** Tuples in prefix order with their lengths, texts with theirs, so that different tuples have different keys. */
function tupleKey(key: PyTuple): string {
  dictKeyCost(key);
  const parts: string[] = [];
  visitKey(key, (part) => {
    if (part instanceof NumpyScalar) return;
    if (part instanceof PyTuple) parts.push(`(${part.items.length}`);
    else {
      const known = dictKey(part);
      if (typeof known === 'string') parts.push(`s${known.length}:${known}`);
      else parts.push(typeof known === 'object' && known !== null ? `o${identity(known)}` : String(known));
    }
  });
  return `\0t${parts.join(',')}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(value: object): number {
  let id = identities.get(value);
  if (id === undefined) identities.set(value, (id = ++lastIdentity));
  return id;
}
