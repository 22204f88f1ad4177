import { Fault } from './fault';
import { describeJson } from './json-bounds';
import { DATE_PARTS, MATH_FUNCTIONS, type MathFunction, type Scalar, TIME_PARTS } from './preprocessor-spec';
import type { SpecReader } from './spec-reader';
import { datePart, timePart } from './time-parts';

export type StepFunction = (value: Scalar) => Scalar | Fault;

/**
 * Compiles one step; what is wrong with it is noted in `spec`, and the function is then not to be used.
 * A missing value passes every step but `default` unchanged. Numbers that a step gives are finite.
 */
export function compileStep(spec: SpecReader): StepFunction {
  if (!spec.object(STEP_NAMES)) return (value) => value;
  const name = spec.oneOf(STEP_NAMES);
  const compile = name === null ? undefined : STEPS[name];
  return compile && name !== null ? compile(spec.member(name)) : (value) => value;
}

const onNumber =
  (apply: (value: number) => number | Scalar | Fault): StepFunction =>
  (value) => {
    if (value === null) return null;
    if (typeof value !== 'number') return new Fault(`must be a number, found ${describeJson(value)}`);
    const result = apply(value);
    return typeof result === 'number' ? finite(result) : result;
  };

const onText =
  (apply: (value: string) => Scalar | Fault): StepFunction =>
  (value) => {
    if (value === null) return null;
    if (typeof value !== 'string') return new Fault(`must be a text, found ${describeJson(value)}`);
    const result = apply(value);
    return result instanceof Fault ? new Fault(`${result.message}, found ${describeJson(value)}`) : result;
  };

/** The number itself, or a fault when it is none that JSON can hold. */
export function finite(value: number): number | Fault {
  return Number.isFinite(value) ? value : new Fault('gives no finite number');
}

const STEPS: Record<string, (argument: SpecReader) => StepFunction> = {
  default: (argument) => {
    const otherwise = argument.scalar();
    if (otherwise === null) argument.problem('must not be null');
    return (value) => value ?? otherwise;
  },
  cast: compileCast,
  round: (argument) => {
    const places = argument.integer(0, 12);
    return onNumber((value) => Number(value.toFixed(places)));
  },
  add: (argument) => {
    const term = argument.number();
    return onNumber((value) => value + term);
  },
  subtract: (argument) => {
    const term = argument.number();
    return onNumber((value) => value - term);
  },
  multiply: (argument) => {
    const factor = argument.number();
    return onNumber((value) => value * factor);
  },
  divide: (argument) => {
    const divisor = argument.number();
    if (divisor === 0) argument.problem('must not be 0');
    return onNumber((value) => value / divisor);
  },
  clip: compileClip,
  apply: (argument) => {
    const name = argument.choice(Object.keys(MATH_FUNCTIONS) as MathFunction[]) ?? 'abs';
    return onNumber((value) => {
      const result = MATH_FUNCTIONS[name](value);
      return Number.isFinite(result) ? result : new Fault(`has no finite ${name}, found ${value}`);
    });
  },
  bin: compileBin,
  map: compileMap,
  text: (argument) => {
    const change = argument.choice(['lower', 'upper', 'trim']);
    if (change === 'trim') return onText((value) => value.trim());
    return onText((value) => (change === 'lower' ? value.toLowerCase() : value.toUpperCase()));
  },
  substring: (argument) => {
    if (!argument.object(['start', 'length'])) return (value) => value;
    const start = argument.member('start').integer(0, 1_000_000);
    const length = argument.has('length') ? argument.member('length').integer(0, 1_000_000) : Infinity;
    return onText((value) => [...value].slice(start, start + length).join(''));
  },
  time: (argument) => {
    const part = argument.choice(TIME_PARTS) ?? 'hour';
    return onText((value) => timePart(value, part));
  },
  date: (argument) => {
    const part = argument.choice(DATE_PARTS) ?? 'year';
    return onText((value) => datePart(value, part));
  },
};

const STEP_NAMES = Object.keys(STEPS);

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function toNumber(value: number | string | boolean): number | Fault {
  if (typeof value !== 'string') return Number(value);
  const text = value.trim();
  return DECIMAL.test(text) ? finite(Number(text)) : new Fault(`must be a number, found ${describeJson(value)}`);
}

function toBoolean(value: number | string | boolean): boolean | Fault {
  if (value === true || value === 1 || value === 'true') return true;
  if (value === false || value === 0 || value === 'false') return false;
  return new Fault(`must be true, false, 1 or 0, found ${describeJson(value)}`);
}

function compileCast(argument: SpecReader): StepFunction {
  const kind = argument.choice(['number', 'integer', 'text', 'boolean']) ?? 'text';
  return (value) => {
    if (value === null) return null;
    if (kind === 'text') return String(value);
    if (kind === 'boolean') return toBoolean(value);
    const number = toNumber(value);
    if (kind === 'integer' && typeof number === 'number' && !Number.isInteger(number)) {
      return new Fault(`must be an integer, found ${describeJson(value)}`);
    }
    return number;
  };
}

function compileClip(argument: SpecReader): StepFunction {
  if (!argument.object(['min', 'max'])) return (value) => value;
  const min = argument.has('min') ? argument.member('min').number() : -Infinity;
  const max = argument.has('max') ? argument.member('max').number() : Infinity;
  if (min > max) argument.problem('must have min at most max');
  if (min === -Infinity && max === Infinity) argument.problem('must have min, max or both');
  return onNumber((value) => Math.min(Math.max(value, min), max));
}

function compileBin(argument: SpecReader): StepFunction {
  if (!argument.object(['edges', 'right', 'labels'])) return (value) => value;
  const edges = argument
    .member('edges')
    .list(1)
    .map((edge) => edge.number());
  if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? 0))) {
    argument.member('edges').problem('must be strictly ascending');
  }
  const right = argument.has('right') && argument.member('right').boolean();
  const labels = argument.has('labels')
    ? argument
        .member('labels')
        .list(edges.length + 1, edges.length + 1)
        .map((label) => label.scalar())
    : null;
  return onNumber((value) => {
    const place = countBelow(edges, value, right);
    return labels ? (labels[place] ?? null) : place;
  });
}

/** How many of the ascending `edges` are at most `value`, or below it when `strict` (numpy.digitize, `right`). */
function countBelow(edges: readonly number[], value: number, strict: boolean): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const edge = edges[middle] ?? Infinity;
    if (strict ? edge < value : edge <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compileMap(argument: SpecReader): StepFunction {
  if (!argument.object(['table', 'default'])) return (value) => value;
  const table = new Map<string, Scalar>(
    argument
      .member('table')
      .entries()
      .map(([key, entry]) => [key, entry.scalar()]),
  );
  const otherwise = argument.has('default') ? argument.member('default').scalar() : undefined;
  return (value) => {
    if (value === null) return null;
    const found = table.get(String(value));
    if (found !== undefined) return found;
    return otherwise !== undefined ? otherwise : new Fault(`is not in the table, found ${describeJson(value)}`);
  };
}
