import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elementsOf, field, toValues } from '../../src/models/formats/pickle/numpy';
import {
  DTypeRecord,
  isNdArray,
  type NdArray,
  NumpyScalar,
  PyDict,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from '../../src/models/formats/pickle/records';

const GOLDEN = join(__dirname, '../golden/pickle');

/** A pickle of `scripts/golden/pickle/make.py`. */
export interface GoldenPickle {
  name: string;
  writer: string;
  pickle: string;
}

/** What Python says a value is, tagged as `make.py` writes it. */
type Held = unknown;

export interface GoldenFile {
  provenance: string;
  files: GoldenPickle[];
  holds: { name: string; value: Held }[];
  slots: GoldenPickle[];
  cycles: GoldenPickle[];
}

export function readGoldenFile(name: string): GoldenFile {
  return JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as GoldenFile;
}

export function bytesOfGolden(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

/**
 * What was read in the tags of `make.py`, so that it can be compared with what Python says. Numbers become text: whole
 * ones in full, others as Python writes a float, as nearly as `expected` shows which it is.
 */
export function tagged(value: PyValue, expected: Held): Held {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return taggedNumber(value, expected);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return { list: taggedItems(value, inside(expected, 'list')) };
  if (value instanceof PyTuple) return { tuple: taggedItems(value.items, inside(expected, 'tuple')) };
  if (value instanceof PySet) return { set: taggedItems(value.items, inside(expected, 'set')) };
  if (value instanceof PyDict) return { dict: taggedPairs([...value.entries()], inside(expected, 'dict')) };
  if (value instanceof PyGlobal) return { global: value.path };
  if (value instanceof DTypeRecord) return { dtype: value.dtype.kind };
  if (value instanceof NumpyScalar) return { scalar: tagged(value.value, inside(expected, 'scalar')) };
  if (isNdArray(value)) return { array: taggedArray(value, inside(expected, 'array')) };
  return taggedObject(value, expected);
}

function taggedNumber(value: number | bigint, expected: Held): Held {
  const float = inside(expected, 'float');
  if (typeof float !== 'string') return { int: String(typeof value === 'number' ? BigInt(value) : value) };
  const wanted = float === 'inf' ? Infinity : float === '-inf' ? -Infinity : Number(float);
  return { float: Object.is(wanted, value) ? float : String(value) };
}

function taggedObject(value: PyObject, expected: Held): Held {
  if (value.items.length > 0)
    return { object: value.className, items: taggedItems(value.items, inside(expected, 'items')) };
  if (value.entries.length > 0) {
    return { object: value.className, entries: taggedPairs(value.entries, inside(expected, 'entries')) };
  }
  return { object: value.className, state: tagged(value.state, inside(expected, 'state')) };
}

function taggedArray(array: NdArray, expected: Held): Held {
  const shape = array.shape;
  const { kind, fields } = array.dtype;
  if (!fields) return { shape, kind, values: taggedItems(toValues(array), inside(expected, 'values')) };
  const wanted = inside(expected, 'fields') as [string, Held][];
  return {
    shape,
    kind,
    fields: [...fields.keys()].map((name, at) => [name, taggedArray(field(array, name), wanted[at]?.[1])]),
  };
}

function taggedItems(items: readonly PyValue[], expected: Held): Held[] {
  return items.map((item, at) => tagged(item, inside(expected, at)));
}

function taggedPairs(pairs: readonly [PyValue, PyValue][], expected: Held): Held[] {
  return pairs.map(([key, value], at) => {
    const wanted = inside(expected, at);
    return [tagged(key, inside(wanted, 0)), tagged(value, inside(wanted, 1))];
  });
}

function inside(expected: Held, key: string | number): Held {
  return typeof expected === 'object' && expected !== null
    ? (expected as Record<string | number, Held>)[key]
    : undefined;
}

/** Visits every value once, cycles included, and reads every array: what a front end may do with any file. */
export function touchEverything(root: PyValue): number {
  const seen = new Set<unknown>();
  const pending: PyValue[] = [root];
  while (pending.length > 0) {
    const value = pending.pop() as PyValue;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value)) for (const item of value) pending.push(item);
    else if (value instanceof PyTuple || value instanceof PySet) for (const item of value.items) pending.push(item);
    else if (value instanceof PyDict) for (const pair of value.entries()) pending.push(...pair);
    else if (value instanceof NumpyScalar) pending.push(value.value);
    else if (isNdArray(value)) for (const item of elementsOf(value)) pending.push(item);
    else if (value instanceof PyObject) {
      for (const item of value.args) pending.push(item);
      for (const item of value.items) pending.push(item);
      for (const pair of value.entries) pending.push(...pair);
      pending.push(value.state, value.kwargs, value.cls);
    }
  }
  return seen.size;
}
