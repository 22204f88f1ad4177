import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Milliseconds since 1970 of a time in ISO 8601, or undefined. A time without a zone is UTC, as Python's
 * `datetime.utcnow().isoformat()` writes it; digits below the millisecond are dropped.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (!match) return undefined;
  const zone = match[1];
  const local = zone ? text.slice(0, -zone.length) : text;
  const milliseconds = Date.parse(toEcmaScript(local) + toOffset(zone));
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse takes February 30th for March 2nd.
  const day = new Date(Date.parse(`${local.slice(0, 10)}T00:00:00Z`)).toISOString().slice(0, 10);
  return day === local.slice(0, 10) ? milliseconds : undefined;
}

function toEcmaScript(local: string): string {
  if (local.length === 10) return `${local}T00:00:00`;
  return local
    .replace(/[ t]/, 'T')
    .replace(',', '.')
    .replace(/(\.\d{3})\d+$/, '$1');
}

function toOffset(zone: string | undefined): string {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** Checks that a member is a time that {@link parseTimestamp} reads. */
export function IsTimestamp(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isTimestamp',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && parseTimestamp(value) !== undefined,
        defaultMessage: buildMessage((prefix) => `${prefix}$property must be a time in ISO 8601`, options),
      },
    },
    options,
  );
}
