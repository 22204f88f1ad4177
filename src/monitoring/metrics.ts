import { Counter, Gauge, Registry } from 'prom-client';
import { connections } from '../common/http/connection-budget';
import { Distribution } from './distribution';
import { Exposition, labelText, type LabelText } from './exposition';
import { type ModelLabels, ModelMetrics, ModelSeries, OUTCOMES } from './model-metrics';

export type { ModelLabels, ModelMetrics, Outcome } from './model-metrics';

const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384];

/** How long, and for how many, the counters of models that are no longer deployed are still shown. */
const RETIRED_KEEP_MS = 10 * 60_000;
const RETIRED_KEEP = 100;

/** Anything else a client may invent is counted as `OTHER`, so that clients cannot make series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Where HTTP requests are answered. */
export interface HttpRoute {
  /** Which listener took it: main, registry, model_service, preprocessing, monitoring. */
  listener: string;
  method: string;
  /** The route's pattern, never the path asked for: `/models/:id`, or `unmatched`. */
  route: string;
  /** On a deployment's own listener: whose it is. */
  model?: Pick<ModelLabels, 'model_id' | 'version'>;
}

/** One answered HTTP request. */
export interface HttpRecord extends HttpRoute {
  status: number;
  durationS: number;
}

/** Numbers of one route; a busy one is kept by who serves it, so that counting a request looks nothing up. */
export class HttpSeries {
  readonly labelText: LabelText;
  readonly byStatus = new Map<number, number>();
  readonly duration = new Distribution(SECONDS);

  constructor(readonly labels: Record<string, string>) {
    this.labelText = labelText(labels);
  }

  /** Counts one answered request. */
  count(status: number, durationS: number): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    this.duration.observe(durationS);
  }
}

/**
 * Every metric of the server: names and buckets are in this file and nowhere else. What is counted for each request is
 * kept as plain numbers and becomes text at a scrape; what belongs to the process lives in a registry of prom-client.
 */
export class Metrics {
  /** Metrics of the process: prom-client's defaults, which the application adds, and those without labels below. */
  readonly registry = new Registry();
  readonly droppedEvents = new Counter({
    name: 'monitoring_events_dropped_total',
    help: 'Own events not stored because the database did not keep up or was locked',
    registers: [this.registry],
  });
  private readonly models = new Map<string, ModelSeries>();
  private readonly httpSeries = new Map<string, HttpSeries>();

  constructor(private readonly now: () => number = Date.now) {
    new Counter({
      name: 'http_connections_refused_total',
      help: 'Connections closed at once because there were as many as the process takes',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(connections.refused);
      },
    });
    const countActive = () => this.activeModels();
    new Gauge({
      name: 'model_services_active',
      help: 'Models that are deployed and serving',
      registers: [this.registry],
      collect() {
        this.set(countActive());
      },
    });
  }

  /** Numbers of one deployment; those of an earlier deployment with the same labels go on. */
  forModel({ service, model_id, version, environment }: ModelLabels): ModelMetrics {
    const key = JSON.stringify([service, model_id, version, environment]);
    let series = this.models.get(key);
    if (!series) {
      // Here too, as there may be nobody who scrapes.
      this.dropRetired();
      series = new ModelSeries({ service, model_id, version, environment }, { seconds: SECONDS, rows: ROWS });
      this.models.set(key, series);
    }
    return new ModelMetrics(series, this.now);
  }

  /** Counts one answered request. */
  http(record: HttpRecord): void {
    this.httpRoute(record).count(record.status, record.durationS);
  }

  /**
   * The numbers of one route. What it answers may be kept for as long as the deployment that is named lives: they go
   * some time after the last one with the same labels has.
   */
  httpRoute({ listener, method, route, model }: HttpRoute): HttpSeries {
    const verb = METHODS.has(method) ? method : 'OTHER';
    const key = model
      ? `${listener} ${verb} ${route} ${model.version} ${model.model_id}`
      : `${listener} ${verb} ${route}`;
    let series = this.httpSeries.get(key);
    if (!series) {
      const labels = {
        listener,
        method: verb,
        route,
        ...(model && { model_id: model.model_id, version: model.version }),
      };
      series = new HttpSeries(labels);
      this.httpSeries.set(key, series);
    }
    return series;
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /**
   * The Prometheus text. For a deployment's own listener, `modelId` leaves only that model's series and those of the
   * process.
   */
  async render(modelId?: string): Promise<string> {
    this.dropRetired();
    const models = [...this.models.values()].filter(
      ({ labels }) => modelId === undefined || labels.model_id === modelId,
    );
    const http = [...this.httpSeries.values()].filter(
      ({ labels }) => modelId === undefined || labels.model_id === modelId,
    );
    const text = new Exposition();
    await writeModels(text, models);
    await writeHttp(text, http);
    return `${text.toString()}${await this.registry.metrics()}`;
  }

  private activeModels(): number {
    const live = [...this.models.values()].filter((series) => [...series.live].some((metrics) => metrics.serving));
    return new Set(live.map((series) => series.labels.model_id)).size;
  }

  private dropRetired(): void {
    const retired = [...this.models].filter(([, series]) => series.live.size === 0);
    retired.sort(([, a], [, b]) => b.retiredAtMs - a.retiredAtMs);
    for (const [i, [key, series]] of retired.entries()) {
      if (i < RETIRED_KEEP && this.now() - series.retiredAtMs < RETIRED_KEEP_MS) continue;
      this.models.delete(key);
      this.dropHttpOf(series.labels);
    }
  }

  private dropHttpOf({ model_id, version }: ModelLabels): void {
    const kept = [...this.models.values()].some(
      ({ labels }) => labels.model_id === model_id && labels.version === version,
    );
    if (kept) return;
    for (const [key, { labels }] of this.httpSeries) {
      if (labels.model_id === model_id && labels.version === version) this.httpSeries.delete(key);
    }
  }
}

