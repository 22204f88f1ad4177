import { indexLabels } from '../pickle/pandas-tables';
import { PySet, type PyValue } from '../pickle/records';
import { asList, asText } from './arrays';

/**
 * The names of columns that stand beside a model: a list, tuple or array of them, or the pandas Index that `X.columns`
 * is (pandas 1 to 3). A whole number becomes the text that it is as a member of JSON, which is what
 * `DataFrame.to_dict("records")` makes of it.
 * @returns undefined for anything else: a set among it, which has no order
 */
export function columnNames(value: PyValue): string[] | undefined {
  const items = value instanceof PySet ? undefined : (indexLabels(value) ?? asList(value));
  const names = items?.map(nameOf);
  return names?.every((name) => name !== undefined) ? names : undefined;
}

function nameOf(item: PyValue): string | undefined {
  const whole = typeof item === 'bigint' || (typeof item === 'number' && Number.isInteger(item));
  return whole ? String(item) : asText(item);
}
