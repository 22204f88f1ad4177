import type { ValueId } from '../../graph/ir';
import type { TranslationContext } from './translation';

/** `cos x = 1 - 2 sin(x/2)^2`: onnxruntime has a sine of doubles and no cosine. Right to 3e-16 wherever sin is. */
export function cosine(x: ValueId, { graph }: TranslationContext): ValueId {
  const half = graph.unary('sin', graph.binary('mul', x, graph.scalar(0.5)));
  return graph.binary('sub', graph.scalar(1), graph.binary('mul', graph.scalar(2), graph.binary('mul', half, half)));
}

/** `log(1 + x)` that keeps the digits of small x (Higham, Accuracy and Stability of Numerical Algorithms, 1.14.1). */
export function log1p(x: ValueId, { graph }: TranslationContext): ValueId {
  const one = graph.scalar(1);
  const sum = graph.binary('add', one, x);
  const log = graph.unary('log', sum);
  const exact = graph.binary('div', graph.binary('mul', log, x), graph.binary('sub', sum, one));
  // Where 1 + x rounds to 1 the answer is x; where x is infinite or -1, the plain logarithm is right.
  const plain = graph.logic('not', graph.compare('lt', graph.unary('abs', log), graph.scalar(Infinity)));
  return graph.where(graph.compare('eq', sum, one), x, graph.where(plain, log, exact));
}

/** `exp(x) - 1` that keeps the digits of small x (the same section of Higham). */
export function expm1(x: ValueId, { graph }: TranslationContext): ValueId {
  const one = graph.scalar(1);
  const power = graph.unary('exp', x);
  const less = graph.binary('sub', power, one);
  const exact = graph.binary('div', graph.binary('mul', less, x), graph.unary('log', power));
  // Far from 0 nothing is lost, and the logarithm of what is 0 or infinite would be.
  const near = graph.compare('lt', graph.unary('abs', x), one);
  return graph.where(graph.compare('eq', power, one), x, graph.where(near, exact, less));
}

// Rational approximations of W. J. Cody, Mathematics of Computation 23 (1969), highest power first.
const NEAR_TOP = [
  1.85777706184603153e-1, 3.1611237438705656, 1.1386415415105016e2, 3.77485237685302021e2, 3.20937758913846947e3,
];
const NEAR_BOTTOM = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
const FAR_TOP = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
];
const FAR_BOTTOM = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];

/** The error function, right to 4e-16; onnxruntime has one of float32 only. */
export function errorFunction(x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const polynomial = (coefficients: number[], at: ValueId): ValueId =>
    coefficients
      .slice(1)
      .reduce(
        (sum, coefficient) => graph.binary('add', graph.binary('mul', sum, at), graph.scalar(coefficient)),
        graph.scalar(coefficients[0]!),
      );
  const size = graph.binary('min', graph.unary('abs', x), graph.scalar(6)); // 1 - erf(6) is 2e-17
  const square = graph.binary('mul', size, size);
  const near = graph.binary(
    'mul',
    size,
    graph.binary('div', polynomial(NEAR_TOP, square), polynomial(NEAR_BOTTOM, square)),
  );
  const tail = graph.binary('div', polynomial(FAR_TOP, size), polynomial(FAR_BOTTOM, size));
  const far = graph.binary(
    'sub',
    graph.scalar(1),
    graph.binary('mul', graph.unary('exp', graph.unary('neg', square)), tail),
  );
  const value = graph.where(graph.compare('le', size, graph.scalar(0.46875)), near, far);
  return graph.binary('mul', graph.unary('sign', x), value);
}
