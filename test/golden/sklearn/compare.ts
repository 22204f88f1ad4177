import type { ClassLabel, Signature } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';
import type { GoldenCase } from './golden';

/**
 * How far an answer may be from scikit-learn's, as `|answer - expected| <= relative * |expected| + absolute`. Forests and
 * single trees add the same doubles in the same order, so the evaluator must give their very bits.
 */
export interface Tolerance {
  relative: number;
  absolute: number;
}

/**
 * Cases in which scikit-learn itself loses digits: nan_euclidean_distances subtracts squares, so that short distances are
 * right to ten digits, and their inverses are the weights; the probabilities of a Gaussian process are a sum of terms in
 * the thousands, and the values of one without noise one of terms in the hundred thousand millions: scikit-learn's own
 * answers to these rows one by one are 1.1e-5 from those to all of them.
 */
export const ROUNDED = new Map<string, Partial<Tolerance>>([
  ['fill-neighbors-distance', { relative: 1e-9 }],
  ['process-classifier-fitted', { relative: 1e-10 }],
  ['process-noiseless', { absolute: 5e-5 }],
]);

/** What differs between the outputs of a model and what scikit-learn answered; empty when nothing does. */
export function differences(golden: GoldenCase, signature: Signature, outputs: Tensor[], tolerance: Tolerance): string[] {
  const found: string[] = [];
  const tensor = (name: string): Tensor | undefined => outputs[signature.outputs.findIndex((output) => output.name === name)];
  const numbers = (name: string, expected: Float64Array | undefined): void => {
    const answer = tensor(name);
    if (!expected || !answer) {
      if (expected || answer) found.push(`${name}: ${expected ? 'expected' : 'unexpected'}`);
      return;
    }
    const worst = largestExcess(answer.data as Float64Array, expected, tolerance);
    if (worst) found.push(`${name}: ${worst}`);
  };
  numbers('value', golden.value);
  numbers('transformed', golden.transform);
  const several = (golden.probabilities?.length ?? 0) > 1;
  if (several) golden.probabilities!.forEach((expected, target) => numbers(`probabilities_${target}`, expected));
  else numbers('probabilities', golden.probabilities?.[0]);
  const labels = tensor('label');
  const answered = labels && labelsOf(labels, signature);
  const expected = golden.label?.flat();
  if (JSON.stringify(answered) !== JSON.stringify(expected)) {
    const wrong = expected?.findIndex((label, index) => label !== answered?.[index]) ?? 0;
    found.push(`label ${wrong}: expected ${expected?.[wrong]}, found ${answered?.[wrong]}`);
  }
  return found;
}

function labelsOf({ data }: Tensor, signature: Signature): ClassLabel[] {
  const booleans = typeof signature.classes?.[0] === 'boolean';
  return Array.from<string | number | bigint, ClassLabel>(data as ArrayLike<string | number | bigint>, (value) =>
    typeof value === 'string' ? value : booleans ? Boolean(Number(value)) : Number(value),
  );
}

function largestExcess(found: ArrayLike<number>, expected: Float64Array, { relative, absolute }: Tolerance): string | null {
  if (found.length !== expected.length) return `expected ${expected.length} numbers, found ${found.length}`;
  let worst = 0;
  let message: string | null = null;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(found[i], expected[i]) || found[i] === expected[i]) continue;
    const excess = Math.abs(found[i]! - expected[i]!) - (relative * Math.abs(expected[i]!) + absolute);
    if (!(excess <= worst)) {
      worst = Number.isNaN(excess) ? Infinity : excess;
      message = `element ${i}: expected ${expected[i]}, found ${found[i]}`;
    }
  }
  return message;
}
