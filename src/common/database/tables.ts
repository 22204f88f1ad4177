import type { Generated } from 'kysely';

/**
 * Rows of the tables as the database holds them. Times are milliseconds since 1970 in UTC; columns said to be JSON hold
 * text, which their store encodes and decodes (nothing is parsed by the look of it: a log message may be JSON too).
 */
export interface Tables {
  logs: LogRow;
  metric_reports: MetricReportRow;
  models: ModelRow;
  model_versions: ModelVersionRow;
  deployments: DeploymentRow;
  preprocessors: PreprocessorRow;
  services: ServiceRow;
  settings: SettingRow;
}

export interface LogRow {
  id: Generated<number>;
  service: string;
  level: string;
  message: string;
  /** As its sender said. */
  timestamp: number;
  received_at: number;
  /** JSON object, or null. */
  attributes: string | null;
}

export interface MetricReportRow {
  id: Generated<number>;
  service: string;
  metric: string;
  value: number;
  timestamp: number;
  received_at: number;
}

export interface ModelRow {
  model_id: string;
  description: string | null;
  created_at: number;
}

/** One uploaded version. */
export interface ModelVersionRow {
  model_id: string;
  version: number;
  /** Hash of the uploaded bytes, 64 hexadecimal digits. */
  sha256: string;
  size_bytes: number;
  format: string;
  framework: string | null;
  framework_version: string | null;
  /** JSON of `Signature`. */
  signature: string;
  /** JSON array of sentences. */
  warnings: string;
  /** Place of the artifact inside the model store. */
  artifact: string;
  memory_bytes: number;
  /** JSON of the parity report, or null where nothing was compiled. */
  parity: string | null;
  /** JSON Schema, or null. */
  input_schema: string | null;
  /** JSON array of class names, or null. */
  labels: string | null;
  description: string | null;
  created_at: number;
}

/** What should run (or ran and was stopped), as it was asked for. */
export interface DeploymentRow {
  model_id: string;
  version: number;
  port: number | null;
  /** 1 with an own listener, 0 without. */
  listener: number;
  environment: string;
  /** JSON of the resources. */
  resources: string;
  /** JSON of the batching rules. */
  batching: string;
  preprocessor: string | null;
  /** JSON of the preprocessor's document as it was at the deployment, or null. */
  preprocessor_document: string | null;
  /** JSON of the warm-up rows, or null. */
  warmup: string | null;
  state: 'running' | 'stopped';
  created_at: number;
  deployed_at: number;
}

export interface PreprocessorRow {
  name: string;
  version: number;
  /** JSON of the document. */
  document: string;
  created_at: number;
  updated_at: number;
}

export interface ServiceRow {
  service_id: string;
  model_id: string;
  version: string | null;
  service_url: string;
  host: string;
  port: number;
  status: string;
  environment: string;
  registered_at: number;
  last_heartbeat: number;
  /** JSON object. */
  metadata: string;
}

export interface SettingRow {
  key: string;
  value: string;
}
