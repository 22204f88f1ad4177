import type { OpenAPIObject } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '../common/errors';
import type { ExampleAnswer } from './example-answer';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['post']>;
type Schema = Record<string, unknown>;

function featuresSchema(record: Schema): Schema {
  return {
    description: 'A row, a batch of rows, a record by feature names, or a list of records; one kind in one request.',
    oneOf: [{ type: 'array', items: {}, description: 'a row, or a list of rows or records' }, record],
  };
}

const ANY_RECORD: Schema = { type: 'object', additionalProperties: true, description: 'a record' };
const FEATURES_SCHEMA = featuresSchema(ANY_RECORD);

const VERSION_SCHEMA: Schema = {
  description: 'The version that has to be the one that is deployed, as a number or text; else the answer is 404.',
  oneOf: [{ type: 'integer' }, { type: 'string' }],
};

const PREDICTION_EXAMPLE = {
  prediction: 0,
  probabilities: [0.97, 0.03, 0],
  latency: 0.0004,
  model_id: 'iris',
  version: 1,
  timestamp: 1767268800.123,
};

const FAILURES: ErrorCode[] = [
  'malformed_json',
  'invalid_input',
  'deployment_not_found',
  'version_not_found',
  'body_timeout',
  'body_too_large',
  'unsupported_media_type',
  'invalid_record',
  'queue_full',
  'inference_failed',
  'upstream_invalid',
  'not_ready',
  'deployment_failed',
  'deadline_exceeded',
];

/** Error replies of a data plane route, one entry a status, from the error table. */
function failures(codes: readonly ErrorCode[]): Operation['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  const entries = [...byStatus].map(([status, of]) => {
    const first = of[0]!;
    const example = { error: ERRORS[first].meaning, code: first, request_id: '4f2a-1c' };
    const description = of.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n');
    return [status, { description, content: { 'application/json': { example } } }] as const;
  });
  return Object.fromEntries(entries);
}

function operation(summary: string, schema: Schema, examples: Record<string, unknown>, answer: unknown): Operation {
  return {
    tags: ['prediction'],
    summary,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema,
          examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
        },
      },
    },
    responses: {
      200: { description: 'The prediction.', content: { 'application/json': { example: answer } } },
      ...failures(FAILURES),
    },
  };
}

const TENSORS_SCHEMA: Schema = {
  type: 'string',
  format: 'binary',
  description:
    'To who accepts it: the outputs as tensors, in the form of the binary extension of the Open Inference Protocol. First JSON, as long as the header Inference-Header-Content-Length says, then the bytes of the tensors, whose sizes it names.',
};

/** Adds bodies of raw rows, and answers in binary tensors, to an operation that takes features. */
function withRawRows(json: Operation): Operation {
  const body = json.requestBody as { required: boolean; content: Record<string, object> };
  const answer = json.responses['200'] as { description: string; content: Record<string, object> };
  const description =
    'Rows as bytes: little-endian numbers row by row, the columns in the order of the features. The parameter `dtype` of the content type names their datatype (fp32, fp64, int64, int32, int16, int8, uint64, uint32, uint16, uint8, bool); without it they are of the datatype of the model. NaN is a missing value where the model takes one. Answered as a list of rows, also when it is one row.';
  const schema = { type: 'string', format: 'binary', description };
  return {
    ...json,
    requestBody: { ...body, content: { ...body.content, 'application/octet-stream': { schema } } },
    responses: {
      ...json.responses,
      200: { ...answer, content: { ...answer.content, 'application/octet-stream': { schema: TENSORS_SCHEMA } } },
    },
  };
}

/** Whose raw rows they are, where the path does not say it. */
const MODEL_OF_RAW_ROWS: Operation['parameters'] = [
  { name: 'x-model-id', in: 'header', description: 'The model, of raw rows.', schema: { type: 'string' } },
  { name: 'model_id', in: 'query', description: 'The same, in the address.', schema: { type: 'string' } },
];

