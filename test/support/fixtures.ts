import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

export const IRIS_PKL = readFileSync(join(ROOT, 'examples/iris.pkl'));
/** The same kind of model on the same features: another forest, so other probabilities. */
export const IRIS_2_PKL = readFileSync(join(ROOT, 'test/golden/examples/iris_2.pkl'));
export const FLIGHT_DELAY_PKL = readFileSync(join(ROOT, 'examples/flight_delay.pkl'));
export const FLIGHT_DELAY_SCHEMA = readFileSync(join(ROOT, 'examples/flight_delay.schema.json'), 'utf8');

export interface Golden {
  feature_names: string[];
  classes: (number | string)[];
  rows: number[][];
  predictions: (number | string)[];
  probabilities: number[][];
}

/** What scikit-learn answers; made by the scripts in examples/train. */
export function golden(name: 'iris' | 'iris_2' | 'flight_delay'): Golden {
  return JSON.parse(readFileSync(join(ROOT, `test/golden/examples/${name}.json`), 'utf8')) as Golden;
}

export const ROW = [5.1, 3.5, 1.4, 0.2];
export const FLIGHT = { carrier: 'AA', dep_hour: 9, distance: 550, weather_delay: 0 };
export const RAW_FLIGHT = { carrier: 'AA', departure_time: '09:30', distance_miles: 550, weather_code: 1 };

/** Enough rows to keep a worker busy for a good while: about 30 bytes of JSON each. */
export function manyRows(count: number): number[][] {
  const { rows } = golden('iris');
  return Array.from({ length: count }, (_, index) => rows[index % rows.length] ?? ROW);
}
