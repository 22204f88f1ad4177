import { getMetadataStorage, type ValidationError } from 'class-validator';
import { AppError, type ErrorDetail } from './errors';

/** Enough to mend a client by; a body may hold thousands of wrong members. */
const MAX_DETAILS = 100;
const MAX_SAID = 5;
const MAX_NAME = 100;

type Rules = ReadonlyMap<string, unknown>;

/**
 * What a DTO refuses, one sentence for each member however many of its rules it breaks: `resources.timeout must be a
 * number above 0 and at most 86400, found "x"`. Rules that are not told of here tell of themselves: `... must be ...`.
 */
export function wrongMembers(errors: readonly ValidationError[], prefix = ''): ErrorDetail[] {
  return errors.flatMap((error) => {
    const field = (prefix + error.property).slice(0, MAX_NAME);
    const own = error.constraints ? [{ field, message: sentence(error, error.constraints, field) }] : [];
    return [...own, ...wrongMembers(error.children ?? [], `${field}.`)];
  });
}

/** The refusal of a body for its wrong members, of which it names the first. */
export function refusedMembers(details: readonly ErrorDetail[]): AppError {
  const said = details
    .slice(0, MAX_SAID)
    .map(({ index, message }) => (index === undefined ? message : `item ${index}: ${message}`));
  if (details.length > MAX_SAID) said.push(`and ${details.length - MAX_SAID} more`);
  return new AppError('bad_request', said.join('; '), { details: details.slice(0, MAX_DETAILS) });
}

/** Members of a body, and of any object within. */
const MAX_MEMBERS = 2000;
const MAX_INNER_MEMBERS = 5000;

/**
 * To be asked before a body becomes an instance of its DTO, which takes time by the square of an object's members: nine
 * seconds for a body of 60,000. Names that every object inherits are unknown members, too: the packages behind a DTO
 * leave them out without a word, or take them for known ones.
 * @throws AppError bad_request
 */
export function assertOrdinaryMembers(body: object): void {
  refuseMembers(body, MAX_MEMBERS);
  refuseInheritedNames(body, '');
  const open: unknown[] = Object.values(body);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) refuseMembers(value, MAX_INNER_MEMBERS);
    for (const inner of Object.values(value) as unknown[]) open.push(inner);
  }
}

/** In the body and in the objects directly in it, of which some have DTOs. */
function refuseInheritedNames(value: object, prefix: string): void {
  for (const [name, inner] of Object.entries(value)) {
    const field = prefix + name;
    if (name in Object.prototype) {
      throw refusedMembers([{ field, message: `unknown member ${field}` }]);
    }
    if (prefix === '' && describeFound(inner) === 'an object') refuseInheritedNames(inner as object, `${name}.`);
  }
}

function refuseMembers(value: object, most: number): void {
  const found = Object.keys(value).length;
  if (found > most) {
    throw new AppError('bad_request', `expected a JSON object of at most ${most} members, found one of ${found}`);
  }
}

/** A JSON value in a few words. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'no number';
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** What its decorators ask of the member that an error is of: `a number from 0.1 to 604800`. */
export function expectationOf(error: ValidationError): string {
  const own = Object.entries(error.constraints ?? {}).find(([name]) => !TOLD.has(name));
  return own ? own[1].replace(/^\S+ must be /, '') : kindOf(rulesOf(error));
}

function sentence(error: ValidationError, broken: Record<string, string>, field: string): string {
  if (broken['whitelistValidation'] !== undefined) return `unknown member ${field}${knownMembers(error)}`;
  return `${field} must be ${expectationOf(error)}, found ${describeFound(error.value)}`;
}

const TOLD = new Set([
  ...['isString', 'isNotEmpty', 'maxLength', 'isIn', 'isBoolean', 'isArray', 'isObject', 'nestedValidation'],
  ...['isInt', 'isNumber', 'isPositive', 'min', 'max'],
]);

function kindOf(rules: Rules): string {
  const choices = rules.get('isIn');
  if (Array.isArray(choices)) return `one of ${choices.join(', ')}`;
  if (rules.has('isBoolean')) return 'true or false';
  if (rules.has('isArray')) return 'an array';
  if (rules.has('isString')) return `a text${lengthOf(rules)}`;
  if (rules.has('isInt')) return `a whole number${rangeOf(rules)}`;
  return rules.has('isNumber') || rules.has('isPositive') ? `a number${rangeOf(rules)}` : 'an object';
}

function lengthOf(rules: Rules): string {
  const most = rules.get('maxLength');
  if (rules.has('isNotEmpty'))
    return most === undefined ? ' that is not empty' : ` of 1 to ${most as number} characters`;
  return most === undefined ? '' : ` of at most ${most as number} characters`;
}

function rangeOf(rules: Rules): string {
  const [least, most] = [rules.get('min'), rules.get('max')] as [number?, number?];
  if (rules.has('isPositive')) return ` above 0${most === undefined ? '' : ` and at most ${most}`}`;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? '' : ` of at most ${most}`;
}

/** What the decorators of the member ask, with the first argument of each. */
function rulesOf({ target, property }: ValidationError): Rules {
  const own = metadataOf(target).filter(({ propertyName }) => propertyName === property);
  return new Map(own.map(({ name, type, constraints }) => [name ?? type, constraints?.[0] as unknown]));
}

function knownMembers({ target }: ValidationError): string {
  const names = [...new Set(metadataOf(target).map(({ propertyName }) => propertyName))];
  const last = names.pop();
  if (last === undefined) return '';
  return `; expected ${names.length > 0 ? `${names.join(', ')} or ` : ''}${last}`;
}

function metadataOf(target: object | undefined) {
  return target ? getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', false, false) : [];
}
