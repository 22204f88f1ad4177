import { paceText } from './core-pace.mjs';
import { FIGURE_HEAD, FIGURE_HEAD_OF_TWO, figureRow, figureRowOfTwo } from './figure.mjs';
import { number, table, wrap } from './format.mjs';
import { drawCurves, drawTargets } from './svg.mjs';

/**
 * A section, as each measure answers one: `title`, `about` (paragraphs), `figures` (see figure.mjs), `tables`
 * (`{caption, head, rows}` of text), `curves` (`{name, title, x, y, series}`), `raw` (whatever else JSON should hold).
 */

/**
 * The report as a page of documentation.
 * @param report with `earlier`, the report of the run before it, the targets are told of both runs, all else of this one
 * @param pictures folder of the pictures as the page names it
 */
export function toText(report, pictures) {
  const aims = targetsOf(report);
  const parts = ['# Performance', head(report), ...(aims.length > 0 ? summary(report, aims, pictures) : [])];
  for (const { name, error } of report.failures ?? []) parts.push(wrap(`The measure \`${name}\` failed: ${error}`));
  for (const section of report.sections) parts.push(...sectionText(section, pictures));
  return `${parts.join('\n\n')}\n`;
}

const targetsOf = ({ sections }) => sections.flatMap(({ figures }) => figures).filter(({ target }) => target);

function summary({ earlier }, aims, pictures) {
  const before = new Map((earlier ? targetsOf(earlier) : []).map((one) => [one.name, one]));
  const metIn = (runs) => aims.filter((one) => [one, before.get(one.name)].filter((run) => run?.met).length >= runs);
  const words = earlier
    ? `Of ${aims.length} targets ${metIn(2).length} were met in both of two runs, one after the other, and ${metIn(1).length - metIn(2).length} in one of them. What follows the table is the second run.`
    : `${metIn(1).length} of ${aims.length} targets were met in this run.`;
  return [
    `## Targets`,
    wrap(words),
    `![Figures against their targets](${pictures}/targets.svg)`,
    earlier
      ? table(
          FIGURE_HEAD_OF_TWO,
          aims.map((one) => figureRowOfTwo(one, before.get(one.name))),
        )
      : table(FIGURE_HEAD, aims.map(figureRow)),
  ];
}

function head({ machine, versions, generator, plan, at, loadBefore, loadAfter, pace, took, earlier }) {
  return wrap(
    `Made by \`npm run bench -- --docs${earlier ? ' --twice' : ''}\` on ${at.slice(0, 10)} in ${number((took + (earlier?.took ?? 0)) / 60)} minutes: ${machine.cpus} CPUs (${machine.cpu}), ${machine.memoryGb} GB, Linux ${machine.release}; Node ${versions.node}, onnxruntime ${versions.onnxruntime}, Modelport ${versions.modelport}. Closed-loop load by ${generator}, constant arrival by the bench's own generator, both on the same machine as the server. ${plan.rounds} rounds of ${plan.seconds} s in turn, each after ${plan.warmUpSeconds} s to warm up. Figures are medians, in brackets the quartiles; ratios are of two figures of the same round. The load average was ${number(earlier?.loadBefore ?? loadBefore)} before the run and ${number(loadAfter)} after it: when it is above 2 before, what else the machine did is in the figures, most of all in requests a second; CPU time a request is the steadier figure. ${paceText(pace)} What is measured is the default configuration, metrics and logs on.`,
  );
}

function sectionText({ title, about, figures, tables, curves = [] }, pictures) {
  const parts = [`## ${title}`, ...about.map(wrap)];
  if (figures.length > 0) parts.push(table(FIGURE_HEAD, figures.map(figureRow)));
  for (const { caption, head: columns, rows } of tables) {
    if (caption) parts.push(wrap(caption));
    parts.push(table(columns, rows));
  }
  for (const { name, title: alt } of curves) parts.push(`![${alt}](${pictures}/${name}.svg)`);
  return parts;
}

/** The pictures of a report, by file name. */
export function toPictures({ sections }) {
  const aims = targetsOf({ sections });
  const curves = sections.flatMap((section) => section.curves ?? []);
  return {
    ...(aims.length > 0 ? { 'targets.svg': drawTargets(aims) } : {}),
    ...Object.fromEntries(curves.map((curve) => [`${curve.name}.svg`, drawCurves(curve)])),
  };
}
