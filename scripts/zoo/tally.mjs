// How far answers lie from what Python answered.

/** What one back end made of some models. */
export function newTally() {
  return { rows: 0, labelsDifferent: 0, probability: null, value: null, unlike: [] };
}

/**
 * Compares the outputs of one model with its golden answers and adds what was found to a tally.
 *
 * A difference of probabilities is absolute. One of values is relative to the expected number, or to a thousandth of
 * the greatest of its column where the number is less than that: sums that cancel to nearly nothing have no digits to
 * compare. What is NaN or infinite in one and not in the other is an infinite difference.
 */
export function addModel(tally, golden, signature, outputs) {
  tally.rows += golden.rows.length;
  const output = (name) => outputs[signature.outputs.findIndex((spec) => spec.name === name)];
  const expect = (name, expected, compare) => {
    const found = output(name);
    if (!expected && !found) return;
    if (!expected || found?.data.length !== (expected.data ?? expected).length)
      tally.unlike.push(`${golden.name}: ${name}`);
    else compare(expected, found);
  };
  const probabilities = golden.probabilities ?? [undefined];
  probabilities.forEach((expected, target) =>
    expect(probabilities.length > 1 ? `probabilities_${target}` : 'probabilities', expected, (wanted, { data }) => {
      tally.probability = Math.max(tally.probability ?? 0, absoluteDifference(wanted.data, data));
    }),
  );
  for (const [name, expected] of Object.entries({ value: golden.value, transformed: golden.transform })) {
    expect(name, expected, (wanted, { data }) => {
      tally.value = Math.max(tally.value ?? 0, relativeDifference(wanted, data));
    });
  }
  expect('label', golden.label, (wanted, { data }) => {
    const booleans = typeof signature.classes?.[0] === 'boolean';
    wanted.forEach((label, index) => {
      if (labelOf(data[index], booleans) !== label) tally.labelsDifferent += 1;
    });
  });
}

/** Adds what one tally has found to another. */
export function merge(into, from) {
  into.rows += from.rows;
  into.labelsDifferent += from.labelsDifferent;
  into.probability = greater(into.probability, from.probability);
  into.value = greater(into.value, from.value);
  into.unlike.push(...from.unlike);
}

function greater(a, b) {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function labelOf(value, booleans) {
  if (typeof value === 'string') return value;
  return booleans ? Boolean(Number(value)) : Number(value);
}

function distance(a, b) {
  if (Object.is(a, b) || a === b) return 0;
  const difference = Math.abs(a - b);
  return Number.isFinite(difference) ? difference : Infinity;
}

function absoluteDifference(expected, found) {
  return expected.reduce((worst, number, index) => Math.max(worst, distance(number, found[index])), 0);
}

/** A column below this share of the greatest answer holds nothing but the rounding of sums that cancel: that answer is its scale. */
const ROUNDING = 1e-12;

function relativeDifference({ shape, data }, found) {
  const width = shape[1] ?? 1;
  const greatest = new Float64Array(width);
  data.forEach((number, index) => {
    if (Number.isFinite(number)) greatest[index % width] = Math.max(greatest[index % width], Math.abs(number));
  });
  const all = greatest.reduce((a, b) => Math.max(a, b), 0);
  const scales = greatest.map((column) => (column < ROUNDING * all ? all : column) / 1000);
  return data.reduce((worst, number, index) => {
    const difference = distance(number, found[index]);
    if (difference === 0) return worst;
    return Math.max(worst, difference / Math.max(Math.abs(number), scales[index % width]));
  }, 0);
}
