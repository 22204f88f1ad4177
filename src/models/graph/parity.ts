import type { Tensor } from '../../common/tensor';

/** How far two runs of one model may lie apart. */
export interface Tolerance {
  /** Share of the larger of the two numbers. */
  relative: number;
  /** Share of the largest number of the column, for sums that cancel to nearly nothing. */
  ofColumn: number;
  /** The same for a column that is nearly nothing in all rows: what is left when terms of about 1 cancel. */
  absolute: number;
  /** Share of the magnitudes of the terms, where they are known. */
  ofTerms: number;
}

/**
 * Other orders of adding and other last digits of exp, tanh and pow make differences of 1e-12 (measured over all
 * families; 1e-10 where kernels are summed), so 1e-9 refuses no sound model. It is far below the 6e-8 of a float32, so
 * that a single step computed in float32 is found. Cancellation loses digits relative to the terms, not to the result:
 * nine units in their last place, where a value of 100 is what is left of terms of 1e13 (Gaussian processes without noise
 * came to 0.1 of a unit).
 */
const PARITY_TOLERANCE: Tolerance = { relative: 1e-9, ofColumn: 1e-11, absolute: 1e-13, ofTerms: 2e-15 };

export interface Parity {
  ok: boolean;
  rows: number;
  /** Largest |expected - actual| / max(1, |expected|) of the rows that are decided; Infinity where only one is finite. */
  largestDifference: number;
  /** Labels that differ, those included that may because scores or distances tie. */
  labelsDifferent: number;
  /** Where and how they differ first beyond the tolerance, as a part of a sentence. */
  firstMismatch: string | null;
}

/** What is known of the expected outputs, see `evaluateWithTerms`. */
export interface Leeway {
  /** Magnitudes of the terms, one tensor an output. */
  terms?: readonly (Tensor | null)[];
  /** For each row whether its answer hangs on a tie of distances. */
  undecided?: readonly boolean[] | null;
}

/**
 * Compares what two back ends answer to the same rows. Floating-point outputs may differ within the tolerance, NaN
 * equals NaN. Labels (integers, booleans, texts) are equal, except in a row whose two greatest scores tie within the
 * tolerance or are not numbers: then the greatest is a matter of rounding. The scores of a label are the [N, C >= 2]
 * output of floating point, the k-th such one for column k of several labels.
 *
 * @param expected outputs of the evaluator, in the order of the graph
 * @param actual outputs of the ONNX model, in the same order
 * @param leeway rows that are undecided may differ in anything
 */
export function compareOutputs(
  expected: readonly Tensor[],
  actual: readonly Tensor[],
  { terms = [], undecided = null }: Leeway = {},
  tolerance: Tolerance = PARITY_TOLERANCE,
): Parity {
  const parity: Parity = {
    ok: true,
    rows: expected[0]?.shape[0] ?? 0,
    largestDifference: 0,
    labelsDifferent: 0,
    firstMismatch: null,
  };
  if (expected.length !== actual.length) {
    fail(parity, `${expected.length} outputs expected, ${actual.length} found`);
    return parity;
  }
  const scores = expected.filter(({ data, shape }) => data instanceof Float64Array && (shape[1] ?? 1) > 1);
  expected.forEach((wanted, output) => {
    const found = actual[output]!;
    if (wanted.datatype !== found.datatype || wanted.shape.join() !== found.shape.join()) {
      fail(parity, `output ${output}: ${describe(wanted)} expected, ${describe(found)} found`);
    } else if (wanted.datatype === 'FP64') {
      compareNumbers(parity, output, { wanted, found, terms: terms[output] ?? null, undecided }, tolerance);
    } else {
      compareLabels(parity, output, { wanted, found, scores, undecided }, tolerance);
    }
  });
  return parity;
}

function fail(parity: Parity, mismatch: string): void {
  parity.ok = false;
  parity.firstMismatch ??= mismatch;
}

function describe({ datatype, shape }: Tensor): string {
  return `${datatype} [${shape.join(', ')}]`;
}

function place(output: number, index: number, width: number): string {
  return `output ${output}, row ${Math.floor(index / width)}, column ${index % width}`;
}

function widthOf({ shape }: Tensor): number {
  return shape[1] ?? 1;
}

interface Compared {
  wanted: Tensor;
  found: Tensor;
  undecided: readonly boolean[] | null;
}

function compareNumbers(
  parity: Parity,
  output: number,
  { wanted, found, terms, undecided }: Compared & { terms: Tensor | null },
  tolerance: Tolerance,
): void {
  const width = widthOf(wanted);
  const scales = columnScales(wanted, width);
  for (let i = 0; i < wanted.data.length; i++) {
    const [expected, actual] = [Number(wanted.data[i]), Number(found.data[i])];
    if (expected === actual || (Number.isNaN(expected) && Number.isNaN(actual))) continue;
    if (undecided?.[Math.floor(i / width)]) continue;
    const difference = Math.abs(expected - actual);
    const share = Number.isFinite(difference) ? difference / Math.max(1, Math.abs(expected)) : Infinity;
    parity.largestDifference = Math.max(parity.largestDifference, share);
    const magnitude = Number(terms?.data[i] ?? 0);
    const ofSum = Number.isFinite(magnitude) ? tolerance.ofTerms * magnitude : 0;
    if (!(difference <= allowed(expected, actual, scales[i % width]!, tolerance) + ofSum)) {
      fail(parity, `${place(output, i, width)}: ${expected} expected, ${actual} found`);
    }
  }
}

/** No difference is allowed where one is infinite; the shares of it would be infinite too. */
function allowed(expected: number, actual: number, scale: number, { relative, ofColumn, absolute }: Tolerance): number {
  const greater = Math.max(Math.abs(expected), Math.abs(actual));
  return Number.isFinite(greater) ? relative * greater + ofColumn * scale + absolute : 0;
}

/** Largest finite magnitude of each column. */
function columnScales({ data }: Tensor, width: number): Float64Array {
  const scales = new Float64Array(width);
  for (let i = 0; i < data.length; i++) {
    const magnitude = Math.abs(Number(data[i]));
    if (Number.isFinite(magnitude)) scales[i % width] = Math.max(scales[i % width]!, magnitude);
  }
  return scales;
}

function compareLabels(
  parity: Parity,
  output: number,
  { wanted, found, scores, undecided }: Compared & { scores: readonly Tensor[] },
  tolerance: Tolerance,
): void {
  const width = widthOf(wanted);
  for (let i = 0; i < wanted.data.length; i++) {
    if (wanted.data[i] === found.data[i]) continue;
    parity.labelsDifferent++;
    if (undecided?.[Math.floor(i / width)]) continue;
    const ofLabel = width === 1 ? (scores.length === 1 ? scores[0] : undefined) : scores[i % width];
    if (ofLabel && tied(ofLabel, Math.floor(i / width), tolerance)) continue;
    fail(
      parity,
      `${place(output, i, width)}: label ${String(wanted.data[i])} expected, ${String(found.data[i])} found`,
    );
  }
}

/** Whether the two greatest scores of a row are one within the tolerance, or one of its scores is not a number. */
function tied(scores: Tensor, row: number, tolerance: Tolerance): boolean {
  const width = widthOf(scores);
  let [first, second] = [-Infinity, -Infinity];
  for (let j = 0; j < width; j++) {
    const score = Number(scores.data[row * width + j]);
    if (Number.isNaN(score)) return true;
    if (score > first) [first, second] = [score, first];
    else if (score > second) second = score;
  }
  return first === second || first - second <= allowed(first, second, Math.abs(first), tolerance);
}
