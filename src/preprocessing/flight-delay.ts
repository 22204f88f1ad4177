import type { PreprocessorDocument } from './preprocessor-spec';

export const FLIGHT_DELAY_NAME = 'flight_delay';

/** The shipped preprocessor: a raw flight record to the features of the flight-delay model. */
export const FLIGHT_DELAY: PreprocessorDocument = {
  description: 'A raw flight record to the features of the flight-delay model.',
  input: {
    type: 'object',
    required: ['carrier', 'departure_time', 'distance_miles', 'weather_code'],
    properties: {
      carrier: { type: 'string', minLength: 2, maxLength: 2, description: 'Airline, IATA designator' },
      departure_time: {
        type: 'string',
        pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
        description: 'Local time of departure, HH:MM',
      },
      distance_miles: { type: 'number' },
      weather_code: { type: 'integer', description: '1 clear, 2 cloudy, 3 rain, 4 thunderstorm' },
    },
    examples: [{ carrier: 'AA', departure_time: '09:30', distance_miles: 550, weather_code: 1 }],
  },
  output: [
    { field: 'carrier', from: 'carrier' },
    { field: 'dep_hour', from: 'departure_time', steps: [{ time: 'hour' }] },
    { field: 'distance', from: 'distance_miles' },
    {
      field: 'weather_delay',
      from: 'weather_code',
      steps: [{ map: { table: { '1': 0, '2': 5, '3': 15, '4': 30 }, default: 0 } }],
    },
  ],
};
