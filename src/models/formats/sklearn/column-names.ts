import { PyDict, PyObject, PySet, PyTuple, type PyValue } from '../pickle/records';
import { asList, asText } from './arrays';

const PANDAS_INDEX = 'pandas.core.indexes.base._new_Index';
/** A range of more columns than this was not written by training a model. */
const MAX_COLUMNS = 1_000_000;

/**
 * The names of columns that stand beside a model: a list, tuple or array of them, or the pandas Index that `X.columns`
 * is (pandas 1 to 3). A whole number becomes the text that it is as a member of JSON, which is what
 * `DataFrame.to_dict("records")` makes of it.
 * @returns undefined for anything else: a set among it, which has no order
 */
export function columnNames(value: PyValue): string[] | undefined {
  const items = value instanceof PySet ? undefined : (indexItems(value) ?? asList(value));
  const names = items?.map(nameOf);
  return names?.every((name) => name !== undefined) ? names : undefined;
}

function nameOf(item: PyValue): string | undefined {
  const whole = typeof item === 'bigint' || (typeof item === 'number' && Number.isInteger(item));
  return whole ? String(item) : asText(item);
}

/** What `_new_Index(cls, {"data": ..., "name": ...})` is given, or of a RangeIndex `start`, `stop` and `step`. */
function indexItems(value: PyValue): PyValue[] | undefined {
  if (!(value instanceof PyObject) || value.path !== PANDAS_INDEX) return undefined;
  const given = value.args[1];
  if (!(given instanceof PyDict)) return undefined;
  const data = given.get('data');
  if (data === undefined) return rangeItems(given);
  // pandas 3: a StringArray, whose state is its dtype and the array.
  const state = data instanceof PyObject ? data.state : null;
  return asList(state instanceof PyTuple ? state.items[1] : data);
}

function rangeItems(given: PyDict): number[] | undefined {
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => given.get(name));
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number' || step === 0) return undefined;
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return count > MAX_COLUMNS ? undefined : Array.from({ length: count }, (_, i) => start + i * step);
}
