/**
 * Every error the server can answer: machine-readable code, HTTP status and meaning.
 * `docs/errors.md` and the failures in the API documents are made of this table.
 */
export const ERRORS = {
  bad_request: { status: 400, meaning: 'The request is malformed: a member is missing, unknown or of the wrong type.' },
  malformed_json: { status: 400, meaning: 'The body is not valid JSON.' },
  invalid_input: { status: 400, meaning: 'The features do not fit the signature of the model.' },
  invalid_port: { status: 400, meaning: 'The port asked for is outside 1024 to 65535.' },
  memory_limit_exceeded: { status: 400, meaning: 'The model and its workers do not fit the memory limit asked for.' },
  preprocessor_mismatch: {
    status: 400,
    meaning: 'The preprocessor does not make the fields that the model takes.',
  },
  not_found: { status: 404, meaning: 'No route has this path.' },
  model_not_found: { status: 404, meaning: 'No model has this id.' },
  version_not_found: { status: 404, meaning: 'The model has no such version, or another one is deployed.' },
  upload_not_found: { status: 404, meaning: 'No upload of late has this id.' },
  deployment_not_found: { status: 404, meaning: 'The model is not deployed.' },
  preprocessor_not_found: { status: 404, meaning: 'No preprocessor has this name.' },
  service_not_found: { status: 404, meaning: 'The registry has no such service.' },
  method_not_allowed: { status: 405, meaning: 'The path exists but does not serve this method; see the Allow header.' },
  body_timeout: { status: 408, meaning: 'No byte of the body arrived for BODY_TIMEOUT seconds.' },
  head_timeout: { status: 408, meaning: 'The head of the request was not complete within a minute.' },
  port_taken: { status: 409, meaning: 'The port asked for is in use.' },
  preprocessor_in_use: { status: 409, meaning: 'A deployment uses this preprocessor.' },
  preprocessor_builtin: { status: 409, meaning: 'A shipped preprocessor can be neither replaced nor deleted.' },
  service_owned: { status: 409, meaning: 'The record belongs to a deployment of this server.' },
  body_too_large: { status: 413, meaning: 'The body, as announced or as inflated, is larger than the bound.' },
  unsupported_media_type: { status: 415, meaning: 'The content type or content encoding is not one the route reads.' },
  invalid_record: { status: 422, meaning: 'A record breaks its declared schema; details name each field.' },
  invalid_preprocessor: { status: 422, meaning: 'The preprocessor is not one that can be compiled.' },
  format_unknown: { status: 422, meaning: 'The content of the file is no format that can be read.' },
  model_corrupt: { status: 422, meaning: 'The file is broken: truncated, inconsistent or not what it says it is.' },
  model_unsafe: { status: 422, meaning: 'The file asks for something a model has no need of, such as running code.' },
  model_unsupported: { status: 422, meaning: 'The file is sound but holds a model that cannot be served.' },
  import_limit: {
    status: 422,
    meaning: 'Reading the file would take more time, memory or objects than a model may use.',
  },
  parity_failed: { status: 422, meaning: 'The compiled model answered otherwise than its source; it is not served.' },
  head_too_large: { status: 431, meaning: 'The request line and headers are larger than the 16 KB that are read.' },
  queue_full: { status: 429, meaning: 'The queue of the deployment is full; see Retry-After.' },
  internal: { status: 500, meaning: 'A fault of the server; the log has it under the request id.' },
  inference_failed: { status: 500, meaning: 'The model failed on rows that fit its signature.' },
  worker_lost: { status: 500, meaning: 'The worker thread ended while it answered; it is replaced.' },
  upstream_invalid: { status: 502, meaning: 'The registered service failed or its answer cannot be understood.' },
  not_ready: { status: 503, meaning: 'The deployment is starting or draining, or the process is; see Retry-After.' },
  deployment_failed: {
    status: 503,
    meaning: 'The deployment should run and could not be brought back; the sentence says why, see Retry-After.',
  },
  storage_busy: { status: 503, meaning: 'The database is locked by another process; see Retry-After.' },
  deadline_exceeded: { status: 504, meaning: 'The prediction was not ready within the timeout of the deployment.' },
  upstream_timeout: { status: 504, meaning: 'The registered service did not answer within FORWARD_TIMEOUT.' },
  insufficient_storage: { status: 507, meaning: 'The disk is full; nothing was kept.' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One field that is wrong, and why; `index` is the place of the record in a batch. */
export interface ErrorDetail {
  index?: number;
  field: string;
  message: string;
}

/** Plain-data form of an {@link AppError}, for crossing thread and process borders, where classes are lost. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
  details?: ErrorDetail[];
  /** The underlying reason (a runtime's own words): logged, and shown to clients in `development` only. */
  reason?: string;
}

export interface AppErrorOptions {
  details?: ErrorDetail[];
  reason?: string;
  /** Extra response headers, such as `Allow` or `Retry-After`. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An expected failure. The message is one sentence for the client: what was expected and what was found. */
export class AppError extends Error {
  readonly details?: ErrorDetail[];
  readonly reason?: string;
  readonly headers: Record<string, string>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    if (options.details) this.details = options.details;
    if (options.reason) this.reason = options.reason;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toData(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.details && { details: this.details }),
      ...(this.reason && { reason: this.reason }),
    };
  }

  static fromData(data: ErrorData): AppError {
    return new AppError(data.code, data.message, {
      ...(data.details && { details: data.details }),
      ...(data.reason && { reason: data.reason }),
    });
  }
}
