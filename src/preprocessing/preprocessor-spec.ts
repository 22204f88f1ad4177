/** A JSON scalar; null is the missing value. */
export type Scalar = number | string | boolean | null;

/**
 * A preprocessor as its owner writes it: data only. `docs/preprocessors.md` is the same for readers.
 * `input` is the JSON Schema (2020-12) of one raw record; `output` the fields of the processed record in their order.
 */
export interface PreprocessorDocument {
  description?: string;
  input: Record<string, unknown>;
  output: OutputField[];
}

export type OutputField = { field: string } & ValueObject;

/** Where a value comes from: a constant, or an object with exactly one source and optional steps. */
export type Value = Scalar | ValueObject;

export type ValueObject = Source & { steps?: Step[] };

export type Source =
  /** A field of the raw record; a list of names goes into nested objects. A missing field is null. */
  | { from: string | string[] }
  | { const: Scalar }
  /** Arithmetic; a missing operand makes the result missing. */
  | { add: Value[] }
  | { subtract: [Value, Value] }
  | { multiply: Value[] }
  | { divide: [Value, Value] }
  | { min: Value[] }
  | { max: Value[] }
  | { concat: Value[] }
  /** Comparisons of two numbers or two texts; with a missing operand they are false. */
  | { eq: [Value, Value] }
  | { ne: [Value, Value] }
  | { lt: [Value, Value] }
  | { le: [Value, Value] }
  | { gt: [Value, Value] }
  | { ge: [Value, Value] }
  | { is_missing: Value }
  /** Logic; a missing operand counts as false. */
  | { all: Value[] }
  | { any: Value[] }
  | { not: Value }
  | { if: Value; then: Value; else: Value };

/** What is done to a value, one after another. A missing value passes every step unchanged except `default`. */
export type Step =
  | { default: number | string | boolean }
  | { cast: 'number' | 'integer' | 'text' | 'boolean' }
  /** Decimal places, 0 to 12; halves go away from zero. */
  | { round: number }
  | { add: number }
  | { subtract: number }
  | { multiply: number }
  | { divide: number }
  | { clip: { min?: number; max?: number } }
  | { apply: MathFunction }
  /** How many of the ascending edges are at most (with `right`, below) the value, or the label at that place. */
  | { bin: { edges: number[]; right?: boolean; labels?: Scalar[] } }
  /** Looks the value, as text, up; without `default` an unknown value is an error. */
  | { map: { table: Record<string, Scalar>; default?: Scalar } }
  | { text: 'lower' | 'upper' | 'trim' }
  | { substring: { start: number; length?: number } }
  | { time: TimePart }
  | { date: DatePart };

export const MATH_FUNCTIONS = {
  abs: Math.abs,
  ceil: Math.ceil,
  cos: Math.cos,
  exp: Math.exp,
  expm1: Math.expm1,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log1p: Math.log1p,
  log2: Math.log2,
  sin: Math.sin,
  sqrt: Math.sqrt,
  square: (x: number): number => x * x,
  tanh: Math.tanh,
} as const satisfies Record<string, (x: number) => number>;

export type MathFunction = keyof typeof MATH_FUNCTIONS;

export const TIME_PARTS = ['hour', 'minute', 'second', 'minutes'] as const;
export type TimePart = (typeof TIME_PARTS)[number];

export const DATE_PARTS = ['year', 'month', 'day', 'weekday', 'day_of_year', 'hour', 'minute', 'unix'] as const;
export type DatePart = (typeof DATE_PARTS)[number];
