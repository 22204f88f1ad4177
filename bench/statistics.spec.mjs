/* global describe, it, expect */
import { Arrivals, summarize } from './arrivals.mjs';
import { compare } from './compare.mjs';
import { readReplyHead, requestBytes } from './http-connection.mjs';
import { fitLine, isMet, latencySummary, quantile, ratios, spread } from './statistics.mjs';

describe('statistics', () => {
  it('takes quantiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0.5, 0.9, 0.99, 0.999, 1].map((share) => quantile(hundred, share))).toEqual([50, 90, 99, 100, 100]);
    expect(quantile([7], 0.01)).toBe(7);
  });

  it('sums latencies up in whatever order they come', () => {
    const summary = latencySummary([5, 1, 4, 2, 3]);
    expect(summary).toEqual({ p50Ms: 3, p90Ms: 5, p99Ms: 5, p999Ms: 5, maxMs: 5 });
    expect(latencySummary([])).toBeNull();
  });

  it('compares within a round, not over all of them', () => {
    // Twice as fast in each round, although the machine slowed down tenfold meanwhile.
    const own = [{ perSecond: 2000 }, { perSecond: 200 }, { perSecond: 20 }];
    const base = [{ perSecond: 1000 }, { perSecond: 100 }, { perSecond: 10 }];
    expect(compare(own, base, 'perSecond').ratio).toEqual({ median: 2, q1: 2, q3: 2 });
    expect(ratios([1, 2], [2, 8])).toEqual([0.5, 0.25]);
    expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, q1: 2, q3: 4 });
    expect(spread([10, 20])).toEqual({ median: 15, q1: 12.5, q3: 17.5 });
  });

  it('finds base and slope of a cost, also where the largest point would drown the smallest', () => {
    const line = [1, 10, 100, 1000, 10000].map((x) => [x, 0.25 + 0.002 * x]);
    const { base, slope } = fitLine(line);
    expect(base).toBeCloseTo(0.25, 6);
    expect(slope).toBeCloseTo(0.002, 8);
  });

  it('judges both kinds of target, the target itself included', () => {
    expect([isMet(0.85, { atLeast: 0.85 }), isMet(0.84, { atLeast: 0.85 })]).toEqual([true, false]);
    expect([isMet(1.5, { atMost: 1.5 }), isMet(1.51, { atMost: 1.5 })]).toEqual([true, false]);
    expect(isMet(1, null)).toBeNull();
  });
});

describe('arrivals', () => {
  it('counts latency from when a request was due, so that a stalled server cannot hide what waited', () => {
    const arrivals = new Arrivals({ rate: 100, seconds: 1 });
    arrivals.start(1000);
    // The server stalls for a second; a generator that waited sends all hundred then, and each is answered in 1 ms.
    for (let i = 0; i < 100; i++) {
      arrivals.sent(i, 2000);
      arrivals.done(i, 200, 2001);
    }
    const { ok, late } = summarize([arrivals]);
    expect(ok.maxMs).toBeCloseTo(1001);
    expect(ok.p50Ms).toBeCloseTo(501);
    expect(late.maxMs).toBeCloseTo(1000);
  });

  it('tells answered, refused, failed and unanswered apart, and leaves the warm-up out', () => {
    const arrivals = new Arrivals({ rate: 10, seconds: 1, warmUpSeconds: 1 });
    arrivals.start(0);
    for (let i = 0; i < 20; i++) arrivals.sent(i, arrivals.dueAt(i));
    for (let i = 0; i < 10; i++) arrivals.done(i, 500, arrivals.dueAt(i) + 1);
    for (let i = 10; i < 15; i++) arrivals.done(i, 200, arrivals.dueAt(i) + 2);
    for (let i = 15; i < 18; i++) arrivals.done(i, 429, arrivals.dueAt(i) + 1);
    arrivals.done(18, 0, arrivals.dueAt(18) + 1);
    const { offered, ok, refused, failed, unanswered, okPerSecond } = summarize([arrivals]);
    expect({ offered, ok: ok.count, refused: refused.count, failed, unanswered }).toEqual({
      offered: 10,
      ok: 5,
      refused: 3,
      failed: 1,
      unanswered: 1,
    });
    expect(okPerSecond).toBe(5);
    expect(refused.p99Ms).toBeCloseTo(1);
  });
});

describe('bytes of HTTP', () => {
  it('reads status and length of a reply whose head is whole', () => {
    const reply = Buffer.from('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 12\r\nA: b\r\n\r\n{"error":""}');
    expect(readReplyHead(reply)).toEqual({ status: 429, length: reply.length });
    expect(readReplyHead(reply.subarray(0, 40))).toBeNull();
  });

  it('writes bodies of any bytes', () => {
    const bytes = requestBytes({ url: 'http://127.0.0.1:1/infer', type: 'a/b', body: Buffer.from([0, 255, 13, 10]) });
    expect(bytes.toString('latin1')).toBe(
      'POST /infer HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\n\0\xff\r\n',
    );
  });
});