/** `POST /predict` on main. It is served in front of Nest, so Nest's own document does not know it. */
export const PREDICT_PATH: PathItem = {
  post: {
    operationId: 'predict',
    parameters: MODEL_OF_RAW_ROWS,
    ...withRawRows(
      operation(
        'Predict with a deployed model',
        {
          type: 'object',
          required: ['model_id'],
          properties: {
            model_id: { type: 'string', example: 'iris' },
            features: FEATURES_SCHEMA,
            inputs: { description: 'Synonym of `features` where the model has an input schema or a preprocessor.' },
            version: VERSION_SCHEMA,
          },
        },
        {
          row: { model_id: 'iris', features: [5.1, 3.5, 1.4, 0.2] },
          batch: {
            model_id: 'iris',
            features: [
              [5.1, 3.5, 1.4, 0.2],
              [6.7, 3.1, 4.7, 1.5],
            ],
          },
          record: {
            model_id: 'iris',
            features: {
              'sepal length (cm)': 5.1,
              'sepal width (cm)': 3.5,
              'petal length (cm)': 1.4,
              'petal width (cm)': 0.2,
            },
          },
        },
        PREDICTION_EXAMPLE,
      ),
    ),
  },
};

/** What the routes of one deployed model show: requests that it answers, the records it takes, and what it answers. */
export interface ServiceExamples {
  features: unknown;
  record: Record<string, unknown> | null;
  /** JSON Schema of one record; null when the model has no feature names. */
  recordSchema: Record<string, unknown> | null;
  answer: ExampleAnswer;
}

/** The routes of a deployment's own listener, with examples that fit its model. */
export function servicePaths(modelId: string, version: number, example: ServiceExamples): OpenAPIObject['paths'] {
  const { record, features } = example;
  const recordSchema = example.recordSchema ?? ANY_RECORD;
  const { latency, timestamp } = PREDICTION_EXAMPLE;
  return {
    '/infer': {
      post: withRawRows(
        operation(
          `Predict with ${modelId}`,
          {
            type: 'object',
            properties: {
              features: featuresSchema(recordSchema),
              inputs: { description: 'Synonym of `features` for raw records.' },
              version: VERSION_SCHEMA,
            },
          },
          { ...(features !== null && { example: { features } }), ...(record && { record: { features: record } }) },
          { ...example.answer, latency, model_id: modelId, version, timestamp },
        ),
      ),
    },
    '/predict': {
      post: operation(
        'Predict for one flat record',
        recordSchema,
        // Only a model whose features have names takes a flat record.
        { ...(record && { record }) },
        {
          prediction: example.answer.prediction,
          probability: 0.9731,
          timestamp: '2026-01-01T12:00:00.000Z',
          service_version: `${version}.0`,
        },
      ),
    },
    '/health': withUnhealthy(health('model_service')),
    '/metrics': {
      get: {
        tags: ['monitoring'],
        summary: 'Prometheus metrics of this model and of the process',
        responses: {
          200: { description: 'Prometheus text.', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    },
  };
}

/** A deployment that is starting, draining or stuck still answers for its health. */
function withUnhealthy({ get }: PathItem): PathItem {
  const example = {
    status: 'unhealthy',
    service: 'model_service',
    timestamp: '2026-01-01T12:00:00.000Z',
    state: 'draining',
  };
  const unhealthy = { description: 'It does not serve now.', content: { 'application/json': { example } } };
  return { get: { ...get, responses: { ...get?.responses, 503: unhealthy } } };
}

/** `GET /health` of a dedicated listener. */
export function health(service: string): PathItem {
  const example = { status: 'healthy', service, timestamp: '2026-01-01T12:00:00.000Z' };
  return {
    get: {
      tags: ['health'],
      summary: 'Whether this listener serves',
      responses: { 200: { description: 'It serves.', content: { 'application/json': { example } } } },
    },
  };
}
