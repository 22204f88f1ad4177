import type { ApiBodyOptions } from '@nestjs/swagger';
import { NAME } from '../common/name-rule';

/** A version as `GET /models/:id/versions/:version` answers it. */
export const MODEL_EXAMPLE = {
  model_id: 'iris',
  version: 1,
  format: 'joblib',
  framework: 'scikit-learn',
  framework_version: '1.5.2',
  sha256: '5f0c5b1c8b9a1f0f6d5c3f3a1e1b0a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a',
  size_bytes: 21034,
  signature: {
    task: 'classification',
    inputs: [{ name: 'X', datatype: 'FP64', shape: [-1, 4] }],
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [-1], role: 'label', classes: [0, 1, 2] },
      { name: 'probabilities', datatype: 'FP64', shape: [-1, 3], role: 'probabilities', classes: [0, 1, 2] },
    ],
    features: [{ name: 'sepal length (cm)', kind: 'number', input: 0, column: 0, nullable: false }],
    classes: [0, 1, 2],
  },
  warnings: [],
  parity: { rows: 256, labels_different: 0, largest_difference: 1.1e-16 },
  input_schema: null,
  record_schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { 'sepal length (cm)': { type: 'number' } },
    required: ['sepal length (cm)'],
    additionalProperties: false,
    examples: [{ 'sepal length (cm)': 1 }],
  },
  description: null,
  memory_bytes: 1200000,
  created_at: '2026-01-01T12:00:00.000Z',
};

/** An upload as `GET /uploads/:id` answers it. */
export const UPLOAD_EXAMPLE = {
  id: 'upload-7',
  model_id: 'iris',
  stage: 'compiling',
  progress: 0.51,
  bytes_received: 101234567,
  bytes_total: 101234567,
  started_at: '2026-01-01T12:00:00.000Z',
  updated_at: '2026-01-01T12:00:02.125Z',
  elapsed: 2.5,
  version: null,
  error: null,
};

/** The multipart body of `POST /upload_model`. */
export const UPLOAD_BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['model_id', 'file'],
    properties: {
      model_id: { type: 'string', example: 'iris', pattern: NAME.source },
      file: {
        type: 'string',
        format: 'binary',
        description:
          'A fitted estimator, or a dict with `model` and `feature_names`, pickled; a model file of XGBoost or LightGBM; or an ONNX file.',
      },
      input_schema: {
        type: 'string',
        description: 'JSON Schema 2020-12 of one record, as text.',
        example: '{"type":"object","required":["age"],"properties":{"age":{"type":"number"}}}',
      },
      description: { type: 'string', example: 'Iris species by a random forest' },
      labels: {
        type: 'string',
        description: 'JSON array of class names, in the order of the classes.',
        example: '["setosa","versicolor","virginica"]',
      },
    },
  },
};
