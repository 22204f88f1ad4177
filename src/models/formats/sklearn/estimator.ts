import { AppError } from '../../../common/errors';
import type { ClassLabel } from '../../../common/signature';
import { isNdArray, NumpyScalar, PyDict, PyObject, PyTuple } from '../pickle/records';
import type { NdArray, PyValue } from '../pickle/records';
import { toValues } from '../pickle/numpy';
import { asList, asNumber, asNumbers, asText, classLabels, describe } from './arrays';
import type { Numbers } from './arrays';

/** A scikit-learn version as `major.minor`; formulas are those of the version that fitted the estimator. */
export interface SklearnVersion {
  text: string;
  major: number;
  minor: number;
}

/** Attributes of a fitted estimator by name, with the checks and the sentences that reading a file needs. */
export class Estimator {
  readonly version: SklearnVersion | null;
  private readonly attributes: PyDict;

  constructor(
    readonly object: PyObject,
    parent: Estimator | null = null,
  ) {
    this.attributes = stateOf(object);
    this.version = parseVersion(asText(this.attributes.get('_sklearn_version'))) ?? parent?.version ?? insideOf(object);
  }

  /** `RandomForestClassifier`. */
  get name(): string {
    return this.object.className;
  }

  /** Whether the fitting version is this or newer; files without a version count as the oldest. */
  atLeast(major: number, minor: number): boolean {
    const version = this.version;
    return version !== null && (version.major > major || (version.major === major && version.minor >= minor));
  }

  /** The attribute as the file has it; undefined when it has none. */
  get(attribute: string): PyValue | undefined {
    return this.attributes.get(attribute);
  }

  /** What all attributes hold. */
  values(): PyValue[] {
    return [...this.attributes.entries()].map(([, value]) => value);
  }

  /** Whether the attribute is there and not None. */
  has(attribute: string): boolean {
    const value = this.get(attribute);
    return value !== undefined && value !== null;
  }

  /** @throws AppError model_unsupported when a fitted attribute is missing, model_corrupt when any other is */
  require(attribute: string): PyValue {
    const value = this.get(attribute);
    if (value !== undefined) return value;
    if (attribute.endsWith('_') && !attribute.startsWith('_')) {
      throw new AppError(
        'model_unsupported',
        `expected a fitted ${this.name}, found one without ${attribute}: call fit before saving it`,
      );
    }
    throw new AppError('model_corrupt', `expected ${this.name} to have ${attribute}, found none`);
  }

  number(attribute: string, fallback?: number): number {
    const value = this.get(attribute);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = asNumber(this.require(attribute));
    return number === undefined ? this.wrong(attribute, 'a number', value) : number;
  }

  boolean(attribute: string, fallback: boolean): boolean {
    const value = this.get(attribute);
    const plain = value instanceof NumpyScalar ? value.value : value;
    return plain === undefined ? fallback : Boolean(plain);
  }

  /** Text of a parameter, or null when it is missing or not text. */
  text(attribute: string): string | null {
    return asText(this.get(attribute)) ?? null;
  }

  /** @throws AppError model_corrupt unless the attribute is numbers, all of them finite */
  numbers(attribute: string): Numbers {
    const numbers = this.anyNumbers(attribute);
    const bad = numbers.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new AppError(
        'model_corrupt',
        `expected finite numbers in ${attribute} of ${this.name}, found ${numbers.data[bad]}`,
      );
    return numbers;
  }

  /** Like {@link numbers}, with NaN and infinities allowed. */
  anyNumbers(attribute: string): Numbers {
    return asNumbers(this.require(attribute)) ?? this.wrong(attribute, 'numbers', this.get(attribute));
  }

  /** A vector of a known length, whatever axes of size 1 it has. */
  vector(attribute: string, length: number): Float64Array {
    const { data, shape } = this.numbers(attribute);
    if (data.length !== length) {
      throw new AppError(
        'model_corrupt',
        `expected ${length} values in ${attribute} of ${this.name}, found shape (${shape.join(', ')})`,
      );
    }
    return data;
  }

  /** A matrix [rows, columns]; a vector is one row. */
  matrix(attribute: string): { data: Float64Array; rows: number; columns: number } {
    const { data, shape } = this.numbers(attribute);
    if (shape.length > 2 || shape.length === 0) this.wrong(attribute, 'a matrix', this.get(attribute));
    return { data, rows: shape.length === 2 ? shape[0]! : 1, columns: shape.at(-1)! };
  }

  array(attribute: string): NdArray {
    const value = this.require(attribute);
    return isNdArray(value) ? value : this.wrong(attribute, 'an array', value);
  }

  /** The items of a list, tuple or array of any shape, in row-major order. */
  list(attribute: string): PyValue[] {
    const value = this.require(attribute);
    return (isNdArray(value) ? toValues(value) : asList(value)) ?? this.wrong(attribute, 'a list', value);
  }

  classes(attribute = 'classes_'): ClassLabel[] {
    return classLabels(this.require(attribute), this.name);
  }

  /** A nested estimator. */
  child(attribute: string): Estimator {
    return this.wrap(this.require(attribute), attribute);
  }

  children(attribute: string): Estimator[] {
    return this.list(attribute).map((item) => this.wrap(item, attribute));
  }

  wrap(value: PyValue | undefined, attribute: string): Estimator {
    return value instanceof PyObject ? new Estimator(value, this) : this.wrong(attribute, 'an estimator', value);
  }

  wrong(attribute: string, expected: string, found: PyValue | undefined): never {
    throw new AppError(
      'model_corrupt',
      `expected ${attribute} of ${this.name} to be ${expected}, found ${describe(found)}`,
    );
  }

  /** A parameter value that is known to exist in scikit-learn but has no translation. */
  unsupported(what: string, advice: string): never {
    throw new AppError('model_unsupported', `${this.name} ${what} cannot be served; ${advice}`);
  }
}

function stateOf(object: PyObject): PyDict {
  const state = object.state instanceof PyTuple ? object.state.items[0] : object.state;
  return state instanceof PyDict ? state : new PyDict();
}

/**
 * Only classes of scikit-learn note its version. An ensemble of imbalanced-learn is one of scikit-learn, and its members
 * note the version, or what is in their steps does.
 */
function insideOf(object: PyObject, depth = 0): SklearnVersion | null {
  if (!object.path.startsWith('imblearn.') || depth > 4) return null;
  const state = stateOf(object);
  const member = asList(state.get('estimators_'))?.find((item) => item instanceof PyObject);
  const steps = asList(state.get('steps')) ?? [];
  for (const item of [member, ...steps.map((step) => asList(step)?.[1])]) {
    if (!(item instanceof PyObject)) continue;
    const version = parseVersion(asText(stateOf(item).get('_sklearn_version'))) ?? insideOf(item, depth + 1);
    if (version) return version;
  }
  return null;
}

function parseVersion(text: string | undefined): SklearnVersion | null {
  const match = /^(\d{1,4})\.(\d{1,4})/.exec(text ?? '');
  return match ? { text: text!.slice(0, 40), major: Number(match[1]), minor: Number(match[2]) } : null;
}
