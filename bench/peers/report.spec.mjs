/* global describe, it, expect */
import { LARGE_MODELS } from './large-models.mjs';
import { PEERS } from './peers.mjs';
import { targetsOf, toText } from './report.mjs';

const same = (median) => ({ median, q1: median, q3: median });
const figures = (perSecond, ratio = 1) => ({
  perSecond: { value: same(perSecond), ratio: same(ratio) },
  cpuUs: { value: same(1e6 / perSecond), ratio: same(2) },
  p50Ms: same(1),
  p99Ms: same(2),
});
const single = (peer, memoryMb) => ({
  answers: { same: 1, largest: null },
  floor: { ...figures(40_000), aloneP50Ms: 0.1 },
  ours: { ...figures(30_000), aloneP50Ms: 0.2, memoryMb: 100 },
  peer: { ...figures(peer, peer / 40_000), aloneP50Ms: 3, memoryMb, startMs: 2500 },
  ratio: same(30_000 / peer),
  ceilingRatio: same(60_000 / peer),
});
const large = (ratio) => ({
  answers: { same: 0.999, largest: 3e-7 },
  batch: { ours: figures(100 * ratio, ratio), peer: figures(100) },
});
const report = {
  at: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'a chip', cpus: 2, memoryGb: 24 },
  commit: 'abc1234',
  generator: 'wrk',
  scikitLearn: 'scikit-learn 1.7.2',
  rounds: 3,
  largeRounds: 2,
  seconds: 2,
  versions: { mlserver: 'mlserver 1.7.1', 'fastapi-onnx': 'fastapi 0.165.0', ray: 'ray 2.60.0' },
  loadBefore: 0.1,
  pace: { median: 1.02, slowestTenth: 1.43 },
  loadAfter: 2,
  took: 90,
  singles: {
    startMs: 1000,
    peers: { mlserver: single(1000, 350), 'fastapi-onnx': single(6000, 80), ray: { failed: 'did not answer' } },
  },
  large: {
    cancer: { pickleBytes: 2e6, peers: { 'fastapi-onnx': large(0.5), litserve: large(3), ray: { failed: 'x' } } },
  },
};

describe('report beside other servers', () => {
  it('sets what was reached beside each target, for large models of the fastest peer', () => {
    expect(targetsOf(report)).toEqual([
      { what: expect.stringContaining('MLServer'), wanted: 25, reached: 30, floor: 40, ceiling: 60 },
      {
        what: expect.stringContaining('FastAPI with onnxruntime'),
        wanted: 8,
        reached: 5,
        floor: expect.closeTo(40 / 6),
        ceiling: 10,
      },
      { what: expect.stringContaining('memory of MLServer'), wanted: 3, reached: 3.5 },
      { what: expect.stringMatching(/cancer.*FastAPI with onnxruntime/), wanted: 1, reached: 0.5 },
    ]);
  });

  it('tells of servers that failed, and stands without a part that was not measured', () => {
    const text = toText(report);
    expect(text).toContain('2 of 4 are met');
    expect(text.replaceAll('\n', ' ')).toContain('1.43 times in the slowest tenth');
    expect(text).toMatch(/Ray Serve.*did not answer; x/);
    expect(toText({ ...report, large: undefined })).not.toContain('Batches');
  });

  it('sets Modelport with the same ONNX file beside a peer that serves one', () => {
    const both = large(0.5);
    both.batch.oursOnnx = figures(90, 0.9);
    const { pickleBytes } = report.large.cancer;
    const text = toText({ ...report, large: { cancer: { pickleBytes, peers: { 'fastapi-onnx': both } } } });
    expect(text).toMatch(/FastAPI with onnxruntime {2,}\| 100 .*\| 0\.500 \(/);
    expect(text).toMatch(/FastAPI with onnxruntime; its ONNX file in both \| 100 .*\| 0\.900 \(/);
  });

  it('says what a run that was ended early, or asked for a part, has not measured', () => {
    const versions = Object.fromEntries(Object.keys(PEERS).map((name) => [name, '1']));
    const others = { ...versions };
    delete others.ray;
    const { cancer } = report.large;
    const missing = (part) => {
      const text = toText({ ...report, ...part }).replaceAll('\n', ' ');
      return /not whole\. It did not measure: ([^.]*)\./.exec(text)?.[1];
    };
    expect(missing({ versions: others, large: { cancer, 'forest-20mb': cancer } })).toMatch(
      /^a network [^;]* \(`mlp`\); gradient [^;]* \(`boosting-500`\); Ray Serve$/,
    );
    expect(missing({ singles: undefined })).toMatch(/^single rows of the small model; /);
    const large = Object.fromEntries(Object.keys(LARGE_MODELS).map((name) => [name, cancer]));
    expect(missing({ versions, large })).toBeUndefined();
  });
});
