import type { ErrorDetail } from '../common/errors';
import { describeJson, isJsonObject } from './json-bounds';
import type { Scalar } from './preprocessor-spec';
import { TextWork } from './text-work';

const MAX_PROBLEMS = 50;

/**
 * Reads one place of a preprocessor document: checks kinds, notes what is wrong under the place's dotted path, and goes
 * on with a harmless stand-in, so that one look finds all mistakes.
 */
export class SpecReader {
  private constructor(
    readonly value: unknown,
    private readonly path: readonly string[],
    private readonly found: ErrorDetail[],
    /** One for the whole document. */
    readonly textWork: TextWork,
  ) {}

  static of(document: unknown): SpecReader {
    return new SpecReader(document, [], [], new TextWork());
  }

  /** Everything noted so far, here and anywhere else in the same document. */
  get problems(): readonly ErrorDetail[] {
    return this.found;
  }

  problem(message: string): void {
    if (this.found.length < MAX_PROBLEMS) this.found.push({ field: this.path.join('.'), message });
  }

  private expected(what: string): void {
    this.problem(`must be ${what}, found ${describeJson(this.value)}`);
  }

  has(name: string): boolean {
    return isJsonObject(this.value) && Object.hasOwn(this.value, name);
  }

  member(name: string): SpecReader {
    const value = this.has(name) ? (this.value as Record<string, unknown>)[name] : undefined;
    return new SpecReader(value, [...this.path, name], this.found, this.textWork);
  }

  /** Whether it is an object, with no other members than those named. */
  object(members: readonly string[]): boolean {
    if (!isJsonObject(this.value)) {
      this.expected('an object');
      return false;
    }
    for (const name of Object.keys(this.value)) {
      if (!members.includes(name)) this.member(name).problem(`is unknown here; expected ${members.join(', ')}`);
    }
    return true;
  }

  /** The one member of `names` that the object has. */
  oneOf(names: readonly string[]): string | null {
    const present = names.filter((name) => this.has(name));
    if (present.length === 1) return present[0] ?? null;
    const what = present.length === 0 ? 'none' : present.join(' and ');
    this.problem(`must have exactly one of ${names.join(', ')}; found ${what}`);
    return null;
  }

  list(least: number, most = Infinity): SpecReader[] {
    if (!Array.isArray(this.value) || this.value.length < least || this.value.length > most) {
      const size = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
      const length = Array.isArray(this.value) ? ` of ${this.value.length}` : '';
      this.problem(`must be a list of ${size}, found ${describeJson(this.value)}${length}`);
      return [];
    }
    return this.value.map(
      (item: unknown, i) => new SpecReader(item, [...this.path, String(i)], this.found, this.textWork),
    );
  }

  entries(): [string, SpecReader][] {
    if (!isJsonObject(this.value)) {
      this.expected('an object');
      return [];
    }
    return Object.keys(this.value).map((name) => [name, this.member(name)]);
  }

  text(maxLength: number): string {
    if (typeof this.value === 'string' && this.value.length > 0 && this.value.length <= maxLength) return this.value;
    this.expected(`a text of 1 to ${maxLength} characters`);
    return '';
  }

  number(): number {
    if (typeof this.value === 'number' && Number.isFinite(this.value)) return this.value;
    this.expected('a number');
    return 0;
  }

  integer(least: number, most: number): number {
    if (Number.isInteger(this.value) && Number(this.value) >= least && Number(this.value) <= most) {
      return Number(this.value);
    }
    this.expected(`an integer from ${least} to ${most}`);
    return least;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') this.expected('true or false');
    return this.value === true;
  }

  scalar(): Scalar {
    if (isScalar(this.value)) return this.value;
    this.expected('a number, a text, true, false or null');
    return null;
  }

  choice<T extends string>(choices: readonly T[]): T | null {
    const choice = choices.find((each) => each === this.value);
    if (choice === undefined) this.expected(`one of ${choices.join(', ')}`);
    return choice ?? null;
  }
}

export function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}
