import { Fault } from './fault';
import type { DatePart, TimePart } from './preprocessor-spec';

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** Part of a time of day written `HH:MM` or `HH:MM:SS`, 00:00 to 23:59; `minutes` counts from midnight. */
export function timePart(text: string, part: TimePart): number | Fault {
  const match = TIME.exec(text);
  if (!match) return new Fault('must be a time of day written HH:MM or HH:MM:SS');
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  switch (part) {
    case 'hour':
      return hour;
    case 'minute':
      return minute;
    case 'second':
      return second;
    case 'minutes':
      return hour * 60 + minute;
  }
}

const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(Z|([+-])([01]\d|2[0-3]):([0-5]\d))?)?$/;
const DAY_MS = 86_400_000;

/**
 * Part of an ISO 8601 date or date-time (calendar dates, extended format). Parts are as written, whatever the offset;
 * `weekday` is 1 on Monday to 7 on Sunday (ISO 8601), `day_of_year` starts at 1, `unix` is seconds since 1970 in UTC,
 * a text without offset being UTC.
 */
export function datePart(text: string, part: DatePart): number | Fault {
  const match = DATE.exec(text);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  if (!match || new Date(midnight).getUTCMonth() !== month - 1) {
    return new Fault('must be an ISO 8601 date such as 2026-01-31 or 2026-01-31T09:30:00Z');
  }
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)];
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  return DATE_READERS[part]({ year, month, day, hour, minute, second, offset, midnight });
}

interface DateFields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Minutes ahead of UTC. */
  offset: number;
  /** Start of the day as written, in milliseconds since 1970, as if it were in UTC. */
  midnight: number;
}

const DATE_READERS: Record<DatePart, (date: DateFields) => number> = {
  year: (date) => date.year,
  month: (date) => date.month,
  day: (date) => date.day,
  weekday: (date) => new Date(date.midnight).getUTCDay() || 7,
  day_of_year: (date) => (date.midnight - new Date(0).setUTCFullYear(date.year, 0, 1)) / DAY_MS + 1,
  hour: (date) => date.hour,
  minute: (date) => date.minute,
  unix: (date) => date.midnight / 1000 + (date.hour * 60 + date.minute - date.offset) * 60 + date.second,
};
