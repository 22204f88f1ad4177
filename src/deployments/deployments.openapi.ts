/** What `/deploy` and `/deployments/:id` answer. */
export const DEPLOYMENT_EXAMPLE = {
  model_id: 'iris',
  version: 1,
  service_url: 'http://127.0.0.1:8000',
  port: 8000,
  environment: 'production',
  resources: { cpu_limit: '2', memory_limit: '512MB', timeout: 60 },
  workers: 2,
  status: 'running',
  preprocessor: null,
  batching: { max_size: 64, max_delay_ms: 0, max_queue: 256 },
  last_error: null,
  created_at: '2026-01-01T12:00:00.000Z',
  deployed_at: '2026-01-01T12:00:00.000Z',
};

/** What `/models/status` answers. */
export const STATUS_EXAMPLE = {
  models: [
    {
      ...DEPLOYMENT_EXAMPLE,
      queue_depth: 0,
      requests_total: 150,
      errors_total: 0,
      latency: { p50: 0.0004, p95: 0.0009, p99: 0.0016 },
    },
  ],
  total: 1,
  active: 1,
};

/** Bodies that Swagger UI offers for `/deploy`. */
export const DEPLOY_EXAMPLES = {
  plain: { summary: 'Everything by default', value: { model_id: 'iris' } },
  sized: {
    summary: 'With an environment and resources',
    value: {
      model_id: 'iris',
      environment: 'production',
      resources: { cpu_limit: '2', memory_limit: '512MB', timeout: 60 },
    },
  },
  preprocessed: {
    summary: 'Taking raw records through a preprocessor, on a port of choice',
    value: { model_id: 'flight_delay', port: 8001, preprocessor: 'flight_delay' },
  },
};
