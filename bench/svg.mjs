import { count, number } from './format.mjs';

const COLORS = ['#2563eb', '#ea580c', '#16a34a', '#9333ea'];
const [MET, MISSED, GREY, TEXT] = ['#16a34a', '#dc2626', '#9ca3af', '#1f2937'];
const ROW_HEIGHT = 30;
const BARS = { left: 330, width: 420, right: 210 };
/** Where a bar of a figure that is this many times its target ends, so that one outlier does not flatten the rest. */
const MOST = 2;

const escape = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const at = (value) => value.toFixed(1);

function text(x, y, content, { anchor = 'start', size = 12, color = TEXT, weight = 'normal' } = {}) {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-size="${size}" fill="${color}" font-weight="${weight}">${escape(content)}</text>`;
}

function line(x1, y1, x2, y2, color = GREY, extra = '') {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${color}" ${extra}/>`;
}

function picture(width, height, title, parts) {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img">`;
  const ground = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  return `${[open, `<title>${escape(title)}</title>`, ground, ...parts, '</svg>'].join('\n')}\n`;
}

/**
 * Bars of figures against their targets: a bar is the median as a share of its target, the whisker its quartiles, the
 * upright line the target. Figures with "at least" should reach the line, those with "at most" should not pass it.
 */
export function drawTargets(figures) {
  const groups = [
    ['at least: the bar should reach the line', figures.filter(({ target }) => target?.atLeast !== undefined)],
    ['at most: the bar should not pass the line', figures.filter(({ target }) => target?.atMost !== undefined)],
  ];
  const parts = [];
  let y = 20;
  for (const [title, members] of groups) {
    if (members.length === 0) continue;
    parts.push(text(10, y + 4, title, { size: 13, weight: 'bold' }));
    y += ROW_HEIGHT - 6;
    const top = y - 8;
    for (const member of members) {
      parts.push(...targetBar(member, y));
      y += ROW_HEIGHT;
    }
    const x = BARS.left + BARS.width / MOST;
    parts.push(line(x, top, x, y - 10, TEXT, 'stroke-width="1.5"'));
    y += 12;
  }
  return picture(BARS.left + BARS.width + BARS.right, y, 'Figures against their targets', parts);
}

function targetBar({ name, unit, median, q1, q3, target, met }, y) {
  const aim = target.atLeast ?? target.atMost;
  const x = (value) => BARS.left + (Math.min(MOST, Math.max(0, value / aim)) / MOST) * BARS.width;
  const color = met ? MET : MISSED;
  const bar = `<rect x="${BARS.left}" y="${at(y)}" width="${at(x(median) - BARS.left)}" height="12" fill="${color}" fill-opacity="0.75"/>`;
  const whisker = [
    line(x(q1), y + 6, x(q3), y + 6, TEXT),
    ...[q1, q3].map((q) => line(x(q), y + 2, x(q), y + 10, TEXT)),
  ];
  const told = `${number(median)}${unit && ` ${unit}`}, aim ${number(aim)}${median / aim > MOST ? ' (cut off)' : ''}`;
  return [
    text(BARS.left - 8, y + 10, name.replaceAll('`', ''), { anchor: 'end', size: 11 }),
    bar,
    ...whisker,
    text(BARS.left + BARS.width + 8, y + 10, told, { size: 11, color }),
  ];
}

const PLOT = { left: 70, top: 40, width: 480, height: 240, right: 120, bottom: 50 };

/** Curves over two logarithmic axes. @param series `[{name, points: [[x, y]]}]`, all above 0 */
export function drawCurves({ title, x, y, series }) {
  const xs = scale(
    series.flatMap(({ points }) => points.map(([px]) => px)),
    PLOT.left,
    PLOT.left + PLOT.width,
  );
  const bottom = PLOT.top + PLOT.height;
  const ys = scale(
    series.flatMap(({ points }) => points.map(([, py]) => py)),
    bottom,
    PLOT.top,
  );
  const parts = [
    text(PLOT.left, 20, title, { size: 13, weight: 'bold' }),
    ...xs.ticks.flatMap((tick) => [
      line(xs.at(tick), PLOT.top, xs.at(tick), bottom, '#e5e7eb'),
      text(xs.at(tick), bottom + 16, tick >= 1 ? count(tick) : number(tick), { anchor: 'middle', size: 11 }),
    ]),
    ...ys.ticks.flatMap((tick) => [
      line(PLOT.left, ys.at(tick), PLOT.left + PLOT.width, ys.at(tick), '#e5e7eb'),
      text(PLOT.left - 6, ys.at(tick) + 4, tick >= 1 ? count(tick) : number(tick), { anchor: 'end', size: 11 }),
    ]),
    text(PLOT.left + PLOT.width / 2, bottom + 38, x, { anchor: 'middle' }),
    text(PLOT.left, PLOT.top - 6, y, { size: 11 }),
    ...series.flatMap(({ name, points }, i) => drawSeries(name, points, COLORS[i % COLORS.length], xs, ys)),
  ];
  return picture(PLOT.left + PLOT.width + PLOT.right, bottom + PLOT.bottom, title, parts);
}

function drawSeries(name, points, color, xs, ys) {
  const path = points.map(([px, py], i) => `${i ? 'L' : 'M'}${at(xs.at(px))} ${at(ys.at(py))}`).join(' ');
  const [lastX, lastY] = points.at(-1);
  return [
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...points.map(([px, py]) => `<circle cx="${at(xs.at(px))}" cy="${at(ys.at(py))}" r="3" fill="${color}"/>`),
    text(xs.at(lastX) + 8, ys.at(lastY) + 4, name, { size: 11, color }),
  ];
}

/** A logarithmic scale from the power of ten below the smallest value to the one above the largest, or less. */
export function scale(values, from, to) {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(Math.log10);
  const low = least === most ? least - 0.5 : least - (most - least) * 0.05;
  const high = least === most ? most + 0.5 : most + (most - least) * 0.05;
  const place = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  const ticks = [];
  for (let power = Math.floor(low); power <= high; power++) {
    // Within one power of ten its middle is told as well.
    for (const digit of high - low < 1.5 ? [1, 2, 5] : [1]) {
      const tick = digit * 10 ** power;
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
    }
  }
  return { at: place, ticks };
}
