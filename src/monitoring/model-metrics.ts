import { Distribution } from './distribution';
import { labelText, type LabelText } from './exposition';

/** What became of a prediction request. `rejected`: the queue was full, or the deployment starting or draining. */
export const OUTCOMES = ['ok', 'invalid', 'rejected', 'timeout', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Labels of everything that is about a model. */
export interface ModelLabels {
  service: string;
  model_id: string;
  version: string;
  environment: string;
}

/** One request, once it is answered. */
export interface PredictionRecord {
  outcome: Outcome;
  /** Rows asked for, as far as known. */
  rows: number;
  /** From the arrival of the request to its answer. */
  latencyS: number;
  /** From joining the queue to leaving it; absent when it never left. */
  queueS?: number;
}

export interface ModelBuckets {
  seconds: readonly number[];
  rows: readonly number[];
}

/** Numbers of one set of labels; shared by an old and a new deployment of the same version, so that they go on. */
export class ModelSeries {
  /** The labels as text, for metrics without and with an outcome. */
  readonly labelText: LabelText;
  readonly outcomeLabelText: Record<Outcome, LabelText>;
  readonly predictions: Record<Outcome, number> = { ok: 0, invalid: 0, rejected: 0, timeout: 0, error: 0 };
  rows = 0;
  wakes = 0;
  /** Seconds asleep, of sleeps that are over. */
  asleepS = 0;
  readonly latency: Distribution;
  readonly queue: Distribution;
  readonly compute: Distribution;
  readonly batchSize: Distribution;
  /** Deployments that report here now. */
  readonly live = new Set<ModelMetrics>();
  retiredAtMs = 0;

  constructor(
    readonly labels: ModelLabels,
    buckets: ModelBuckets,
  ) {
    this.labelText = labelText({ ...labels });
    this.outcomeLabelText = Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, labelText({ ...labels, outcome })]),
    ) as Record<Outcome, LabelText>;
    this.latency = new Distribution(buckets.seconds);
    this.queue = new Distribution(buckets.seconds);
    this.compute = new Distribution(buckets.seconds);
    this.batchSize = new Distribution(buckets.rows);
  }
}

/** What one deployment writes its numbers to; made by `Metrics.forModel`. */
export class ModelMetrics {
  queueDepth: () => number = () => 0;
  workers: () => number = () => 0;
  memoryBytes: number | undefined;
  loadS: number | undefined;
  private asleepSinceMs: number | null = null;

  constructor(
    private readonly series: ModelSeries,
    private readonly now: () => number = Date.now,
  ) {
    series.live.add(this);
  }

  /**
   * Counts one answered request. Latency is that of requests a model worked on: what was refused at the door answers in
   * no time, and would make an overloaded model look fast.
   */
  record({ outcome, rows, latencyS, queueS }: PredictionRecord): void {
    const { series } = this;
    series.predictions[outcome]++;
    if (queueS !== undefined) series.queue.observe(queueS);
    if (outcome === 'rejected' || outcome === 'invalid') return;
    series.latency.observe(latencyS);
    if (outcome === 'ok') series.rows += rows;
  }

  /** Counts one request that was answered at once, without a queue and as a run of its own. */
  recordInline(rows: number, latencyS: number): void {
    const { series } = this;
    series.predictions.ok++;
    series.rows += rows;
    series.queue.observe(0);
    series.latency.observe(latencyS);
    series.batchSize.observe(rows);
    series.compute.observe(latencyS);
  }

  /** Counts one run of the model over the joined rows of one or more requests. */
  batch({ rows, computeS }: { rows: number; computeS: number }): void {
    this.series.batchSize.observe(rows);
    this.series.compute.observe(computeS);
  }

  /**
   * The deployment takes requests from now on.
   * @param now answers how many requests wait, and how many threads there are; asked at each scrape
   */
  open(now: { queueDepth: () => number; workers: () => number }): void {
    this.queueDepth = now.queueDepth;
    this.workers = now.workers;
  }

  /** Its threads were let go, and what they held with them. */
  fellAsleep(): void {
    this.asleepSinceMs = this.now();
    this.memoryBytes = 0;
  }

  /** A request brought its threads back. */
  awoke(): void {
    this.series.wakes++;
    this.endSleep();
  }

  /** Whether it has loaded the model, or sleeps until it has to. */
  get serving(): boolean {
    return this.loadS !== undefined || this.asleepSinceMs !== null;
  }

  /** Seconds of the sleep that is going on. */
  get asleepS(): number {
    return this.asleepSinceMs === null ? 0 : (this.now() - this.asleepSinceMs) / 1000;
  }

  /** Memory of the loaded model over all of its workers. */
  setMemory(bytes: number): void {
    this.memoryBytes = bytes;
  }

  /** Time from the start of the deployment's workers until the last had loaded the model. */
  setLoad(seconds: number): void {
    this.loadS = seconds;
  }

  /** The deployment is gone: its gauges go at once, its counters stay for some scrapes so that the last ones are seen. */
  remove(): void {
    this.endSleep();
    this.series.live.delete(this);
    this.series.retiredAtMs = this.now();
  }

  private endSleep(): void {
    this.series.asleepS += this.asleepS;
    this.asleepSinceMs = null;
  }
}
