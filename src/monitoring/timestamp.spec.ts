import { parseTimestamp } from './timestamp';

const NOON = Date.UTC(2026, 0, 15, 12, 30, 15);

describe('parseTimestamp', () => {
  it.each([
    ['2026-01-15T12:30:15Z', NOON],
    ['2026-01-15T12:30:15', NOON],
    ['2026-01-15 12:30:15', NOON],
    ['2026-01-15T14:30:15+02:00', NOON],
    ['2026-01-15T14:30:15+0200', NOON],
    ['2026-01-15T07:30:15-05', NOON],
    ['2026-01-15T12:30:15.123456Z', NOON + 123],
    ['2026-01-15T12:30:15,5', NOON + 500],
    ['2026-01-15T12:30', NOON - 15_000],
    ['2026-01-15', Date.UTC(2026, 0, 15)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ])('reads %s', (text, expected) => expect(parseTimestamp(text)).toBe(expected));

  it.each([
    '',
    'now',
    '2026-02-30',
    '2025-02-29T00:00:00Z',
    '2026-13-01',
    '2026-01-15T25:00:00Z',
    '2026-01-15T12',
    '1768480215',
    '2026-W03-4',
  ])('refuses %s', (text) => expect(parseTimestamp(text)).toBeUndefined());
});
