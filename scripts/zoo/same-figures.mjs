// Whether two exactness pages say the same, as far as another processor may.

/** A difference as the page writes it. */
const DIFFERENCE = /^(0|\d\.\de[+-]\d+)$/;
/** Below this, rounding of a single operation decides. */
const SMALLEST = 1e-14;

/** What differs, a line each; empty when both pages say the same. */
export function sameFigures(written, measured) {
  const [before, now] = [written.split('\n'), measured.split('\n')];
  const found = [];
  for (let index = 0; index < Math.max(before.length, now.length); index++) {
    if (!sameLine(before[index] ?? '', now[index] ?? ''))
      found.push(`- ${before[index] ?? ''}`, `+ ${now[index] ?? ''}`);
  }
  return found;
}

function sameLine(before, now) {
  if (before === now) return true;
  const [left, right] = [cellsOf(before), cellsOf(now)];
  return (
    left.length > 1 && left.length === right.length && left.every((cell, index) => sameCell(cell, right[index], index))
  );
}

function cellsOf(line) {
  return line.startsWith('| ') ? line.split(' | ') : [];
}

/** Columns 5, 6 and 8, 9 of a table are differences, the others names and counts. */
function sameCell(before, now, index) {
  const [left, right] = [before.replace(/ \|$/, ''), now.replace(/ \|$/, '')];
  if (left === right) return true;
  if (![5, 6, 8, 9].includes(index) || !DIFFERENCE.test(left) || !DIFFERENCE.test(right)) return false;
  return Math.abs(magnitude(left) - magnitude(right)) <= 1;
}

function magnitude(text) {
  return Math.floor(Math.log10(Math.max(Number(text), SMALLEST)));
}
