import { AppError } from '../../../common/errors';
import type { UbjsonValue } from './ubjson';

export type JsonObject = { [key: string]: UbjsonValue };

/** A member of an object of the file, undefined when there is none; inherited names such as `constructor` are none. */
export function member(object: JsonObject, key: string): UbjsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** An object under `key`. @throws AppError model_corrupt */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = member(object, key);
  if (isObject(value)) return value;
  throw wrong(key, 'an object', value);
}

export function isObject(value: UbjsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** The items of a list under `key`. @throws AppError model_corrupt */
export function listAt(object: JsonObject, key: string): ArrayLike<UbjsonValue> {
  const value = member(object, key);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  throw wrong(key, 'a list', value);
}

/**
 * Numbers under `key`; true and false count as 1 and 0, and null, which stands for what JSON cannot say, as NaN.
 * @throws AppError model_corrupt
 */
export function numbersAt(object: JsonObject, key: string, length?: number): ArrayLike<number> {
  const list = listAt(object, key);
  if (length !== undefined && list.length !== length) {
    throw new AppError(
      'model_corrupt',
      `expected ${length} numbers in ${key} of the XGBoost model, found ${list.length}`,
    );
  }
  if (ArrayBuffer.isView(list)) return list as unknown as ArrayLike<number>;
  const items = list as UbjsonValue[];
  const bad = items.findIndex((item) => !['number', 'boolean'].includes(typeof item) && item !== null);
  if (bad >= 0) throw wrong(key, 'numbers', items[bad]);
  if (items.every((item) => typeof item === 'number')) return items;
  return items.map((item) => (item === null ? NaN : Number(item)));
}

/** A number under `key`, which XGBoost writes as text; `fallback` where there is none. @throws AppError model_corrupt */
export function numberAt(object: JsonObject, key: string, fallback?: number): number {
  const value = member(object, key);
  if (value === undefined && fallback !== undefined) return fallback;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw wrong(key, 'a number', value);
}

/** Text under `key`, or null. */
export function textAt(object: JsonObject, key: string): string | null {
  const value = member(object, key);
  return typeof value === 'string' ? value : null;
}

/** The texts of a list under `key`; null when it is missing, empty or holds anything else. */
export function textsAt(object: JsonObject, key: string): string[] | null {
  const value = member(object, key);
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((item) => typeof item === 'string') ? value : null;
}

function wrong(key: string, expected: string, found: UbjsonValue | undefined): AppError {
  const kind =
    found === undefined
      ? 'none'
      : found === null
        ? 'null'
        : isObject(found)
          ? 'an object'
          : typeof found === 'object'
            ? 'a list'
            : JSON.stringify(found).slice(0, 40);
  return new AppError('model_corrupt', `expected ${expected} in ${key} of the XGBoost model, found ${kind}`);
}
