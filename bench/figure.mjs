import { isMet } from './statistics.mjs';
import { number, withSpread } from './format.mjs';

/**
 * One figure of the report, with what was aimed at.
 * @param value `{median, q1, q3}` over the rounds
 * @param target `{atLeast}` or `{atMost}`; null for a figure that is only told
 */
export function figure(name, value, { unit = '', target = null, note = '' } = {}) {
  return { name, unit, ...value, target, met: isMet(value.median, target), note };
}

/** A figure as a row of a table: what, value with spread, target, whether it is met. */
export function figureRow({ name, unit, target, met, note, ...value }) {
  const aim = target ? targetText(target, unit) : '';
  const verdict = met === null ? '' : met ? 'met' : '**not met**';
  return [name, `${withSpread(value)}${unit && ` ${unit}`}`, aim, [verdict, note].filter(Boolean).join('; ')];
}

export const FIGURE_HEAD = ['', 'median (quartiles)', 'target', ''];

/** A target in words, such as "at most 1.5". */
export function targetText(target, unit = '') {
  const [words, value] = target.atLeast === undefined ? ['at most', target.atMost] : ['at least', target.atLeast];
  return `${words} ${number(value)}${unit && ` ${unit}`}`;
}
