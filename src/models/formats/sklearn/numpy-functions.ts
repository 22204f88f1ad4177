import type { ValueId } from '../../graph/ir';
import { PyDict, PyGlobal } from '../pickle/records';
import { asNumber, asText, describe } from './arrays';
import { cosine, expm1, log1p } from './elementary-functions';
import type { Estimator } from './estimator';
import type { TranslationContext } from './translation';

/** Numbers among the keyword arguments; undefined for one that is not given or None. */
export type Options = (name: string) => number | undefined;
export type Apply = (x: ValueId, context: TranslationContext, options: Options) => ValueId;

/** A function, the keyword arguments that it takes, and whether it makes numbers of missing values. */
interface Known {
  apply: Apply;
  takes?: readonly string[];
  fills?: true;
}

const plain = (apply: Apply): Known => ({ apply });
const unary = (fn: 'exp' | 'log' | 'sqrt' | 'sin' | 'tanh' | 'sign' | 'floor' | 'abs' | 'neg' | 'round'): Known =>
  plain((x, { graph }) => graph.unary(fn, x));
const scaled = (factor: number): Known => plain((x, { graph }) => graph.binary('mul', x, graph.scalar(factor)));
const logOf = (base: number): Known =>
  plain((x, { graph }) => graph.binary('div', graph.unary('log', x), graph.scalar(Math.log(base))));
const powerOf = (base: number): Known => plain((x, { graph }) => graph.binary('pow', graph.scalar(base), x));
const ceil: Apply = (x, { graph }) => graph.unary('neg', graph.unary('floor', graph.unary('neg', x)));
const truncate: Apply = (x, { graph }) =>
  graph.binary('mul', graph.unary('sign', x), graph.unary('floor', graph.unary('abs', x)));
const halfSum = (fn: 'add' | 'sub'): Apply => {
  return (x, { graph }) => {
    const both = graph.binary(fn, graph.unary('exp', x), graph.unary('exp', graph.unary('neg', x)));
    return graph.binary('div', both, graph.scalar(2));
  };
};

/** `(e^x - e^-x) / 2`, near 0 by `expm1`, which keeps the digits. */
const sinh: Apply = (x, context, options) => {
  const { graph } = context;
  const less = expm1(x, context);
  const near = graph.binary('add', less, graph.binary('div', less, graph.binary('add', less, graph.scalar(1))));
  const small = graph.compare('lt', graph.unary('abs', x), graph.scalar(1));
  return graph.where(small, graph.binary('div', near, graph.scalar(2)), halfSum('sub')(x, context, options));
};

const round: Known = {
  takes: ['decimals'],
  apply: (x, { graph }, options) => {
    const decimals = options('decimals') ?? 0;
    if (decimals === 0) return graph.unary('round', x);
    const scale = graph.scalar(10 ** Math.abs(decimals));
    const [up, down] = decimals > 0 ? (['mul', 'div'] as const) : (['div', 'mul'] as const);
    return graph.binary(down, graph.unary('round', graph.binary(up, x, scale)), scale);
  },
};

const clip: Known = {
  takes: ['a_min', 'a_max', 'min', 'max'],
  apply: (x, { graph }, options) => {
    const [least, most] = [options('a_min') ?? options('min'), options('a_max') ?? options('max')];
    const raised = least === undefined ? x : graph.binary('max', x, graph.scalar(least));
    return most === undefined ? raised : graph.binary('min', raised, graph.scalar(most));
  },
};

const nanToNum: Known = {
  takes: ['nan', 'posinf', 'neginf', 'copy'],
  fills: true,
  apply: (x, { graph }, options) => {
    const most = graph.scalar(options('posinf') ?? Number.MAX_VALUE);
    const least = graph.scalar(options('neginf') ?? -Number.MAX_VALUE);
    const finite = graph.where(
      graph.compare('eq', x, graph.scalar(Infinity)),
      most,
      graph.where(graph.compare('eq', x, graph.scalar(-Infinity)), least, x),
    );
    return graph.where(graph.isnan(x), graph.scalar(options('nan') ?? 0), finite);
  },
};

const logit: Apply = (x, { graph }) =>
  graph.unary('log', graph.binary('div', x, graph.binary('sub', graph.scalar(1), x)));
