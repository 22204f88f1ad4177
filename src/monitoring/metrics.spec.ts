import { spawnSync } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { collectDefaultMetrics } from 'prom-client';
import { Metrics } from './metrics';

const MODEL = { service: 'modelport', model_id: 'iris', version: '1', environment: 'staging' };
const OTHER = { ...MODEL, model_id: 'other "quoted"\nmodel' };

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the text format (https://prometheus.io/docs/instrumenting/exposition_formats/) apart from our own code. */
function parse(text: string): Sample[] {
  const unescape = (value: string) => value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match) throw new Error(`not a sample: ${line}`);
      const labels = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name: match[1]!,
        labels: Object.fromEntries(labels.map(([, name, value]) => [name!, unescape(value!)])),
        value: Number(match[3]),
      };
    });
}

function total(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  const found = samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

describe('Metrics', () => {
  const scrape = async (metrics: Metrics, modelId?: string) => parse(await metrics.render(modelId));

  it('counts requests by outcome, rows, latency, queue, compute and batches under the labels of the model', async () => {
    const metrics = new Metrics();
    const model = metrics.forModel(MODEL);
    model.record({ outcome: 'ok', rows: 3, latencyS: 0.02, queueS: 0.001 });
    model.record({ outcome: 'ok', rows: 1, latencyS: 0.04, queueS: 0.002 });
    model.record({ outcome: 'timeout', rows: 5, latencyS: 1 });
    model.record({ outcome: 'invalid', rows: 0, latencyS: 0.5 });
    model.record({ outcome: 'rejected', rows: 9, latencyS: 0 });
    model.batch({ rows: 4, computeS: 0.003 });
    const samples = await scrape(metrics);
    const outcomes = samples.filter(({ name }) => name === 'predictions_total');
    expect(Object.fromEntries(outcomes.map(({ labels, value }) => [labels.outcome, value]))).toEqual({
      ok: 2,
      invalid: 1,
      rejected: 1,
      timeout: 1,
      error: 0,
    });
    for (const { labels } of outcomes) expect(labels).toMatchObject(MODEL);
    expect(total(samples, 'prediction_rows_total', MODEL)).toBe(4);
    expect(total(samples, 'prediction_latency_seconds_count', MODEL)).toBe(3);
    expect(total(samples, 'prediction_latency_seconds_sum', MODEL)).toBeCloseTo(1.06, 12);
    expect(total(samples, 'prediction_latency_seconds_bucket', { ...MODEL, le: '0.025' })).toBe(1);
    expect(total(samples, 'prediction_queue_seconds_count', MODEL)).toBe(2);
    expect(total(samples, 'prediction_compute_seconds_sum', MODEL)).toBe(0.003);
    expect(total(samples, 'prediction_batch_size_sum', MODEL)).toBe(4);
  });

  it('asks for the queue depth at each scrape, and shows memory and load time', async () => {
    const metrics = new Metrics();
    const model = metrics.forModel(MODEL);
    let depth = 3;
    model.open({ queueDepth: () => depth, workers: () => 2 });
    model.setMemory(1e6);
    model.setLoad(0.25);
    expect(total(await scrape(metrics), 'prediction_queue_depth', MODEL)).toBe(3);
    depth = 0;
    const samples = await scrape(metrics);
    expect(total(samples, 'prediction_queue_depth', MODEL)).toBe(0);
    expect(total(samples, 'model_memory_bytes', MODEL)).toBe(1e6);
    expect(total(samples, 'model_load_seconds', MODEL)).toBe(0.25);
    expect(total(samples, 'model_workers', MODEL)).toBe(2);
  });

  it('counts wakes and the time asleep, of a sleep that goes on too', async () => {
    let now = 1000;
    const metrics = new Metrics(() => now);
    const model = metrics.forModel(MODEL);
    model.setMemory(5);
    model.fellAsleep();
    expect(total(await scrape(metrics), 'model_services_active')).toBe(1);
    now += 2000;
    expect(total(await scrape(metrics), 'model_asleep_seconds_total', MODEL)).toBe(2);
    expect(total(await scrape(metrics), 'model_memory_bytes', MODEL)).toBe(0);
    model.awoke();
    now += 7000;
    model.fellAsleep();
    now += 500;
    model.remove();
    now += 7000;
    const samples = await scrape(metrics);
    expect(total(samples, 'model_asleep_seconds_total', MODEL)).toBe(2.5);
    expect(total(samples, 'model_wakes_total', MODEL)).toBe(1);
  });

  it('goes on counting when a deployment replaces one with the same labels, and sums what both hold', async () => {
    const metrics = new Metrics();
    const old = metrics.forModel(MODEL);
    old.setLoad(1);
    old.setMemory(100);
    old.record({ outcome: 'ok', rows: 1, latencyS: 0.01 });
    const next = metrics.forModel(MODEL);
    next.setLoad(2);
    next.setMemory(50);
    next.record({ outcome: 'ok', rows: 1, latencyS: 0.01 });
    let samples = await scrape(metrics);
    expect(total(samples, 'predictions_total', { outcome: 'ok' })).toBe(2);
    expect(total(samples, 'model_memory_bytes')).toBe(150);
    expect(total(samples, 'model_load_seconds')).toBe(2);
    expect(total(samples, 'model_services_active')).toBe(1);
    old.remove();
    samples = await scrape(metrics);
    expect(total(samples, 'predictions_total', { outcome: 'ok' })).toBe(2);
    expect(total(samples, 'model_memory_bytes')).toBe(50);
    expect(total(samples, 'model_services_active')).toBe(1);
  });

  it('counts as active what has loaded and is not removed', async () => {
    const metrics = new Metrics();
    const first = metrics.forModel(MODEL);
    const second = metrics.forModel(OTHER);
    expect(total(await scrape(metrics), 'model_services_active')).toBe(0);
    first.setLoad(1);
    second.setLoad(1);
    expect(total(await scrape(metrics), 'model_services_active')).toBe(2);
    second.remove();
    expect(total(await scrape(metrics), 'model_services_active')).toBe(1);
  });

  it('shows counters of a removed deployment for ten minutes, its gauges no longer', async () => {
    let now = 0;
    const metrics = new Metrics(() => now);
    const model = metrics.forModel(MODEL);
    model.setMemory(1);
    model.record({ outcome: 'ok', rows: 1, latencyS: 0.01 });
    const request = { listener: 'model_service', method: 'POST', route: '/infer', status: 200, durationS: 0.01 };
    metrics.http({ ...request, model: MODEL });
    model.remove();
    now = 9 * 60_000;
    let samples = await scrape(metrics);
    expect(total(samples, 'predictions_total', { outcome: 'ok' })).toBe(1);
    expect(total(samples, 'http_requests_total')).toBe(1);
    expect(total(samples, 'model_memory_bytes')).toBeUndefined();
    now = 11 * 60_000;
    samples = await scrape(metrics);
    expect(total(samples, 'predictions_total')).toBeUndefined();
    expect(total(samples, 'http_requests_total')).toBeUndefined();
  });

  it('keeps the counters of no more than a hundred removed deployments, the newest', async () => {
    let now = 0;
    const metrics = new Metrics(() => now);
    for (let i = 0; i < 150; i++) {
      now = i;
      metrics.forModel({ ...MODEL, model_id: `m${i}` }).remove();
    }
    const shown = new Set(
      (await scrape(metrics)).flatMap(({ labels }) => (labels.model_id === undefined ? [] : [labels.model_id])),
    );
    expect(shown.size).toBe(100);
    expect(shown.has('m149')).toBe(true);
    expect(shown.has('m49')).toBe(false);
  });

  it('keeps no more of them in memory when nobody scrapes', async () => {
    const metrics = new Metrics();
    const kept: WeakRef<object>[] = [];
    for (let i = 0; i < 1000; i++) {
      const model = { ...MODEL, model_id: `m${i}` };
      const deployment = metrics.forModel(model);
      kept.push(new WeakRef(metrics.httpRoute({ listener: 'main', method: 'POST', route: '/infer', model })));
      deployment.remove();
    }
    setFlagsFromString('--expose-gc');
    // What a reference is made to is kept until the turn of the event loop has ended.
    await nextTurn();
    (runInNewContext('gc') as () => void)();
    expect(kept.filter((reference) => reference.deref()).length).toBeLessThan(120);
    expect(total(await scrape(metrics), 'predictions_total')).toBe(0);
  });

  it("gives a deployment's own listener that model's series and those of the process", async () => {
    const metrics = new Metrics();
    for (const labels of [MODEL, OTHER]) {
      const model = metrics.forModel(labels);
      model.setLoad(1);
      model.record({ outcome: 'ok', rows: 1, latencyS: 0.01 });
      metrics.http({ listener: 'l', method: 'POST', route: '/infer', status: 200, durationS: 0.01, model: labels });
    }
    metrics.http({ listener: 'main', method: 'GET', route: '/models', status: 200, durationS: 0.01 });
    const all = await scrape(metrics);
    const own = await scrape(metrics, OTHER.model_id);
    expect(total(all, 'predictions_total')).toBe(2);
    expect(total(all, 'http_requests_total')).toBe(3);
    expect(total(own, 'predictions_total')).toBe(1);
    expect(total(own, 'predictions_total', OTHER)).toBe(1);
    expect(total(own, 'http_requests_total')).toBe(1);
    expect(total(own, 'model_services_active')).toBe(2);
  });

  it('counts HTTP requests by route and status; a method of the client cannot make a series', async () => {
    const metrics = new Metrics();
    const request = { listener: 'main', route: '/models/:id', durationS: 0.002 };
    metrics.http({ ...request, method: 'GET', status: 200 });
    metrics.http({ ...request, method: 'GET', status: 404 });
    for (let i = 0; i < 50; i++) metrics.http({ ...request, method: `BREW${i}`, status: 405 });
    const samples = await scrape(metrics);
    expect(total(samples, 'http_requests_total', { method: 'GET', status: '404' })).toBe(1);
    expect(total(samples, 'http_requests_total', { method: 'OTHER', status: '405' })).toBe(50);
    expect(total(samples, 'http_request_duration_seconds_count', { method: 'GET', route: '/models/:id' })).toBe(2);
  });

  it('has buckets that never fall and end with the count', async () => {
    const metrics = new Metrics();
    const model = metrics.forModel(MODEL);
    for (let i = 0; i < 100; i++) {
      model.record({ outcome: 'ok', rows: i, latencyS: i * i * 0.01, queueS: i * 0.001 });
      model.batch({ rows: 1 + i * 200, computeS: i * 0.0001 });
    }
    const samples = await scrape(metrics);
    const names = ['prediction_latency_seconds', 'prediction_queue_seconds', 'prediction_compute_seconds'];
    for (const name of [...names, 'prediction_batch_size']) {
      const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
      const counts = buckets.map(({ value }) => value);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 100 });
      expect(total(samples, `${name}_count`)).toBe(100);
    }
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0 ? it : it.skip;
  promtool('draws no remark of promtool on its own metrics', async () => {
    const metrics = new Metrics();
    collectDefaultMetrics({ register: metrics.registry });
    for (const labels of [MODEL, OTHER]) {
      const model = metrics.forModel(labels);
      model.setLoad(1);
      model.setMemory(1);
      model.record({ outcome: 'ok', rows: 1, latencyS: 0.1, queueS: 0.1 });
      model.batch({ rows: 1, computeS: 0.1 });
    }
    metrics.http({ listener: 'main', method: 'GET', route: '/models', status: 200, durationS: 0.01 });
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics.render(),
      encoding: 'utf8',
    });
    const remarks = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/^(nodejs|process)_/.test(line));
    expect(remarks).toEqual([]);
    expect([0, 3]).toContain(status);
  });
});
