import { PyDict } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber } from '../sklearn/arrays';
import type { Estimator } from '../sklearn/estimator';
import type { TranslationContext } from '../sklearn/translation';
import type { EncodedColumn } from './encoded-column';
import { direct, entriesOf, isMissing, plain } from './read-columns';
import type { FittedColumn } from './read-columns';

/**
 * How often the fit had a category, or its share; rare ones that were grouped have the count of their group, which can be
 * sent by its own name as well (category_encoders/count.py `CountEncoder._transform`).
 */
export function countedColumn(estimator: Estimator, column: FittedColumn, context: TranslationContext): EncodedColumn {
  const mapping = estimator.require('mapping');
  const entries = mapping instanceof PyDict ? entriesOf(mapping.get(column.key), context) : undefined;
  if (!entries) return estimator.wrong('mapping', `counts of ${column.name}`, mapping);
  const counts = new Map(entries.map(([key, count]) => [named(key), asNumber(plain(count)) ?? NaN]));
  const groups = groupsOf(estimator, column);
  const rule = ruleOf(estimator, '_handle_unknown', column);
  const returnsNan = ruleOf(estimator, '_handle_missing', column) === 'return_nan';
  const fill = asNumber(rule) ?? (rule === 'value' && !returnsNan ? 0 : NaN);
  const codeOf = (key: PyValue): number => {
    const count = counts.get(groups.get(named(key)) ?? named(key)) ?? NaN;
    return Number.isNaN(count) ? fill : count;
  };
  const keys = [...entries.map(([key]) => key), ...groups.keys()].filter((key) => key !== null && !isMissing(key));
  const codes = new Map(keys.map((key): [PyValue, number] => [key, codeOf(key)]));
  const encoded = direct(estimator, column, codes, { missing: codeOf(null), unknown: fill });
  const fails = rule === 'error';
  return { ...encoded, closed: fails, refusesMissing: encoded.refusesMissing || (fails && Number.isNaN(codeOf(null))) };
}

/** One name for all missing values, so that they are one key. */
function named(key: PyValue): PyValue {
  return isMissing(key) ? null : key;
}

/** `_min_group_categories`: the name of the group of each category that was too rare. */
function groupsOf(estimator: Estimator, { key }: FittedColumn): Map<PyValue, PyValue> {
  const all = estimator.get('_min_group_categories');
  const own = all instanceof PyDict ? all.get(key) : undefined;
  if (!(own instanceof PyDict)) return new Map();
  return new Map([...own.entries()].map(([category, group]) => [named(plain(category)), plain(group)]));
}

function ruleOf(estimator: Estimator, attribute: string, { key }: FittedColumn): PyValue {
  const rules = estimator.require(attribute);
  return rules instanceof PyDict ? plain(rules.get(key) ?? null) : estimator.wrong(attribute, 'a dict', rules);
}
