import type { AppError } from '../common/errors';
import { freeBytes } from '../common/http/body-memory';
import type { Outlet } from '../common/http/outlet';
import { ClientGone } from '../common/http/read-body';
import { toAppError } from '../common/http/respond';
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

/** One prediction over HTTP, from the complete head to the one answer. */
export class Exchange implements Reply {
  private endpoint: Endpoint | undefined;
  /** How the body is read and answered where the route leaves that to the client. */
  private form: BodyForm | null = null;
  /** When the body was complete: latency is counted from here, as how fast a client sends is not ours. */
  private completeAt: number;

  constructor(
    private readonly outlet: Outlet,
    private readonly desk: RouteDesk,
    private readonly arrivedAt: number,
  ) {
    this.completeAt = arrivedAt;
  }

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
    const { outlet, endpoint } = this;
    if (!endpoint || outlet.isGone()) return;
    if (typeof answer === 'string' || answer instanceof Uint8Array) {
      const tail = this.desk.route.kind === FLAT ? flatTail(endpoint) : fullTail(endpoint, now - this.completeAt);
      outlet.send(200, ['content-type', 'application/json'], answer, tail);
    } else this.answerInBytes(answer, endpoint);
    this.desk.count(endpoint, 200, (now - this.arrivedAt) / 1000);
  }

  failed(error: AppError): void {
    const showReason = this.endpoint?.environment === 'development';
    this.outlet.sendProblem(error, { showReason, log: this.desk.sinks.log });
    this.count(error.status);
  }

  isAbandoned(): boolean {
    return this.outlet.isGone();
  }

  /** Passes on an answer in JSON that another service gave. */
  passOn({ status, body, headers }: ForwardedAnswer): void {
    this.outlet.send(status, ['content-type', 'application/json', ...Object.entries(headers ?? {}).flat()], body);
    this.count(status);
  }

  /** Answers a failure from before an endpoint took the request in, and counts it with the endpoint it was meant for. */
  refuse(failure: unknown): void {
    if (failure instanceof ClientGone) return this.outlet.destroy();
    const error = toAppError(failure);
    this.endpoint?.countRefusal(error);
    this.failed(error);
  }

  /** As the Open Inference Protocol's binary extension has it: JSON, and then the tensors' bytes. */
  private answerInBytes({ outputs, bytes }: BinaryAnswer, { modelId, version }: Endpoint): void {
    const header = Buffer.from(
      `{"model_name":${jsonOf(modelId)},"model_version":"${version}","outputs":${outputs}}`,
      'utf8',
    );
    // Not a slice of Node's pool, which could not be freed before all that was cut from it.
    const body = Buffer.allocUnsafeSlow(header.byteLength + bytes.byteLength);
    body.set(header);
    body.set(bytes, header.byteLength);
    freeBytes(bytes);
    const length = String(header.byteLength);
    const headers = ['content-type', 'application/octet-stream', 'inference-header-content-length', length];
    this.outlet.send(200, headers, body);
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
