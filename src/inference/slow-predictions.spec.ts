import { type SlowPrediction, SlowPredictions } from './slow-predictions';

function watch(timeoutMs: number): { slow: SlowPredictions; told: SlowPrediction[] } {
  const told: SlowPrediction[] = [];
  return { slow: new SlowPredictions(timeoutMs, (prediction) => told.push(prediction)), told };
}

describe(SlowPredictions.name, () => {
  it('tells of a prediction of a second or more, with its rows and how long it waited', () => {
    const { slow, told } = watch(60_000);
    slow.note(0.999, 0.9, 1, 1_000);
    expect(told).toEqual([]);
    slow.note(1, 0.25, 3, 2_000);
    expect(told).toEqual([{ latencyS: 1, queueS: 0.25, rows: 3, others: 0 }]);
  });

  it('takes half of a short timeout for slow', () => {
    const { slow, told } = watch(500);
    slow.note(0.24, 0, 1, 0);
    slow.note(0.25, 0, 1, 0);
    expect(told).toHaveLength(1);
  });

  it('tells of one in a second, and of how many there were besides', () => {
    const { slow, told } = watch(60_000);
    for (let i = 0; i <= 2_100; i++) slow.note(2, 0, i, 5_000 + i);
    expect(told.map(({ rows, others }) => [rows, others])).toEqual([
      [0, 0],
      [1_000, 999],
      [2_000, 999],
    ]);
  });
});
