import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import { ClientGone } from '../common/http/read-body';
import { requestIdOf } from '../common/http/request-id';
import { sendBytes, sendProblem, toAppError } from '../common/http/respond';
import type { Metrics } from '../monitoring/metrics';
import type { Endpoint } from './endpoint';
import type { Reply } from './entry';
import { type EntryKind, FLAT } from './protocol';
import { asciiJson } from './worker/codecs/reply-encoder';

/** Where a prediction came in, and how it is read and answered. */
export interface PredictionRoute {
  listener: 'main' | 'model_service';
  path: '/predict' | '/infer';
  kind: EntryKind;
}

/** Where every answered request is told. */
export interface ExchangeSinks {
  metrics: Pick<Metrics, 'http'>;
  /** Every failure that is answered, with the id that the client sees. */
  log: (error: AppError, requestId: string) => void;
}

/** One prediction over HTTP: the request, and the one answer to it. */
export class Exchange implements Reply {
  private readonly arrivedAt = performance.now();
  /** When the body was complete: latency is counted from here, as how fast a client sends is not ours. */
  private completeAt = this.arrivedAt;
  private endpoint: Endpoint | undefined;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    readonly route: PredictionRoute,
    private readonly sinks: ExchangeSinks,
  ) {}

  /** Whose request it is, as soon as that is known; errors and metrics are told accordingly. */
  belongsTo(endpoint: Endpoint | undefined): void {
    this.endpoint = endpoint;
  }

  bodyIsComplete(): void {
    this.completeAt = performance.now();
  }

  answered(text: string): void {
    const { req, res, endpoint } = this;
    if (res.headersSent || res.destroyed || !endpoint) return;
    const body = text + (this.route.kind === FLAT ? flatTail(endpoint) : this.tail(endpoint));
    // Every character is ASCII, so that characters are bytes, and a string leaves with the head in one write.
    const head = ['content-type', 'application/json', 'content-length', String(body.length)];
    res.writeHead(200, [...head, 'x-request-id', requestIdOf(req)]);
    res.end(body, 'latin1');
    this.observe(200);
  }

  failed(error: AppError): void {
    const showReason = this.endpoint?.environment === 'development';
    sendProblem(this.req, this.res, error, { showReason, log: this.sinks.log });
    this.observe(error.status);
  }

  isAbandoned(): boolean {
    return this.res.destroyed;
  }

  /** Passes on an answer in JSON that another service gave. */
  passOn(status: number, body: Uint8Array): void {
    sendBytes(this.req, this.res, status, body, { 'content-type': 'application/json' });
    this.observe(status);
  }

  /** Answers a failure from before an endpoint took the request in, and counts it with the endpoint it was meant for. */
  refuse(failure: unknown): void {
    if (failure instanceof ClientGone) return void this.res.destroy();
    const error = toAppError(failure);
    this.endpoint?.countRefusal(error);
    this.failed(error);
  }

  private observe(status: number): void {
    const { endpoint, route, sinks } = this;
    const own = endpoint && route.listener === 'model_service';
    sinks.metrics.http({
      listener: route.listener,
      method: 'POST',
      route: route.path,
      status,
      durationS: (performance.now() - this.arrivedAt) / 1000,
      ...(own && { model: endpoint.httpLabels }),
    });
  }

  private tail({ modelId, version }: Endpoint): string {
    const latencyS = Math.round((performance.now() - this.completeAt) * 1000) / 1e6;
    const timestampS = Date.now() / 1000;
    return `,"latency":${latencyS},"model_id":${jsonOf(modelId)},"version":${version},"timestamp":${timestampS}}`;
  }
}

/** Versions are whole numbers; as text of a service they are `1.0`. */
function flatTail({ version }: Endpoint): string {
  return `,"timestamp":"${new Date().toISOString()}","service_version":"${version}.0"}`;
}

/** Model ids are letters, digits, `.`, `_` and `-`; should that ever widen, whatever else there is gets escaped. */
function jsonOf(modelId: string): string {
  return /^[\w.-]*$/.test(modelId) ? `"${modelId}"` : asciiJson(modelId);
}
