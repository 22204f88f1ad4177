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
export function figureRow({ name, target, unit, met, note, ...value }) {
  return [name, valueText({ unit, ...value }), aimText(target, unit), verdictText([met], note)];
}

export const FIGURE_HEAD = ['', 'median (quartiles)', 'target', ''];

/** The same, with what an earlier run had before it and one verdict for both. @param earlier that run's figure, if any */
export function figureRowOfTwo({ name, target, unit, met, note, ...value }, earlier) {
  const before = earlier ? valueText(earlier) : '-';
  const verdict = verdictText(earlier ? [earlier.met, met] : [met], note);
  return [name, before, valueText({ unit, ...value }), aimText(target, unit), verdict];
}

export const FIGURE_HEAD_OF_TWO = ['', 'first run', 'second run', 'target', ''];

const valueText = ({ unit, ...value }) => `${withSpread(value)}${unit && ` ${unit}`}`;

const aimText = (target, unit) => (target ? targetText(target, unit) : '');

function verdictText(met, note) {
  if (met.includes(null)) return note;
  const verdict = met.every(Boolean) ? 'met' : met.some(Boolean) ? '**met once**' : '**not met**';
  return [verdict, note].filter(Boolean).join('; ');
}

/** A target in words, such as "at most 1.5". */
export function targetText(target, unit = '') {
  const [words, value] = target.atLeast === undefined ? ['at most', target.atMost] : ['at least', target.atLeast];
  return `${words} ${number(value)}${unit && ` ${unit}`}`;
}
