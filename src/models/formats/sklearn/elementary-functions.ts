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
const NEAR_TOP = [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694];
const NEAR_BOTTOM = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171];
const FAR_TOP = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const FAR_BOTTOM = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];

/** The error function, right to 4e-16; onnxruntime has one of float32 only. */
export function errorFunction(x: ValueId, context: TranslationContext): ValueId {
  const { graph } = context;
  const size = graph.binary('min', graph.unary('abs', x), graph.scalar(6)); // 1 - erf(6) is 2e-17
  const square = graph.binary('mul', size, size);
  const near = graph.binary(
    'mul',
    size,
    graph.binary('div', polynomial(square, NEAR_TOP, context), polynomial(square, NEAR_BOTTOM, context)),
  );
  const tail = graph.binary('div', polynomial(size, FAR_TOP, context), polynomial(size, FAR_BOTTOM, context));
  const far = graph.binary(
    'sub',
    graph.scalar(1),
    graph.binary('mul', graph.unary('exp', graph.unary('neg', square)), tail),
  );
  const value = graph.where(graph.compare('le', size, graph.scalar(0.46875)), near, far);
  return graph.binary('mul', graph.unary('sign', x), value);
}

/** By Horner's rule, coefficients of the highest power first. */
export function polynomial(x: ValueId, coefficients: readonly number[], { graph }: TranslationContext): ValueId {
  return coefficients
    .slice(1)
    .reduce(
      (sum, coefficient) => graph.binary('add', graph.binary('mul', sum, x), graph.scalar(coefficient)),
      graph.scalar(coefficients[0]!),
    );
}