type Reading = (metrics: ModelMetrics) => number | undefined;

/** A gauge over the deployments that share the labels, two of them while one replaces the other. */
function* live(
  models: ModelSeries[],
  read: Reading,
  join: (values: number[]) => number,
): Generator<[LabelText, number]> {
  for (const series of models) {
    const values = [...series.live].map(read).filter((value) => value !== undefined);
    if (values.length > 0) yield [series.labelText, join(values)];
  }
}

async function writeModels(text: Exposition, models: ModelSeries[]): Promise<void> {
  const each = <T>(part: (series: ModelSeries) => T) =>
    models.map((series): [LabelText, T] => [series.labelText, part(series)]);
  const outcomes = models.flatMap((series) =>
    OUTCOMES.map((outcome): [LabelText, number] => [series.outcomeLabelText[outcome], series.predictions[outcome]]),
  );
  text.counter('predictions_total', 'Prediction requests by outcome', outcomes);
  text.counter(
    'prediction_rows_total',
    'Rows that were answered',
    each(({ rows }) => rows),
  );
  await text.histogram(
    'prediction_latency_seconds',
    'From arrival to answer, of requests that were neither invalid nor rejected',
    each(({ latency }) => latency),
  );
  await text.histogram(
    'prediction_queue_seconds',
    'Time that requests waited for a worker',
    each(({ queue }) => queue),
  );
  await text.histogram(
    'prediction_compute_seconds',
    'Time of one run of the model over a batch',
    each(({ compute }) => compute),
  );
  await text.histogram(
    'prediction_batch_size',
    'Rows of one run of the model',
    each(({ batchSize }) => batchSize),
  );
  writeModelStates(text, models);
}

function writeModelStates(text: Exposition, models: ModelSeries[]): void {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const newest = (values: number[]) => values.at(-1)!;
  text.gauge(
    'prediction_queue_depth',
    'Requests that wait for a worker now',
    live(models, ({ queueDepth }) => queueDepth(), sum),
  );
  text.gauge(
    'model_workers',
    'Threads that the model has now; none while it sleeps',
    live(models, ({ workers }) => workers(), sum),
  );
  text.counter(
    'model_wakes_total',
    'Times that a request brought the threads of a sleeping model back',
    models.map((series) => [series.labelText, series.wakes]),
  );
  text.counter(
    'model_asleep_seconds_total',
    'Time that the model has slept',
    models.map((series) => {
      const now = [...series.live].map(({ asleepS }) => asleepS);
      return [series.labelText, series.asleepS + sum(now)];
    }),
  );
  text.gauge(
    'model_memory_bytes',
    'Memory of the loaded model over its workers',
    live(models, ({ memoryBytes }) => memoryBytes, sum),
  );
  text.gauge(
    'model_load_seconds',
    'Time until every worker had loaded the model',
    live(models, ({ loadS }) => loadS, newest),
  );
}

async function writeHttp(text: Exposition, http: HttpSeries[]): Promise<void> {
  const requests = http.flatMap(({ labels, byStatus }) =>
    [...byStatus].map(([status, count]): [LabelText, number] => [labelText({ ...labels, status: `${status}` }), count]),
  );
  text.counter('http_requests_total', 'HTTP requests by route and status', requests);
  await text.histogram(
    'http_request_duration_seconds',
    'From the arrival of a request to the end of its answer, by route',
    http.map((series): [LabelText, Distribution] => [series.labelText, series.duration]),
  );
}
