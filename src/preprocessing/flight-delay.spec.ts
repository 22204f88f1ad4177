import { compilePreprocessor } from './compile-preprocessor';
import { FLIGHT_DELAY } from './flight-delay';

const RAW = { carrier: 'AA', departure_time: '09:30', distance_miles: 550, weather_code: 1 };
const run = compilePreprocessor(FLIGHT_DELAY);

describe('the flight_delay preprocessor', () => {
  it('derives the four features', () => {
    expect(run(RAW)).toEqual({ ok: true, record: { carrier: 'AA', dep_hour: 9, distance: 550, weather_delay: 0 } });
  });

  it.each([
    [1, 0],
    [2, 5],
    [3, 15],
    [4, 30],
    [0, 0],
    [5, 0],
    [99, 0],
    [-1, 0],
  ])('weather code %d delays by %d minutes', (weather_code, weather_delay) => {
    expect(run({ ...RAW, weather_code })).toMatchObject({ ok: true, record: { weather_delay } });
  });

  it.each([
    ['00:00', 0],
    ['08:59', 8],
    ['14:00', 14],
    ['23:59', 23],
  ])('departure at %s is in hour %d', (departure_time, dep_hour) => {
    expect(run({ ...RAW, departure_time })).toMatchObject({ ok: true, record: { dep_hour } });
  });

  it.each<[string, unknown]>([
    ['carrier', 'A'],
    ['carrier', 'ABC'],
    ['carrier', 5],
    ['carrier', null],
    ...['25:00', '24:00', '12:60', 'noon', '0930', '9:30', '', '09:30\n', ' 09:30', '09:30:00', 930].map(
      (time): [string, unknown] => ['departure_time', time],
    ),
    ['distance_miles', 'far'],
    ['distance_miles', null],
    ['weather_code', 1.5],
    ['weather_code', 'rain'],
    ['weather_code', null],
  ])('refuses %s = %j and names the field', (field, value) => {
    expect(run({ ...RAW, [field]: value })).toEqual({
      ok: false,
      details: [{ field, message: expect.any(String) }],
    });
  });

  it.each(Object.keys(RAW))('refuses a record without %s', (field) => {
    const { [field as 'carrier']: _gone, ...rest } = RAW;
    expect(run(rest)).toEqual({ ok: false, details: [{ field, message: 'is required' }] });
  });

  it.each([[[]], ['x'], [5], [null]])('refuses %j', (raw) => {
    expect(run(raw)).toMatchObject({ ok: false });
  });
});