const cubeRoot: Apply = (x, { graph }) =>
  graph.binary('mul', graph.unary('sign', x), graph.binary('pow', graph.unary('abs', x), graph.scalar(1 / 3)));
const tangent: Apply = (x, context) => context.graph.binary('div', context.graph.unary('sin', x), cosine(x, context));

/** Functions of numpy by name. What onnxruntime has no kernel of doubles for is made of what it has. */
const NUMPY: Record<string, Known> = {
  exp: unary('exp'),
  log: unary('log'),
  sqrt: unary('sqrt'),
  sin: unary('sin'),
  tanh: unary('tanh'),
  sign: unary('sign'),
  floor: unary('floor'),
  rint: unary('round'),
  abs: unary('abs'),
  fabs: unary('abs'),
  absolute: unary('abs'),
  negative: unary('neg'),
  positive: plain((x) => x),
  square: plain((x, { graph }) => graph.binary('mul', x, x)),
  reciprocal: plain((x, { graph }) => graph.binary('div', graph.scalar(1), x)),
  log1p: plain(log1p),
  expm1: plain(expm1),
  log2: logOf(2),
  log10: logOf(10),
  exp2: powerOf(2),
  cbrt: plain(cubeRoot),
  cos: plain(cosine),
  tan: plain(tangent),
  sinh: plain(sinh),
  cosh: plain(halfSum('add')),
  ceil: plain(ceil),
  trunc: plain(truncate),
  fix: plain(truncate),
  radians: scaled(Math.PI / 180),
  deg2rad: scaled(Math.PI / 180),
  degrees: scaled(180 / Math.PI),
  rad2deg: scaled(180 / Math.PI),
  round,
  around: round,
  round_: round,
  clip,
  nan_to_num: nanToNum,
  isnan: { fills: true, apply: (x, { graph }) => graph.cast(graph.isnan(x), 'f64') },
};

/** Functions of scipy.special by name. */
const SCIPY: Record<string, Known> = {
  expit: plain((x, { graph }) => graph.unary('sigmoid', x)),
  logit: plain(logit),
  log1p: plain(log1p),
  expm1: plain(expm1),
  exp2: powerOf(2),
  exp10: powerOf(10),
  cbrt: plain(cubeRoot),
};

/** What a function parameter does to a value. */
export interface FunctionOf {
  apply: (x: ValueId, context: TranslationContext) => ValueId;
  /** Missing values come out as numbers. */
  fills: boolean;
}

/**
 * The function in `attribute`, called with the keyword arguments in `keywords`; identity for None.
 * @throws AppError model_unsupported for any but the known ones of numpy and scipy.special, and for other arguments
 */
export function functionOf(estimator: Estimator, attribute: string, keywords: string): FunctionOf {
  const value = estimator.get(attribute);
  if (value === undefined || value === null) return { apply: (x) => x, fills: false };
  const known = find(value instanceof PyGlobal ? value : null);
  if (!known) {
    return estimator.unsupported(
      `with the function ${describe(value)}`,
      `use one of numpy's ${Object.keys(NUMPY).join(', ')}, or scipy.special's ${Object.keys(SCIPY).join(', ')}`,
    );
  }
  const given = estimator.get(keywords);
  const entries = given instanceof PyDict ? [...given.entries()] : [];
  const options = new Map<string, number>();
  for (const [key, item] of entries) {
    const name = asText(key) ?? describe(key);
    const number = item === null ? undefined : asNumber(item);
    if (!known.takes?.includes(name) || (item !== null && number === undefined)) {
      estimator.unsupported(
        `with ${name}=${describe(item)} for ${describe(value)}`,
        `give it numbers only, and of ${known.takes?.join(', ') ?? 'no arguments'}`,
      );
    }
    if (number !== undefined) options.set(name, number);
  }
  return {
    apply: (x, context) => known.apply(x, context, (name) => options.get(name)),
    fills: known.fills ?? false,
  };
}

function find(value: PyGlobal | null): Known | undefined {
  if (!value) return undefined;
  const table = value.module.split('.')[0] === 'numpy' ? NUMPY : value.module.startsWith('scipy.special') ? SCIPY : {};
  return Object.hasOwn(table, value.name) ? table[value.name] : undefined;
}
