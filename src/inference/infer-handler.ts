import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import { assertJsonType } from '../common/http/json-type';
import { type BodyBounds, ClientGone, collectBody } from '../common/http/read-body';
import { sendBytes, sendProblem, toAppError } from '../common/http/respond';
import { findModelId } from './body/find-model-id';
import type { Endpoint } from './endpoint';
import type { EndpointTable } from './endpoint-table';
import { Entry } from './entry';
import { HttpReply, type HttpReplyHooks } from './http-reply';
import { type EntryKind, FEATURES } from './protocol';

/** An answer of a service outside this process, to be passed on as it is. */
export interface ForwardedAnswer {
  status: number;
  /** JSON. */
  body: Uint8Array;
}

/**
 * Asks a registered service for a model that is not deployed here; undefined when none is known.
 * @throws AppError upstream_invalid or upstream_timeout
 */
export type Forward = (modelId: string, body: Uint8Array, req: IncomingMessage) => Promise<ForwardedAnswer | undefined>;

export interface InferHandlerOptions extends Partial<HttpReplyHooks> {
  table: EndpointTable;
  bounds: BodyBounds;
  forward?: Forward;
}

/** The one way of a prediction from socket to endpoint and back, behind every route and listener that takes one. */
export class InferHandler {
  private readonly hooks: HttpReplyHooks;
  private shuttingDown = false;

  constructor(private readonly options: InferHandlerOptions) {
    this.hooks = { log: options.log ?? noop, onAnswered: options.onAnswered ?? noop };
  }

  /** From now on every request is refused with 503 and its connection closed: the process is going. */
  shutDown(): void {
    this.shuttingDown = true;
  }

  /** `POST /predict` on main: which model is said in the body. */
  handleAny(req: IncomingMessage, res: ServerResponse): void {
    if (!this.accepts(req, res, undefined)) return;
    collectBody(req, this.options.bounds, (error, body) => {
      if (error) return this.refuse(req, res, error, undefined);
      try {
        this.route(req, res, body);
      } catch (failure) {
        this.refuse(req, res, failure, undefined);
      }
    });
  }

  /** `POST /infer` and `POST /predict` on a deployment's own listener. */
  handleOwn(req: IncomingMessage, res: ServerResponse, modelId: string, kind: EntryKind): void {
    const endpoint = this.options.table.get(modelId);
    if (!endpoint) return this.refuse(req, res, notDeployed(modelId), undefined);
    if (!this.accepts(req, res, endpoint)) return;
    const refusal = endpoint.refusal();
    // The endpoint has counted its own refusal.
    if (refusal) return this.answerProblem(req, res, refusal, endpoint);
    collectBody(req, this.options.bounds, (error, body) => {
      // Looked up again: the deployment may have been swapped while the body came.
      const current = this.options.table.get(modelId);
      if (error) return this.refuse(req, res, error, current);
      if (!current) return this.refuse(req, res, notDeployed(modelId), undefined);
      this.submit(req, res, current, body, kind);
    });
  }

  private route(req: IncomingMessage, res: ServerResponse, body: Uint8Array): void {
    const modelId = modelIdOrThrow(body);
    const endpoint = this.options.table.get(modelId);
    if (endpoint) return this.submit(req, res, endpoint, body, FEATURES);
    if (!this.options.forward) throw notDeployed(modelId);
    this.options.forward(modelId, body, req).then(
      (answer) => {
        if (!answer) return this.refuse(req, res, notDeployed(modelId), undefined);
        sendBytes(req, res, answer.status, answer.body, { 'content-type': 'application/json' });
        this.hooks.onAnswered(answer.status, req);
      },
      (error: unknown) => this.refuse(req, res, error, undefined),
    );
  }

  private submit(
    req: IncomingMessage,
    res: ServerResponse,
    endpoint: Endpoint,
    body: Uint8Array,
    kind: EntryKind,
  ): void {
    endpoint.submit(new Entry(body, kind, new HttpReply(req, res, endpoint, kind, this.hooks)));
  }

  private accepts(req: IncomingMessage, res: ServerResponse, endpoint: Endpoint | undefined): boolean {
    try {
      if (this.shuttingDown) {
        throw new AppError('not_ready', 'The server is shutting down', { headers: { connection: 'close' } });
      }
      assertJsonType(req);
      return true;
    } catch (error) {
      this.refuse(req, res, error, endpoint);
      return false;
    }
  }

  /** Refuses before an endpoint has taken the request in, and counts it with the endpoint it was meant for. */
  private refuse(req: IncomingMessage, res: ServerResponse, failure: unknown, endpoint: Endpoint | undefined): void {
    if (failure instanceof ClientGone) return void res.destroy();
    const error = toAppError(failure);
    endpoint?.countRefusal(error);
    this.answerProblem(req, res, error, endpoint);
  }

  private answerProblem(
    req: IncomingMessage,
    res: ServerResponse,
    error: AppError,
    endpoint: Endpoint | undefined,
  ): void {
    sendProblem(req, res, error, { showReason: endpoint?.environment === 'development', log: this.hooks.log });
    this.hooks.onAnswered(error.status, req);
  }
}

/** Bodies up to this size are parsed to tell what is wrong with one that names no model. */
const SMALL_BYTES = 64 * 1024;

function modelIdOrThrow(body: Uint8Array): string {
  const finding = findModelId(body);
  if (finding.kind === 'text') return finding.modelId;
  if (body.byteLength <= SMALL_BYTES) {
    try {
      JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    } catch (error) {
      throw new AppError('malformed_json', `The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
    }
  }
  throw new AppError(
    'bad_request',
    finding.kind === 'missing'
      ? 'Expected a JSON object with the member "model_id", found none'
      : 'Expected the member "model_id" to be text, found another type',
  );
}

function notDeployed(modelId: string): AppError {
  return new AppError('deployment_not_found', `Model ${JSON.stringify(modelId.slice(0, 128))} is not deployed`);
}

function noop(): void {
  // Nobody listens.
}
