import { FLIGHT_DELAY, FLIGHT_DELAY_NAME } from './flight-delay';

export const RAW_EXAMPLE = { carrier: 'AA', departure_time: '09:30', distance_miles: 550, weather_code: 1 };
export const PROCESSED_EXAMPLE = { carrier: 'AA', dep_hour: 9, distance: 550, weather_delay: 0 };
export const RAW_EXAMPLES = [
  RAW_EXAMPLE,
  { carrier: 'UA', departure_time: '14:00', distance_miles: 1000, weather_code: 3 },
];
export const PROCESSED_EXAMPLES = [
  PROCESSED_EXAMPLE,
  { carrier: 'UA', dep_hour: 14, distance: 1000, weather_delay: 15 },
];

export const SUMMARY_EXAMPLE = {
  name: FLIGHT_DELAY_NAME,
  version: 1,
  description: FLIGHT_DELAY.description,
  builtin: true,
  created_at: null,
  updated_at: null,
};
export const PREPROCESSOR_EXAMPLE = { ...SUMMARY_EXAMPLE, input: FLIGHT_DELAY.input, output: FLIGHT_DELAY.output };

/** A second preprocessor, to show steps that the shipped one has no need of. */
export const LOAN_DOCUMENT = {
  description: 'A loan application to numbers.',
  input: {
    type: 'object',
    required: ['income', 'employment'],
    properties: {
      income: { type: 'number', minimum: 0 },
      debt: { type: ['number', 'null'], minimum: 0 },
      employment: { type: 'string' },
    },
  },
  output: [
    { field: 'log_income', from: 'income', steps: [{ apply: 'log1p' }] },
    {
      field: 'debt_ratio',
      divide: [{ from: 'debt', steps: [{ default: 0 }] }, { max: [{ from: 'income' }, 1] }],
      steps: [{ clip: { max: 10 } }, { round: 4 }],
    },
    {
      field: 'employment',
      from: 'employment',
      steps: [{ text: 'trim' }, { text: 'lower' }, { map: { table: { employed: 2, 'self-employed': 1 }, default: 0 } }],
    },
  ],
};

const LOAN_YAML = `description: Income on a log scale.
input:
  type: object
  required: [income]
  properties:
    income: { type: number, minimum: 0 }
output:
  - field: log_income
    from: income
    steps:
      - apply: log1p
`;

/** What `PUT /preprocessors/:name` takes: a body for each content type, which a decorator cannot say. */
export const DOCUMENT_BODY = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['input', 'output'],
        properties: {
          description: { type: 'string' },
          input: { type: 'object', description: 'JSON Schema 2020-12 of one raw record.' },
          output: {
            type: 'array',
            minItems: 1,
            description: 'The fields of the processed record: each with a name, one source and optional steps.',
            items: { type: 'object', required: ['field'], properties: { field: { type: 'string' } } },
          },
        },
      },
      examples: { loan: { summary: 'Numbers, a ratio and a table', value: LOAN_DOCUMENT } },
    },
    'application/yaml': {
      schema: { type: 'string' },
      examples: { income: { summary: 'The same form as YAML', value: LOAN_YAML } },
    },
  },
};
