import { AppError } from '../../../common/errors';

/** The value in a few words for an error sentence: its kind, and what it is when that is short. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return `text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
    case 'number':
      if (Number.isNaN(value)) return 'NaN';
      return Number.isFinite(value) ? String(value) : 'a number beyond the range of a double';
    case 'object':
      return 'an object';
    default:
      return value === true ? 'true' : 'false';
  }
}

/** Which element of the request is wrong. */
export interface Place {
  /** The row's place in the batch; undefined for a single row or record. */
  index: number | undefined;
  /** As the client would write it: `features[3][1]` or `features[3].age`. */
  path: string;
  /** The feature's name, or the path where it has none. */
  field: string;
}

/** 400 with the sentence `PATH: expected ..., found ...`, and the same as a detail. */
export function invalidInput(place: Place, expected: string, found: unknown): AppError {
  const message = `expected ${expected}, found ${describe(found)}`;
  const quoted = JSON.stringify(place.field);
  const named = place.path.endsWith(place.field) || place.path.endsWith(`[${quoted}]`) ? '' : ` (${quoted})`;
  return new AppError('invalid_input', `${place.path}${named}: ${message}`, {
    details: [{ ...(place.index !== undefined && { index: place.index }), field: place.field, message }],
  });
}
