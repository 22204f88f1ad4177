/** A number with three digits that count and commas between thousands. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  const size = Math.abs(value);
  const digits = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const [whole, fraction] = value.toFixed(digits).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction ? `.${fraction}` : '');
}

/** A whole number with commas between thousands. */
export function count(value) {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Median, with the quartiles behind it. */
export function withSpread({ median, q1, q3 }) {
  return `${number(median)} (${number(q1)} to ${number(q3)})`;
}

/** A Markdown table as prettier lays it out. */
export function table(head, rows) {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** A paragraph in lines of at most 120 characters. */
export function wrap(text) {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (longer.length <= 120) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}
