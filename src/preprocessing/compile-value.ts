import { compileStep, finite } from './compile-step';
import { Fault } from './fault';
import { describeJson } from './json-bounds';
import type { Scalar } from './preprocessor-spec';
import { isScalar, type SpecReader } from './spec-reader';
import type { TextWork } from './text-work';

export type RawRecord = Record<string, unknown>;
export type Evaluate = (record: RawRecord) => Scalar | Fault;

const MAX_NAME_CHARACTERS = 256;
/** Of what one `concat` may build, and of all texts of one processed record: outputs may not multiply their input. */
export const MAX_TEXT_CHARACTERS = 1_000_000;
const MISSING: Evaluate = () => null;

/**
 * Compiles a value: a scalar, or an object with exactly one source and optional `steps`. What is wrong is noted in
 * `spec`, and the function is then not to be used. `members` are further members that the object may have.
 */
export function compileValue(spec: SpecReader, members: readonly string[] = []): Evaluate {
  if (isScalar(spec.value)) return constant(spec.value);
  if (!spec.object([...members, ...SOURCE_NAMES, 'then', 'else', 'steps'])) return MISSING;
  const name = spec.oneOf(SOURCE_NAMES);
  const compile = name === null ? undefined : SOURCES[name];
  if (!compile || name === null) return MISSING;
  if (name !== 'if' && (spec.has('then') || spec.has('else'))) spec.problem('must have then and else only beside if');
  return withSteps(compile(spec.member(name), spec), spec);
}

function withSteps(source: Evaluate, spec: SpecReader): Evaluate {
  if (!spec.has('steps')) return source;
  const steps = spec.member('steps').list(0).map(compileStep);
  const { textWork } = spec;
  steps.forEach(() => textWork.count());
  const field = spec.has('from') ? [spec.member('from').value].flat().join('.') : undefined;
  return (record) => {
    let value = source(record);
    for (const step of steps) {
      if (value instanceof Fault) break;
      value = tooLong(value, textWork) ?? step(value);
    }
    return value instanceof Fault && field !== undefined ? value.at(field) : value;
  };
}

/** Null for a value that is no text, or one that may be looked at. */
function tooLong(value: Scalar, { longest }: TextWork): Fault | null {
  if (typeof value !== 'string' || value.length <= longest) return null;
  return new Fault(`must have at most ${longest} characters for all that is done to texts here, found ${value.length}`);
}

function constant(value: Scalar): Evaluate {
  return () => value;
}

function readField(argument: SpecReader): Evaluate {
  const readers = Array.isArray(argument.value) ? argument.list(1, 16) : [argument];
  const path = readers.map((reader) => reader.text(MAX_NAME_CHARACTERS));
  const field = path.join('.');
  return (record) => {
    let value: unknown = record;
    for (const name of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
      value = (value as RawRecord)[name];
    }
    if (isScalar(value)) return value;
    return new Fault(`must be a number, a text, true, false or null, found ${describeJson(value)}`, field);
  };
}

/** Numbers in, a finite number out; a missing operand makes the result missing. */
function arithmetic(least: number, most: number, combine: (left: number, right: number) => number) {
  return (argument: SpecReader): Evaluate => {
    const [first = MISSING, ...rest] = argument.list(least, most).map((operand) => compileValue(operand));
    return (record) => {
      let total = numberOf(first(record));
      for (const operand of rest) {
        if (typeof total !== 'number') return total;
        const next = numberOf(operand(record));
        total = typeof next === 'number' ? combine(total, next) : next;
      }
      return typeof total === 'number' ? finite(total) : total;
    };
  };
}

function numberOf(value: Scalar | Fault): number | null | Fault {
  if (value === null || typeof value === 'number' || value instanceof Fault) return value;
  return new Fault(`must be computed from numbers, found ${describeJson(value)}`);
}

/** Two numbers, or two of the same other type; with a missing operand the answer is false. */
function comparison(compare: (left: number | string | boolean, right: number | string | boolean) => boolean) {
  return (argument: SpecReader): Evaluate => {
    const [left = MISSING, right = MISSING] = argument.list(2, 2).map((operand) => compileValue(operand));
    const { textWork } = argument;
    textWork.count();
    return (record) => {
      const [a, b] = [left(record), right(record)];
      if (a instanceof Fault) return a;
      if (b instanceof Fault) return b;
      if (a === null || b === null) return false;
      const fault = tooLong(a, textWork) ?? tooLong(b, textWork);
      if (fault) return fault;
      if (typeof a === typeof b) return compare(a, b);
      return new Fault(`must compare values of one type, found ${describeJson(a)} and ${describeJson(b)}`);
    };
  };
}

/** A missing condition counts as false. */
function truthOf(value: Scalar | Fault): boolean | Fault {
  if (typeof value === 'boolean' || value instanceof Fault) return value;
  return value === null
    ? false
    : new Fault(`must have a condition that is true or false, found ${describeJson(value)}`);
}

/** Evaluates until one operand has the truth `decisive`, which is then the answer. */
function logic(decisive: boolean) {
  return (argument: SpecReader): Evaluate => {
    const operands = argument.list(1).map((operand) => compileValue(operand));
    return (record) => {
      for (const operand of operands) {
        const truth = truthOf(operand(record));
        if (truth !== !decisive) return truth;
      }
      return !decisive;
    };
  };
}

const SOURCES: Record<string, (argument: SpecReader, whole: SpecReader) => Evaluate> = {
  from: readField,
  const: (argument) => constant(argument.scalar()),
  add: arithmetic(1, Infinity, (a, b) => a + b),
  subtract: arithmetic(2, 2, (a, b) => a - b),
  multiply: arithmetic(1, Infinity, (a, b) => a * b),
  divide: arithmetic(2, 2, (a, b) => a / b),
  min: arithmetic(1, Infinity, Math.min),
  max: arithmetic(1, Infinity, Math.max),
  concat: (argument) => {
    const parts = argument.list(1).map((part) => compileValue(part));
    return (record) => {
      let text = '';
      for (const part of parts) {
        const value = part(record);
        if (value === null || value instanceof Fault) return value;
        text += String(value);
        if (text.length > MAX_TEXT_CHARACTERS) return new Fault(`gives more than ${MAX_TEXT_CHARACTERS} characters`);
      }
      return text;
    };
  },
  eq: comparison((a, b) => a === b),
  ne: comparison((a, b) => a !== b),
  lt: comparison((a, b) => a < b),
  le: comparison((a, b) => a <= b),
  gt: comparison((a, b) => a > b),
  ge: comparison((a, b) => a >= b),
  is_missing: (argument) => {
    const operand = compileValue(argument);
    return (record) => {
      const value = operand(record);
      return value instanceof Fault ? value : value === null;
    };
  },
  all: logic(false),
  any: logic(true),
  not: (argument) => {
    const operand = compileValue(argument);
    return (record) => {
      const truth = truthOf(operand(record));
      return truth instanceof Fault ? truth : !truth;
    };
  },
  if: (argument, whole) => {
    const condition = compileValue(argument);
    const [then, otherwise] = ['then', 'else'].map((name) => {
      if (!whole.has(name)) whole.problem(`must have ${name} beside if`);
      return whole.has(name) ? compileValue(whole.member(name)) : MISSING;
    }) as [Evaluate, Evaluate];
    return (record) => {
      const truth = truthOf(condition(record));
      if (truth instanceof Fault) return truth;
      return truth ? then(record) : otherwise(record);
    };
  },
};

const SOURCE_NAMES = Object.keys(SOURCES);
