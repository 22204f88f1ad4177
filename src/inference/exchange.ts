import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import { freeBytes } from '../common/http/body-memory';
import { ClientGone } from '../common/http/read-body';
import { requestIdOf } from '../common/http/request-id';
import { sendBytes, sendProblem, toAppError } from '../common/http/respond';
import type { HttpSeries, Metrics } from '../monitoring/metrics';
import type { Endpoint } from './endpoint';
import { Entry, type Reply } from './entry';
import type { BodyForm } from './body/body-form';
import { type BinaryAnswer, type EntryKind, FLAT } from './protocol';
import { asciiJson } from './worker/codecs/reply-encoder';

/** An answer of a service outside this process, in JSON, to be passed on as it is. */
export interface ForwardedAnswer {
  status: number;
  body: Uint8Array;
  /** What else the client should see, such as `retry-after`. */
  headers?: Record<string, string>;
}

/** Where a prediction came in, and how it is read and answered. */
export interface PredictionRoute {
  listener: 'main' | 'model_service';
  path: '/predict' | '/infer';
  kind: EntryKind;
}

/** Where every answered request is told. */
export interface ExchangeSinks {
  metrics: Pick<Metrics, 'httpRoute'>;
  /** Every failure that is answered, with the id that the client sees. */
  log: (error: AppError, requestId: string) => void;
}

/** A route and where its requests are counted: for a deployment's own listener by deployment, for main together. */
export class RouteDesk {
  private readonly byEndpoint = new WeakMap<Endpoint, HttpSeries>();
  private shared: HttpSeries | null = null;

  constructor(
    readonly route: PredictionRoute,
    readonly sinks: ExchangeSinks,
  ) {}

  count(endpoint: Endpoint | undefined, status: number, durationS: number): void {
    this.seriesOf(endpoint).count(status, durationS);
  }

  private seriesOf(endpoint: Endpoint | undefined): HttpSeries {
    const { listener, path } = this.route;
    const route = { listener, method: 'POST', route: path };
    if (!endpoint || listener === 'main') return (this.shared ??= this.sinks.metrics.httpRoute(route));
    let series = this.byEndpoint.get(endpoint);
    if (!series) {
      series = this.sinks.metrics.httpRoute({ ...route, model: endpoint.httpLabels });
      this.byEndpoint.set(endpoint, series);
    }
    return series;
  }
}

/** One prediction over HTTP: the request, and the one answer to it. */
export class Exchange implements Reply {
  private readonly arrivedAt = performance.now();
  /** When the body was complete: latency is counted from here, as how fast a client sends is not ours. */
  private completeAt = this.arrivedAt;
  private endpoint: Endpoint | undefined;
  /** How the body is read and answered where the route leaves that to the client. */
  private form: BodyForm | null = null;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    private readonly desk: RouteDesk,
  ) {}

  get route(): PredictionRoute {
    return this.desk.route;
  }

  /** Whose request it is, as soon as that is known; errors and metrics are told accordingly. */
  belongsTo(endpoint: Endpoint | undefined): void {
    this.endpoint = endpoint;
  }

  isOfForm(form: BodyForm): void {
    this.form = form;
  }

  /** The request as the endpoint takes it, once the body is complete. */
  toEntry(body: Uint8Array): Entry {
    const { kind, datatype } = this.form ?? { kind: this.desk.route.kind, datatype: null };
    return new Entry(body, kind, this, this.completeAt, datatype);
  }

  bodyIsComplete(): void {
    this.completeAt = performance.now();
  }

  answered(answer: string | Uint8Array | BinaryAnswer, now: number): void {
    const { req, res, endpoint } = this;
    if (res.headersSent || res.destroyed || !endpoint) return;
    const isText = typeof answer === 'string';
    if (!isText && !(answer instanceof Uint8Array)) return this.answeredInBytes(answer, endpoint, now);
    const tail = this.desk.route.kind === FLAT ? flatTail(endpoint) : fullTail(endpoint, now - this.completeAt);
    // Every character is ASCII, so that characters are bytes, and a string leaves with the head in one write.
    const length = String(answer.length + tail.length);
    res.writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      length,
      'x-request-id',
      requestIdOf(req),
    ]);
    if (isText) res.end(answer + tail, 'latin1');
    else {
      res.once('finish', () => freeBytes(answer));
      res.write(answer);
      res.end(tail, 'latin1');
    }
    this.desk.count(endpoint, 200, (now - this.arrivedAt) / 1000);
  }

  /** As the Open Inference Protocol's binary extension has it: JSON, and then the tensors' bytes. */
  private answeredInBytes({ outputs, bytes }: BinaryAnswer, endpoint: Endpoint, now: number): void {
    const { req, res } = this;
    const { modelId, version } = endpoint;
    const header = Buffer.from(
      `{"model_name":${jsonOf(modelId)},"model_version":"${version}","outputs":${outputs}}`,
      'utf8',
    );
    // Not a slice of Node's pool, which could not be freed before all that was cut from it.
    const body = Buffer.allocUnsafeSlow(header.byteLength + bytes.byteLength);
    body.set(header);
    body.set(bytes, header.byteLength);
    freeBytes(bytes);
    res.once('finish', () => freeBytes(body));
    sendBytes(req, res, 200, body, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.byteLength),
    });
    this.desk.count(endpoint, 200, (now - this.arrivedAt) / 1000);
  }

  failed(error: AppError): void {
    const showReason = this.endpoint?.environment === 'development';
    sendProblem(this.req, this.res, error, { showReason, log: this.desk.sinks.log });
    this.count(error.status);
  }

  isAbandoned(): boolean {
    return this.res.destroyed;
  }

  /** Passes on an answer in JSON that another service gave. */
  passOn({ status, body, headers }: ForwardedAnswer): void {
    sendBytes(this.req, this.res, status, body, { 'content-type': 'application/json', ...headers });
    this.count(status);
  }

  /** Answers a failure from before an endpoint took the request in, and counts it with the endpoint it was meant for. */
  refuse(failure: unknown): void {
    if (failure instanceof ClientGone) return void this.res.destroy();
    const error = toAppError(failure);
    this.endpoint?.countRefusal(error);
    this.failed(error);
  }

  private count(status: number): void {
    this.desk.count(this.endpoint, status, (performance.now() - this.arrivedAt) / 1000);
  }
}

/** Seconds as a JSON number, to the microsecond: whole numbers become text several times faster than fractions. */
function secondsText(milliseconds: number): string {
  const us = Math.round(milliseconds * 1000);
  return `${Math.floor(us / 1e6)}.${String(1e6 + (us % 1e6)).slice(1)}`;
}

/** An instant in seconds since 1970 as a JSON number, to the millisecond. */
function epochText(epochMs: number): string {
  return `${Math.floor(epochMs / 1000)}.${String(1000 + (epochMs % 1000)).slice(1)}`;
}

function fullTail({ modelId, version }: Endpoint, latencyMs: number): string {
  const latency = secondsText(latencyMs);
  return `,"latency":${latency},"model_id":${jsonOf(modelId)},"version":${version},"timestamp":${epochText(Date.now())}}`;
}

/** Versions are whole numbers; as text of a service they are `1.0`. */
function flatTail({ version }: Endpoint): string {
  return `,"timestamp":"${new Date().toISOString()}","service_version":"${version}.0"}`;
}

/** Model ids are letters, digits, `.`, `_` and `-`; should that ever widen, whatever else there is gets escaped. */
function jsonOf(modelId: string): string {
  return /^[\w.-]*$/.test(modelId) ? `"${modelId}"` : asciiJson(modelId);
}
