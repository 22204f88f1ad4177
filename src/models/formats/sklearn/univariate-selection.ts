import { asNumber, asText } from './arrays';
import type { Estimator } from './estimator';
import { kept } from './feature-selection';
import type { Frame } from './frame';
import type { Translation, Translator } from './translation';

/** How a selector chooses by the scores or p values of its columns; `parameter` is the attribute with its number. */
interface Choice {
  parameter: string;
  mask: (estimator: Estimator, parameter: string) => boolean[];
}

const CHOICES: Record<string, Choice> = {
  k_best: { parameter: 'k', mask: best },
  percentile: { parameter: 'percentile', mask: percentile },
  fpr: { parameter: 'alpha', mask: (estimator, parameter) => below(estimator, estimator.number(parameter)) },
  fwe: {
    parameter: 'alpha',
    mask: (estimator, parameter) =>
      below(estimator, estimator.number(parameter) / estimator.anyNumbers('pvalues_').data.length),
  },
  fdr: { parameter: 'alpha', mask: falseDiscovery },
};

/** `scores_`, with the least number for NaN (`_clean_nans`). */
function scoresOf(estimator: Estimator): number[] {
  const { data } = estimator.anyNumbers('scores_');
  return Array.from(data, (score) => (Number.isNaN(score) ? -Number.MAX_VALUE : score));
}

/** The k best scores; of equal ones the later columns, as numpy's stable sort leaves them. */
function best(estimator: Estimator, parameter: string): boolean[] {
  const scores = scoresOf(estimator);
  const k = estimator.get(parameter);
  if (asText(k) === 'all') return scores.map(() => true);
  const count = asNumber(k) ?? estimator.wrong(parameter, 'a number', k);
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
  const chosen = new Set(count > 0 ? order.slice(-count) : []);
  return scores.map((_, column) => chosen.has(column));
}

/** Scores above a percentile; of equal ones the earlier columns, as many as there is room for. */
function percentile(estimator: Estimator, parameter: string): boolean[] {
  const scores = scoresOf(estimator);
  const share = estimator.number(parameter);
  if (share === 100) return scores.map(() => true);
  if (share === 0) return scores.map(() => false);
  const threshold = quantile(scores, (100 - share) / 100);
  const mask = scores.map((score) => score > threshold);
  const ties = [...scores.keys()].filter((column) => scores[column] === threshold);
  const room = Math.trunc((scores.length * share) / 100) - mask.filter(Boolean).length;
  for (const column of ties.slice(0, room)) mask[column] = true;
  return mask;
}

/** numpy.percentile with linear interpolation, which goes out from the nearer neighbour. */
function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.min(Math.floor(place) + 1, sorted.length - 1)]!;
  const part = place - Math.floor(place);
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

function below(estimator: Estimator, limit: number): boolean[] {
  return Array.from(estimator.anyNumbers('pvalues_').data, (value) => value < limit);
}

/** The procedure of Benjamini and Hochberg. */
function falseDiscovery(estimator: Estimator, parameter: string): boolean[] {
  const values = Array.from(estimator.anyNumbers('pvalues_').data);
  const step = estimator.number(parameter) / values.length;
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const limit = sorted.filter((value, rank) => value <= step * (rank + 1)).at(-1) ?? -Infinity;
  return values.map((value) => value <= limit);
}

function translator(name: string): Translator {
  const { parameter, mask } = CHOICES[name]!;
  return (estimator, frame) => choose(frame, estimator, mask(estimator, parameter));
}

function choose(frame: Frame, estimator: Estimator, mask: boolean[]): Translation {
  frame.numbers();
  return kept(frame, mask, estimator);
}

function translateGeneric(estimator: Estimator, frame: Frame): Translation {
  const mode = estimator.text('mode') ?? '';
  const choice = Object.hasOwn(CHOICES, mode)
    ? CHOICES[mode]!
    : estimator.wrong('mode', Object.keys(CHOICES).join(', '), mode);
  return choose(frame, estimator, choice.mask(estimator, 'param'));
}

/** sklearn/feature_selection/_univariate_selection.py */
export const UNIVARIATE_TRANSLATORS: Record<string, Translator> = {
  SelectKBest: translator('k_best'),
  SelectPercentile: translator('percentile'),
  SelectFpr: translator('fpr'),
  SelectFwe: translator('fwe'),
  SelectFdr: translator('fdr'),
  GenericUnivariateSelect: translateGeneric,
};
