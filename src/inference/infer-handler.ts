import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import type { FindDirectRoute } from '../common/http/direct/direct-connection';
import { assertJsonType } from '../common/http/json-type';
import { HttpOutlet } from '../common/http/outlet';
import { type BodyBounds, collectBody } from '../common/http/read-body';
import { parseJsonBody } from '../common/parse-json-body';
import { describeFound } from '../common/wrong-members';
import { bodyFormOf, isOctets } from './body/body-form';
import { findModelId } from './body/find-model-id';
import { directPredictions } from './direct-prediction';
import type { EndpointTable } from './endpoint-table';
import { Exchange, type ExchangeSinks, type ForwardedAnswer, RouteDesk } from './exchange';
import { FEATURES, FLAT } from './protocol';

/**
 * Asks a registered service for a model that is not deployed here; undefined when none is known.
 * @throws AppError upstream_invalid or upstream_timeout
 */
export type Forward = (modelId: string, body: Uint8Array, req: IncomingMessage) => Promise<ForwardedAnswer | undefined>;

export interface InferHandlerOptions extends ExchangeSinks {
  table: EndpointTable;
  bounds: BodyBounds;
  forward?: Forward;
}

/** The one way of a prediction from socket to endpoint and back, behind every route and listener that takes one. */
export class InferHandler {
  private shuttingDown = false;
  private readonly main: RouteDesk;
  private readonly ownInfer: RouteDesk;
  private readonly ownPredict: RouteDesk;

  constructor(private readonly options: InferHandlerOptions) {
    this.main = new RouteDesk({ listener: 'main', path: '/predict', kind: FEATURES }, options);
    this.ownInfer = new RouteDesk({ listener: 'model_service', path: '/infer', kind: FEATURES }, options);
    this.ownPredict = new RouteDesk({ listener: 'model_service', path: '/predict', kind: FLAT }, options);
  }

  /** From now on every request is refused with 503 and its connection closed: the process is going. */
  shutDown(): void {
    this.shuttingDown = true;
  }

  /** Answers small requests of main's `/predict` past Node's HTTP server. */
  directAny(): FindDirectRoute {
    return this.direct(null, { '/predict': this.main });
  }

  /** Answers small requests of a deployment's own `/infer` and `/predict` past Node's HTTP server. */
  directOwn(modelId: string): FindDirectRoute {
    return this.direct(modelId, { '/infer': this.ownInfer, '/predict': this.ownPredict });
  }

  /** `POST /predict` on main: which model is said in the body, or for raw rows in the head. */
  handleAny(req: IncomingMessage, res: ServerResponse): void {
    const exchange = exchangeOf(req, res, this.main);
    if (!this.accepts(exchange, req)) return;
    collectBody(req, this.options.bounds, (error, body) => {
      if (error) return exchange.refuse(error);
      exchange.bodyIsComplete();
      try {
        this.submit(exchange, modelIdOfHead(req) ?? modelIdOrThrow(body), body, req);
      } catch (failure) {
        exchange.refuse(failure);
      }
    });
  }

  /** `POST /infer` on a deployment's own listener. */
  handleInfer(req: IncomingMessage, res: ServerResponse, modelId: string): void {
    this.handleOwn(req, exchangeOf(req, res, this.ownInfer), modelId);
  }

  /** `POST /predict` on a deployment's own listener: one flat record. */
  handleFlat(req: IncomingMessage, res: ServerResponse, modelId: string): void {
    this.handleOwn(req, exchangeOf(req, res, this.ownPredict), modelId);
  }

  private direct(modelId: string | null, desks: Record<string, RouteDesk>): FindDirectRoute {
    const { table, bounds } = this.options;
    return directPredictions({
      table,
      maxBytes: bounds.maxBytes,
      isShuttingDown: () => this.shuttingDown,
      modelId,
      desks,
    });
  }

  private handleOwn(req: IncomingMessage, exchange: Exchange, modelId: string): void {
    const endpoint = this.options.table.get(modelId);
    exchange.belongsTo(endpoint);
    if (!endpoint) return exchange.refuse(this.options.table.absence(modelId));
    if (!this.accepts(exchange, req)) return;
    // Before the body: a full queue is told now, not when the client has sent it all. The endpoint counts it.
    const refusal = endpoint.refusal();
    if (refusal) return exchange.failed(refusal);
    collectBody(req, this.options.bounds, (error, body) => {
      if (error) return exchange.refuse(error);
      exchange.bodyIsComplete();
      this.submit(exchange, modelId, body, req);
    });
  }

  /** Looks the endpoint up when the body is there: the deployment may have been swapped meanwhile. */
  private submit(exchange: Exchange, modelId: string, body: Uint8Array, req: IncomingMessage): void {
    const { table, forward } = this.options;
    const endpoint = table.get(modelId);
    exchange.belongsTo(endpoint);
    if (endpoint) return endpoint.submit(exchange.toEntry(body));
    if (exchange.route.listener !== 'main' || !forward) return exchange.refuse(table.absence(modelId));
    forward(modelId, body, req).then(
      (answer) => (answer ? exchange.passOn(answer) : exchange.refuse(table.absence(modelId))),
      (error: unknown) => exchange.refuse(error),
    );
  }

  private accepts(exchange: Exchange, req: IncomingMessage): boolean {
    try {
      if (this.shuttingDown) {
        throw new AppError('not_ready', 'The server is shutting down', { headers: { connection: 'close' } });
      }
      if (exchange.route.kind === FLAT) assertJsonType(req);
      else exchange.isOfForm(bodyFormOf(req));
      return true;
    } catch (error) {
      exchange.refuse(error);
      return false;
    }
  }
}

function exchangeOf(req: IncomingMessage, res: ServerResponse, desk: RouteDesk): Exchange {
  return new Exchange(new HttpOutlet(req, res), desk, performance.now());
}

/** Bodies up to this size are parsed to tell what is wrong with one that names no model. */
const SMALL_BYTES = 64 * 1024;

/**
 * The model that raw rows are for: `x-model-id`, or `model_id` in the query; null for a body of JSON, which says it.
 * @throws AppError bad_request when raw rows say none
 */
function modelIdOfHead({ headers, url = '' }: IncomingMessage): string | null {
  if (!isOctets(headers['content-type'] ?? '')) return null;
  const header = headers['x-model-id'];
  const query = url.indexOf('?');
  const asked = new URLSearchParams(query < 0 ? '' : url.slice(query + 1)).get('model_id');
  const modelId = typeof header === 'string' ? header : asked;
  if (modelId === null || modelId === '') {
    throw new AppError('bad_request', 'Expected the header "x-model-id" or "?model_id=" with raw rows, found neither');
  }
  return modelId;
}

function modelIdOrThrow(body: Uint8Array): string {
  const finding = findModelId(body);
  if (finding.kind === 'text' && finding.modelId !== '') return finding.modelId;
  const parsed = body.byteLength <= SMALL_BYTES ? parseJsonBody(new TextDecoder().decode(body)) : undefined;
  if (finding.kind === 'missing') {
    throw new AppError('bad_request', 'Expected a JSON object with the member "model_id", found none');
  }
  const found = parsed === undefined ? 'another type' : describeFound((parsed as { model_id?: unknown }).model_id);
  throw new AppError('bad_request', `Expected the member "model_id" to be a text that is not empty, found ${found}`);
}
