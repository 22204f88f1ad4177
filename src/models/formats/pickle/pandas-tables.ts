import { arrowTexts } from './arrow-texts';
import { sizeOf, toValues } from './numpy';
import { isNdArray, PyDict, PyObject, PyTuple } from './records';
import type { NdArray, PyValue } from './records';

const NEW_INDEX = 'pandas.core.indexes.base._new_Index';
/** A range of more labels than this was not written by training a model. */
const MAX_LABELS = 1_000_000;

/** A pandas Series as it stands in a file. */
export interface Series {
  index: PyValue[];
  values: PyValue[];
}

/** A pandas DataFrame as it stands in a file: `column(i)` are the cells of the i-th column, from the first row down. */
export interface Table {
  index: PyValue[];
  columns: PyValue[];
  column: (index: number) => PyValue[];
}

/**
 * The labels of an Index, pandas 1 to 3: what `_new_Index(cls, {"data": ..., "name": ...})` is given, or of a RangeIndex
 * `start`, `stop` and `step`.
 * @returns undefined for anything else
 */
export function indexLabels(value: PyValue | undefined): PyValue[] | undefined {
  if (!(value instanceof PyObject) || value.path !== NEW_INDEX) return undefined;
  const given = value.args[1];
  if (!(given instanceof PyDict)) return undefined;
  const data = given.get('data');
  return data === undefined ? rangeLabels(given) : arrayItems(data);
}

/** A Series, pandas 1 to 3 (pandas/core/internals/managers.py `SingleBlockManager`); undefined for anything else. */
export function readSeries(value: PyValue | undefined): Series | undefined {
  const manager = managerOf(value, 'Series');
  if (!manager || !(manager.state instanceof PyTuple)) return undefined;
  const [axes, blocks] = manager.state.items.map(listOf);
  const index = indexLabels(axes?.[0]);
  const values = arrayItems(blocks?.[0]);
  return index && values?.length === index.length ? { index, values } : undefined;
}

/**
 * A DataFrame, pandas 1 to 3 (pandas/core/internals/managers.py `BlockManager`): columns of one type stand together as
 * the rows of a block. Undefined for anything else, and for blocks that do not hold each column once.
 */
export function readTable(value: PyValue | undefined): Table | undefined {
  const manager = managerOf(value, 'DataFrame');
  const parts = manager && (blocksGiven(manager) ?? blocksOfState(manager));
  if (!parts) return undefined;
  const [columns, index] = [indexLabels(parts.axes[0]), indexLabels(parts.axes[1])];
  if (!columns || !index) return undefined;
  const places = new Map<number, { values: NdArray; row: number }>();
  for (const { values, place } of parts.blocks) {
    const count = isNdArray(values) ? (values.shape[0] ?? 0) : Infinity;
    const at = count <= columns.length ? placement(place, count) : undefined;
    if (!at || !isNdArray(values) || sizeOf(values) !== at.length * index.length) return undefined;
    at.forEach((column, row) => places.set(column, { values, row }));
  }
  if (places.size !== columns.length || columns.some((_, column) => !places.has(column))) return undefined;
  const unpacked = new Map<NdArray, PyValue[]>();
  const column = (at: number): PyValue[] => {
    const place = places.get(at);
    if (!place) return [];
    const all = unpacked.get(place.values) ?? toValues(place.values);
    unpacked.set(place.values, all);
    return all.slice(place.row * index.length, (place.row + 1) * index.length);
  };
  return { index, columns, column };
}

interface Blocks {
  axes: PyValue[];
  blocks: { values: PyValue | undefined; place: PyValue | undefined }[];
}

/** The manager of a Series or DataFrame: `_mgr`, up to pandas 1.0 `_data`. */
function managerOf(value: PyValue | undefined, className: string): PyObject | undefined {
  if (!(value instanceof PyObject) || value.className !== className || !value.path.startsWith('pandas.'))
    return undefined;
  if (!(value.state instanceof PyDict)) return undefined;
  const manager = value.state.get('_mgr') ?? value.state.get('_data');
  return manager instanceof PyObject ? manager : undefined;
}

/** Since pandas 1.3 a manager is made of `(blocks, axes)`, each block of `(values, placement, dimensions)`. */
function blocksGiven(manager: PyObject): Blocks | undefined {
  const [blocks, axes] = manager.args.map(listOf);
  if (!blocks || !axes) return undefined;
  return {
    axes,
    blocks: blocks.map((block) =>
      block instanceof PyObject
        ? { values: block.args[0], place: block.args[1] }
        : { values: undefined, place: undefined },
    ),
  };
}

/** Before, its state has a dict of them as the last of four parts. */
function blocksOfState(manager: PyObject): Blocks | undefined {
  const last = manager.state instanceof PyTuple ? manager.state.items[3] : undefined;
  const kept = last instanceof PyDict ? last.get('0.14.1') : undefined;
  if (!(kept instanceof PyDict)) return undefined;
  const [axes, blocks] = [listOf(kept.get('axes')), listOf(kept.get('blocks'))];
  if (!axes || !blocks) return undefined;
  return {
    axes,
    blocks: blocks.map((block) =>
      block instanceof PyDict
        ? { values: block.get('values'), place: block.get('mgr_locs') }
        : { values: undefined, place: undefined },
    ),
  };
}

/** Which columns the rows of a block are: a slice of three whole numbers, or an array. */
function placement(place: PyValue | undefined, count: number): number[] | undefined {
  if (isNdArray(place)) {
    const items = toValues(place).map(Number);
    return items.length === count ? items : undefined;
  }
  if (!(place instanceof PyObject) || place.className !== 'slice') return undefined;
  const [start, , step] = place.args;
  if (typeof start !== 'number' || typeof step !== 'number') return undefined;
  return Array.from({ length: count }, (_, row) => start + row * step);
}

/**
 * The items of an array, or of one of pandas' own arrays of texts: a `StringArray`, whose state is its dtype and the array,
 * or an `ArrowStringArray`.
 */
function arrayItems(value: PyValue | undefined): PyValue[] | undefined {
  if (isNdArray(value)) return toValues(value);
  const state = value instanceof PyObject ? value.state : undefined;
  const inner = state instanceof PyTuple ? state.items.find(isNdArray) : undefined;
  if (inner) return toValues(inner);
  return state instanceof PyDict ? arrowTexts(state.get('_pa_array')) : listOf(value);
}

function listOf(value: PyValue | undefined): PyValue[] | undefined {
  if (value instanceof PyTuple) return value.items;
  return Array.isArray(value) ? value : undefined;
}

function rangeLabels(given: PyDict): number[] | undefined {
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => given.get(name));
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number' || step === 0) return undefined;
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return count > MAX_LABELS ? undefined : Array.from({ length: count }, (_, i) => start + i * step);
}
