/**
 * What a pickle becomes: inert records. Nothing here can call, import or look anything up; a class of the file is a
 * pair of strings, an object of it is its class, arguments and state.
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

/** An object that Python would have made by calling `cls(*args)` and handing it `state`. */
export class PyObject {
  state: PyValue = null;
  /** What APPEND(S) and SETITEM(S) put into it, for subclasses of list and dict. */
  items: PyValue[] = [];
  entries: [PyValue, PyValue][] = [];

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
}

export class PyTuple {
  constructor(readonly items: PyValue[]) {}
}

/** A dict: keys compare as in Python for text, numbers, booleans, None, bytes and tuples of them; others by identity. */
export class PyDict {
  private readonly map = new Map<unknown, [PyValue, PyValue]>();

  get size(): number {
    return this.map.size;
  }

  get(key: PyValue): PyValue | undefined {
    return this.map.get(dictKey(key))?.[1];
  }

  set(key: PyValue, value: PyValue): void {
    const known = dictKey(key);
    const entry = this.map.get(known);
    if (entry) entry[1] = value;
    else this.map.set(known, [key, value]);
  }

  entries(): IterableIterator<[PyValue, PyValue]> {
    return this.map.values();
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
}

/** numpy.ndarray. `data` are its raw bytes (a view of the upload, of any alignment), or the objects of an object array. */
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

/** numpy.dtype as a value of its own: completed by BUILD after it may have been shared through the memo. */
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

function dictKey(key: PyValue): unknown {
  if (key instanceof NumpyScalar) return dictKey(key.value);
  if (typeof key === 'boolean') return Number(key);
  if (typeof key === 'bigint') return BigInt.asIntN(53, key) === key ? Number(key) : `long:${key}`;
  if (typeof key === 'string') return `str:${key}`;
  if (key instanceof Uint8Array) return `bytes:${Buffer.from(key).toString('latin1')}`;
  if (key instanceof PyTuple) return `tuple:${JSON.stringify(key.items.map((item) => String(dictKey(item))))}`;
  return key;
}
